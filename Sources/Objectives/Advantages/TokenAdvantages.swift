/// Advantages and value targets of each token.
public struct TokenAdvantages: Sendable, Equatable {
    /// Shape `[T]`: 0 where the mask is false.
    public let advantages: [Double]
    /// Shape `[T]`: what a value head should predict; 0 where the mask is false.
    public let returns: [Double]
}

/// Generalised advantage estimation over flat ragged sequences.
///
/// `δₜ = rₜ + γVₜ₊₁ − Vₜ`, `Aₜ = δₜ + γλAₜ₊₁`, `returns = A + V`. Positions that are not trained on,
/// such as a tool's output, are skipped: the next trained token is t + 1. After the last one V is 0.
///
/// - Parameters:
///   - rewards: shape `[T]`: token rewards.
///   - values: shape `[T]`: the critic's predictions.
///   - offsets: shape `[B + 1]`, as in `PolicyBatch`.
///   - mask: shape `[T]`.
/// - Throws: `shapeMismatch`, or `nonFinite` at a trained position.
///
/// Source: GAE, arXiv:1506.02438.
public func generalisedAdvantages(
    rewards: [Double], values: [Double], offsets: [Int], mask: [Bool], gamma: Double = 1,
    lambda: Double = 0.95
) throws(ObjectiveError) -> TokenAdvantages {
    try checkTokens([("token rewards", rewards), ("values", values)], offsets, mask)
    var advantages = Array(repeating: 0.0, count: mask.count)
    var returns = advantages
    for s in 0..<(offsets.count - 1) {
        var nextValue = 0.0
        var nextAdvantage = 0.0
        for t in (offsets[s]..<offsets[s + 1]).reversed() where mask[t] {
            let delta = rewards[t] + gamma * nextValue - values[t]
            nextAdvantage = delta + gamma * lambda * nextAdvantage
            nextValue = values[t]
            advantages[t] = nextAdvantage
            returns[t] = nextAdvantage + values[t]
        }
    }
    return TokenAdvantages(advantages: advantages, returns: returns)
}

/// The reward of each token when KL is paid in the reward: `−β` times an estimate, plus the rollout's
/// reward on its last trained token.
///
/// - Parameters:
///   - rewards: shape `[B]`: one a sequence.
///   - coefficient: β.
/// - Returns: shape `[T]`: 0 where the mask is false.
/// - Throws: `shapeMismatch`, or `nonFinite` at a trained position.
///
/// Source: InstructGPT, arXiv:2203.02155; REINFORCE++, arXiv:2501.03262.
public func tokenRewards(
    rewards: [Double], logProbabilities: [Double], referenceLogProbabilities: [Double],
    offsets: [Int], mask: [Bool], coefficient: Double, estimator: KLEstimator = .k1
) throws(ObjectiveError) -> [Double] {
    try checkTokens(
        [("log π", logProbabilities), ("log π_ref", referenceLogProbabilities)], offsets, mask)
    guard rewards.count == offsets.count - 1 else {
        throw .shapeMismatch(what: "rewards", expected: offsets.count - 1, found: rewards.count)
    }
    var found = Array(repeating: 0.0, count: mask.count)
    for (s, reward) in rewards.enumerated() {
        guard reward.isFinite else {
            throw .nonFinite(what: "the reward", rollout: s, token: nil)
        }
        var last: Int?
        for t in offsets[s]..<offsets[s + 1] where mask[t] {
            let estimate = estimator.estimate(
                logProbability: logProbabilities[t], reference: referenceLogProbabilities[t])
            found[t] = -coefficient * estimate.value
            last = t
        }
        if let last { found[last] += reward }
    }
    return found
}

/// Discounted sums of token rewards to the end of each sequence: `Gₜ = rₜ + γGₜ₊₁`.
///
/// - Returns: shape `[T]`: 0 where the mask is false.
/// - Throws: `shapeMismatch`, or `nonFinite` at a trained position.
public func rewardsToGo(
    _ rewards: [Double], offsets: [Int], mask: [Bool], gamma: Double = 1
) throws(ObjectiveError) -> [Double] {
    let zeros = Array(repeating: 0.0, count: mask.count)
    return try generalisedAdvantages(
        rewards: rewards, values: zeros, offsets: offsets, mask: mask, gamma: gamma, lambda: 1
    ).advantages
}

/// `(x − mean) / √(var₁ + ε)` over all trained tokens of a batch.
///
/// - Returns: shape `[T]`: 0 where the mask is false, and everywhere when all values are equal.
/// - Throws: `shapeMismatch`.
public func whitened(
    _ values: [Double], mask: [Bool], epsilon: Double = 1e-8
) throws(ObjectiveError) -> [Double] {
    guard values.count == mask.count else {
        throw .shapeMismatch(what: "values", expected: mask.count, found: values.count)
    }
    let trained = values.indices.filter { mask[$0] }
    let whitening = Whitening(
        trained.map { values[$0] }, weights: trained.map { _ in 1 }, epsilon: epsilon)
    var found = Array(repeating: 0.0, count: values.count)
    for t in trained { found[t] = whitening.apply(values[t]) }
    return found
}

/// Refuses token columns that do not fit the offsets, and trained numbers that are none.
func checkTokens(
    _ columns: [(String, [Double])], _ offsets: [Int], _ mask: [Bool]
) throws(ObjectiveError) {
    guard offsets.count >= 2 else { throw .empty(what: "the batch") }
    guard offsets[0] == 0, offsets[offsets.count - 1] == mask.count else {
        throw .shapeMismatch(
            what: "offsets", expected: mask.count, found: offsets[offsets.count - 1])
    }
    for s in 0..<(offsets.count - 1) where offsets[s] > offsets[s + 1] {
        throw .outOfRange(
            what: "the length", rollout: s, value: Double(offsets[s + 1] - offsets[s]))
    }
    for (what, column) in columns {
        guard column.count == mask.count else {
            throw .shapeMismatch(what: what, expected: mask.count, found: column.count)
        }
        for s in 0..<(offsets.count - 1) {
            for t in offsets[s]..<offsets[s + 1] where mask[t] && !column[t].isFinite {
                throw .nonFinite(what: what, rollout: s, token: t - offsets[s])
            }
        }
    }
}
