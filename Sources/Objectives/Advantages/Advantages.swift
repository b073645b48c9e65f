/// What is subtracted from a reward.
public enum Baseline: Sendable, Equatable {
    /// Nothing: the reward itself is the advantage.
    case none
    /// The mean of the group. GRPO, arXiv:2402.03300.
    case mean
    /// The mean of the *other* rollouts. RLOO, arXiv:2402.14740. A group of one gets 0.
    case leaveOneOut
    /// The mean weighted by length, `Σ len·r / Σ len`. OPO, arXiv:2505.23585.
    case lengthWeighted
    /// A critic's prediction of each token, by generalised advantage estimation: γ and λ. PPO,
    /// arXiv:1707.06347 and arXiv:1506.02438.
    case value(discount: Double, decay: Double)
    /// Nothing, and each token is given the discounted rewards from it on. REINFORCE++,
    /// arXiv:2501.03262.
    case rewardToGo(discount: Double)
}

extension Baseline {
    /// Whether it is a token's, not a rollout's.
    public var isOfTokens: Bool {
        switch self {
        case .value, .rewardToGo: true
        case .none, .mean, .leaveOneOut, .lengthWeighted: false
        }
    }
}

/// What a centred reward is divided by.
public enum AdvantageScale: Sendable, Equatable {
    /// Nothing. Dr. GRPO, arXiv:2503.20783.
    case none
    /// The group's standard deviation plus `epsilon`; `ddof` 1 is the sample's, 0 the population's.
    case standardDeviation(ddof: Int, epsilon: Double)
    /// The sample standard deviation of the *other* rollouts plus `epsilon`; no division where it
    /// is 0. NeMo-RL.
    case leaveOneOut(epsilon: Double)
    /// The standard deviation of all rewards of the batch plus `epsilon`. Lite PPO,
    /// arXiv:2508.08221.
    case batchStandardDeviation(ddof: Int, epsilon: Double)
    /// Centred and divided over all trained tokens of the batch, `(A − mean)/√(var₁ + epsilon)`:
    /// long completions weigh more. REINFORCE++-baseline, arXiv:2501.03262.
    case tokenWhitening(epsilon: Double)
    /// Every component of the reward on its own: divided by its group's sample standard deviation plus
    /// `epsilon`, summed by weight, then normalised over the batch, by sequences (TRL) or by tokens
    /// (verl). GDPO, arXiv:2601.05242.
    case decoupled(epsilon: Double, batchEpsilon: Double, byTokens: Bool)

    /// Whether one group alone does not determine it.
    public var needsBatch: Bool {
        switch self {
        case .none, .standardDeviation, .leaveOneOut: false
        case .batchStandardDeviation, .tokenWhitening, .decoupled: true
        }
    }
}

/// Which rollouts a filtered group's mean and standard deviation are taken over.
public enum StatisticsScope: String, Sendable, Equatable, CaseIterable {
    /// The retained ones, as GFPO's paper has it.
    case retained
    /// The whole group. With a binary reward and a good policy the retained are often all right,
    /// and `retained` then leaves no gradient; this keeps one. Ours.
    case group
}

/// Group-relative advantages of some rollouts of one group.
///
/// - Parameters:
///   - rewards: shape `[G]`, finite; those the statistics are taken over.
///   - lengths: shape `[G]`, tokens; only `lengthWeighted` reads them.
/// - Returns: shape `[G]`; all 0, never NaN, when all rewards are equal and a baseline is taken.
///   Rewards equal to 1 part in 10¹² count as equal, since rounding would otherwise become ±1.
///   Batch-wide scales are left undone.
public func groupAdvantages(
    _ rewards: [Double], lengths: [Int] = [], baseline: Baseline = .mean,
    scale: AdvantageScale = .standardDeviation(ddof: 1, epsilon: 1e-4)
) -> [Double] {
    let n = Double(rewards.count)
    guard n > 0 else { return [] }
    if baseline != .none, !baseline.isOfTokens, isConstant(rewards) {
        return Array(repeating: 0, count: rewards.count)
    }
    let mean = average(rewards)
    let centre: [Double]
    switch baseline {
    case .none, .value, .rewardToGo: centre = Array(repeating: 0, count: rewards.count)
    case .mean: centre = Array(repeating: mean, count: rewards.count)
    case .leaveOneOut: centre = rewards.map { (mean * n - $0) / (n - 1) }
    case .lengthWeighted:
        let weights =
            lengths.count == rewards.count ? lengths : Array(repeating: 1, count: rewards.count)
        let total = weights.reduce(0.0) { $0 + Double($1) }
        let sum = zip(rewards, weights).reduce(0.0) { $0 + $1.0 * Double($1.1) }
        centre = Array(repeating: total > 0 ? sum / total : mean, count: rewards.count)
    }
    let centred = zip(rewards, centre).map { $0 - $1 }
    switch scale {
    case .none, .batchStandardDeviation, .tokenWhitening, .decoupled: return centred
    case .standardDeviation(let ddof, let epsilon):
        let deviation = isConstant(rewards) ? 0 : standardDeviation(rewards, ddof: ddof)
        guard deviation > 0 else { return centred.map { _ in 0 } }
        return centred.map { $0 / (deviation + epsilon) }
    case .leaveOneOut(let epsilon):
        return centred.indices.map { index in
            var others = rewards
            others.remove(at: index)
            let deviation = isConstant(others) ? 0 : standardDeviation(others, ddof: 1)
            return deviation > 0 ? centred[index] / (deviation + epsilon) : centred[index]
        }
    }
}

/// The arithmetic mean; 0 of nothing.
func average(_ values: [Double]) -> Double {
    values.isEmpty ? 0 : values.reduce(0, +) / Double(values.count)
}

/// The standard deviation with `ddof` degrees of freedom taken off; 0 where none are left.
func standardDeviation(_ values: [Double], ddof: Int) -> Double {
    guard values.count > ddof, !values.isEmpty else { return 0 }
    let mean = average(values)
    let squares = values.reduce(0.0) { $0 + ($1 - mean) * ($1 - mean) }
    return (squares / Double(values.count - ddof)).squareRoot()
}

/// Equal up to rounding: a spread of at most 1 part in 10¹².
func isConstant(_ values: [Double]) -> Bool {
    guard let low = values.min(), let high = values.max() else { return true }
    return high - low <= 1e-12 * max(abs(low), abs(high))
}

/// Centring and dividing by the sample standard deviation of weighted values.
struct Whitening {
    private let mean: Double
    private let factor: Double

    /// - Parameters:
    ///   - values: shape `[N]`.
    ///   - weights: shape `[N]`: how often each value counts, such as tokens of a sequence.
    ///   - epsilon: added to the variance. Values that are all equal become 0.
    init(_ values: [Double], weights: [Double], epsilon: Double) {
        let total = weights.reduce(0, +)
        let sum = zip(values, weights).reduce(0.0) { $0 + $1.0 * $1.1 }
        let mean = total > 0 ? sum / total : 0
        let squares = zip(values, weights).reduce(0.0) {
            $0 + $1.1 * ($1.0 - mean) * ($1.0 - mean)
        }
        self.mean = mean
        factor =
            total > 1 && !isConstant(values)
            ? 1 / (squares / (total - 1) + epsilon).squareRoot() : 0
    }

    /// The whitened value.
    func apply(_ value: Double) -> Double { (value - mean) * factor }
}
