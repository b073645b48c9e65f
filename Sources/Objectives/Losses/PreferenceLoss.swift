import Foundation

/// Losses on pairs of a chosen and a rejected completion: the DPO family.
///
/// c and j are the summed log-probabilities of the chosen and the rejected completion, h the margin
/// `(c − c_ref) − (j − j_ref)`.
public enum PreferenceLoss: Sendable, Equatable {
    /// `−log σ(βh)`, smoothed: `(1−e)(−log σ(βh)) + e(−log σ(−βh))`. DPO, arXiv:2305.18290; with
    /// e > 0 it is cDPO. Length-normalised, each side is divided by its tokens.
    case sigmoid(beta: Double, labelSmoothing: Double = 0, perToken: Bool = false)
    /// `((1−e)(−log σ(βh)) + e·log σ(−βh)) / (1−2e)`. Robust DPO, arXiv:2403.00409.
    case robust(beta: Double, labelSmoothing: Double)
    /// `(h − 1/(2β))²`. IPO, arXiv:2310.12036; TRL divides each side by its tokens.
    case squared(beta: Double, perToken: Bool)
    /// `max(0, 1 − βh)`. SLiC, arXiv:2305.10425.
    case hinge(beta: Double)
    /// `−log σ(β(c/|c| − j/|j|) − γ)`, without a reference. SimPO, arXiv:2405.14734.
    case simPO(beta: Double, gamma: Double)

    /// Whether it reads log-probabilities of a reference policy.
    public var needsReference: Bool {
        if case .simPO = self { return false }
        return true
    }

    /// What a completion is implicitly worth: `β·(lp − lp_ref)`, divided by its tokens where the loss
    /// divides; without a reference `β·lp/|o|`.
    public func implicitReward(
        logProbability: Double, reference: Double, length: Int
    ) -> Double {
        let gap = logProbability - reference
        let tokens = Double(max(1, length))
        switch self {
        case .sigmoid(let beta, _, let perToken), .squared(let beta, let perToken):
            return beta * (perToken ? gap / tokens : gap)
        case .robust(let beta, _), .hinge(let beta): return beta * gap
        case .simPO(let beta, _): return beta * logProbability / tokens
        }
    }

    /// One side of the pairs.
    public struct Side: Sendable, Equatable {
        /// Shape `[N]`: summed log-probabilities.
        public var logProbabilities: [Double]
        /// Shape `[N]`: the same under the reference policy; unused by SimPO.
        public var reference: [Double]
        /// Shape `[N]`: tokens, 1 or more.
        public var lengths: [Int]

        /// A side from its parts.
        public init(logProbabilities: [Double], reference: [Double], lengths: [Int]) {
            self.logProbabilities = logProbabilities
            self.reference = reference
            self.lengths = lengths
        }
    }

    /// Loss and gradients of a batch of pairs.
    public struct Result: Sendable, Equatable {
        /// The mean over pairs.
        public var loss: Double
        /// Shape `[N]`: the loss of each pair.
        public var perPair: [Double]
        /// Shape `[N]`: d loss / d c.
        public var chosenGradient: [Double]
        /// Shape `[N]`: d loss / d j.
        public var rejectedGradient: [Double]
    }

    /// The loss of a batch of pairs.
    ///
    /// - Throws: `empty`, `shapeMismatch`, `nonFinite` naming the pair, `outOfRange` for a length
    ///   below 1, `invalidSetting` for a smoothing outside of 0..<½ or a β of 0 or less.
    public func evaluate(chosen: Side, rejected: Side) throws(ObjectiveError) -> Result {
        try checkSettings()
        let count = chosen.logProbabilities.count
        guard count > 0 else { throw .empty(what: "the batch") }
        for side in [chosen, rejected] { try Self.check(side, count: count) }
        var result = Result(loss: 0, perPair: [], chosenGradient: [], rejectedGradient: [])
        let n = Double(count)
        for i in 0..<count {
            let chosenScale = isPerToken ? 1 / Double(chosen.lengths[i]) : 1
            let rejectedScale = isPerToken ? 1 / Double(rejected.lengths[i]) : 1
            var c = chosen.logProbabilities[i]
            var j = rejected.logProbabilities[i]
            if usesReference {
                c -= chosen.reference[i]
                j -= rejected.reference[i]
            }
            let (value, slope) = pair(margin: c * chosenScale - j * rejectedScale)
            result.loss += value / n
            result.perPair.append(value)
            result.chosenGradient.append(slope * chosenScale / n)
            result.rejectedGradient.append(-slope * rejectedScale / n)
        }
        return result
    }

    /// Loss and its derivative by the margin.
    private func pair(margin h: Double) -> (value: Double, slope: Double) {
        switch self {
        case .sigmoid(let beta, let e, _):
            return (
                (1 - e) * softplus(-beta * h) + e * softplus(beta * h),
                beta * (e * logistic(beta * h) - (1 - e) * logistic(-beta * h))
            )
        case .robust(let beta, let e):
            return (
                ((1 - e) * softplus(-beta * h) - e * softplus(beta * h)) / (1 - 2 * e),
                beta * (-(1 - e) * logistic(-beta * h) - e * logistic(beta * h)) / (1 - 2 * e)
            )
        case .squared(let beta, _):
            let gap = h - 1 / (2 * beta)
            return (gap * gap, 2 * gap)
        case .hinge(let beta):
            return beta * h < 1 ? (1 - beta * h, -beta) : (0, 0)
        case .simPO(let beta, let gamma):
            let x = beta * h - gamma
            return (softplus(-x), -beta * logistic(-x))
        }
    }

    private var isPerToken: Bool {
        switch self {
        case .sigmoid(_, _, let perToken), .squared(_, let perToken): perToken
        case .simPO: true
        case .robust, .hinge: false
        }
    }

    private var usesReference: Bool {
        if case .simPO = self { return false }
        return true
    }

    /// Refuses numbers outside of their domain.
    func checkSettings() throws(ObjectiveError) {
        let (beta, smoothing): (Double, Double) =
            switch self {
            case .sigmoid(let beta, let e, _), .robust(let beta, let e): (beta, e)
            case .squared(let beta, _), .hinge(let beta), .simPO(let beta, _): (beta, 0)
            }
        guard beta > 0, beta.isFinite else {
            throw .invalidSetting(axis: "preference.beta", reason: "\(beta) is not above 0")
        }
        guard smoothing >= 0, smoothing < 0.5 else {
            throw .invalidSetting(
                axis: "preference.labelSmoothing", reason: "\(smoothing) is not within 0..<0.5")
        }
    }

    private static func check(_ side: Side, count: Int) throws(ObjectiveError) {
        for (what, found) in [
            ("log-probabilities", side.logProbabilities.count), ("reference", side.reference.count),
            ("lengths", side.lengths.count),
        ] where found != count {
            throw .shapeMismatch(what: what, expected: count, found: found)
        }
        for i in 0..<count {
            guard side.logProbabilities[i].isFinite, side.reference[i].isFinite else {
                throw .nonFinite(what: "the log-probability", rollout: i, token: nil)
            }
            guard side.lengths[i] >= 1 else {
                throw .outOfRange(
                    what: "the length", rollout: i, value: Double(side.lengths[i]))
            }
        }
    }
}

/// `log(1 + eˣ)` without overflow; `softplus(−x) = −log σ(x)`.
func softplus(_ x: Double) -> Double { max(x, 0) + log1p(exp(-abs(x))) }

/// σ(x) without overflow.
func logistic(_ x: Double) -> Double {
    x >= 0 ? 1 / (1 + exp(-x)) : exp(x) / (1 + exp(x))
}
