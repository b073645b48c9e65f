import Foundation

/// `−sg(weight)·A·lp`: a score function whose weight carries no gradient.
func detachedSurrogate(_ input: SurrogateInput, weight: Double) -> Surrogate {
    guard input.advantage != 0 else { return Surrogate(value: 0) }
    let direct = -weight * input.advantage
    return Surrogate(value: direct * input.logProbability, direct: direct)
}

/// CISPO's surrogate: the weight is the ratio within bounds.
///
/// Source: MiniMax-M1, arXiv:2506.13585. The same number means different things elsewhere: a cap
/// itself in TRL and ms-swift (`detachedCap`), a distance from 1 in verl and NeMo-RL
/// (`detachedBand`).
func cappedSurrogate(_ input: SurrogateInput, lowest: Double, highest: Double) -> Surrogate {
    let ratio = exp(input.logRatio)
    var surrogate = detachedSurrogate(input, weight: min(max(ratio, lowest), highest))
    surrogate.isClippedHigh = ratio > highest && input.advantage > 0
    surrogate.isClippedLow = ratio < lowest && input.advantage < 0
    return surrogate
}

/// The weight of VESPO, `φ(W) = Wᵏ·exp(λ(1−W))`, with W kept within 10⁻⁸…e²⁰.
///
/// Source: VESPO (k, λ = 2, 3 for A ≥ 0, else 3, 2).
public struct GammaShape: Sendable, Equatable {
    /// k for A ≥ 0.
    public var powerPositive: Double
    /// λ for A ≥ 0.
    public var ratePositive: Double
    /// k for A < 0.
    public var powerNegative: Double
    /// λ for A < 0.
    public var rateNegative: Double

    /// A shape; the defaults are the paper's.
    public init(
        powerPositive: Double = 2, ratePositive: Double = 3, powerNegative: Double = 3,
        rateNegative: Double = 2
    ) {
        self.powerPositive = powerPositive
        self.ratePositive = ratePositive
        self.powerNegative = powerNegative
        self.rateNegative = rateNegative
    }

    /// φ at a log ratio.
    func weight(logRatio: Double, advantage: Double) -> Double {
        let logWeight = min(max(logRatio, log(1e-8)), 20)
        let (power, rate) =
            advantage >= 0 ? (powerPositive, ratePositive) : (powerNegative, rateNegative)
        return exp(power * logWeight + rate * (1 - exp(logWeight)))
    }
}
