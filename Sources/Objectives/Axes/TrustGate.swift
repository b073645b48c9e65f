/// How far a ratio is trusted: the shape of the surrogate of one token.
///
/// ρ is the ratio at the objective's `RatioLevel`, A the advantage, lp = log π of the token.
public enum TrustGate: Sendable, Equatable {
    /// `−ρA`: importance sampling without a bound.
    case none
    /// `−A·lp`: the score function alone, no ratio.
    case reinforce
    /// `−min(ρA, clip(ρ, 1−low, 1+high)A)`, and for A < 0 at most `dual·|A|` where `dual` is set.
    case clip(low: Double, high: Double, dual: Double? = nil)
    /// `−(4/τ)σ(τ(ρ−1))A` with τ by the sign of A: a gate that closes smoothly.
    case sigmoid(temperaturePositive: Double, temperatureNegative: Double)
    /// `−sg(min(ρ, maximum))·A·lp`: every token keeps a gradient.
    case detachedCap(maximum: Double)
    /// `−sg(clip(ρ, 1−low, 1+high))·A·lp`.
    case detachedBand(low: Double, high: Double)
    /// `−sg(φ(ρ))·A·lp`, `φ = ρᵏ·exp(λ(1−ρ))` with k, λ by the sign of A.
    case detachedGamma(GammaShape)
    /// `−A·lp + (strength/2)·(log ρ)²`: a quadratic penalty in place of a bound.
    case quadratic(strength: Double)
    /// `−ρA`, plus `coefficient·|log ρ|` on the `fraction` of tokens whose advantage and
    /// log-probability covary most.
    case covarianceKL(fraction: Double, coefficient: Double)
    /// `clip`, and no gradient for a random `fraction` of the tokens whose advantage and
    /// log-probability covary between the bounds. Clip-Cov, arXiv:2505.22617.
    case covarianceClip(
        low: Double, high: Double, fraction: Double, from: Double = 1, to: Double = 5)
}

/// What a gate makes of one token.
struct Surrogate {
    /// The token's loss.
    var value: Double
    /// d value / d log ρ, the log-probability of `direct` terms held fixed.
    var slope = 0.0
    /// d value / d lp apart from the ratio.
    var direct = 0.0
    /// The gradient vanished below, or above, the trusted band.
    var isClippedLow = false
    var isClippedHigh = false
}

/// What a gate is told about one token.
struct SurrogateInput {
    /// log ρ at the objective's level.
    var logRatio: Double
    /// A.
    var advantage: Double
    /// lp.
    var logProbability: Double
    /// Tokens that share the ratio: 1 at the token level.
    var sharing: Double
    /// Chosen by `covarianceKL` or `covarianceClip`.
    var isSelected = false
}

extension TrustGate {
    /// The surrogate of one token.
    func surrogate(_ input: SurrogateInput) -> Surrogate {
        switch self {
        case .none: return importanceSurrogate(input)
        case .reinforce: return detachedSurrogate(input, weight: 1)
        case .clip(let low, let high, let dual):
            return clippedSurrogate(input, low: low, high: high, dual: dual)
        case .sigmoid(let positive, let negative):
            return sigmoidSurrogate(
                input, temperature: input.advantage > 0 ? positive : negative)
        case .detachedCap(let maximum):
            return cappedSurrogate(input, lowest: 0, highest: maximum)
        case .detachedBand(let low, let high):
            return cappedSurrogate(input, lowest: 1 - low, highest: 1 + high)
        case .detachedGamma(let shape):
            return detachedSurrogate(
                input,
                weight: shape.weight(logRatio: input.logRatio, advantage: input.advantage))
        case .quadratic(let strength):
            return quadraticSurrogate(input, strength: strength)
        case .covarianceKL(_, let coefficient):
            return covarianceSurrogate(input, coefficient: coefficient)
        case .covarianceClip(let low, let high, _, _, _):
            guard !input.isSelected else { return Surrogate(value: 0, isClippedHigh: true) }
            return clippedSurrogate(input, low: low, high: high, dual: nil)
        }
    }
}
