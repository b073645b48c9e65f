extension Objective {
    /// Whether advantages are those of tokens: made by `tokenAdvantages`, not by `assess` alone.
    public var usesTokenAdvantages: Bool { baseline.isOfTokens }

    /// Whether advantages read a critic.
    public var needsCritic: Bool {
        if case .value = baseline { return true }
        return false
    }

    /// Advantages and value targets of the tokens of all trained rollouts of a step.
    ///
    /// The reward of a rollout is paid on its last trained token; where the KL term is placed in the
    /// reward, every token pays `−β` times its estimate. A whitening scale runs over all trained tokens.
    ///
    /// - Parameters:
    ///   - rewards: shape `[B]`.
    ///   - old: shape `[T]`: log π_old.
    ///   - reference: shape `[T]`: log π_ref; needed by a KL term in the reward.
    ///   - values: shape `[T]`: a critic's predictions; needed by `Baseline.value`.
    ///   - offsets: shape `[B + 1]`, as in `PolicyBatch`.
    ///   - mask: shape `[T]`.
    /// - Throws: `missing`, `shapeMismatch`, or `nonFinite` naming rollout and token.
    public func tokenAdvantages(
        rewards: [Double], old: [Double], reference: [Double]?, values: [Double]?, offsets: [Int],
        mask: [Bool]
    ) throws(ObjectiveError) -> TokenAdvantages {
        let pays = kl.placement == .reward && kl.coefficient != 0
        if pays, reference == nil {
            throw .missing(input: "referenceLogProbabilities", neededBy: "KL in the reward")
        }
        let paid = try tokenRewards(
            rewards: rewards, logProbabilities: old, referenceLogProbabilities: reference ?? old,
            offsets: offsets, mask: mask, coefficient: pays ? kl.coefficient : 0,
            estimator: kl.estimator)
        let raw: TokenAdvantages
        switch baseline {
        case .value(let discount, let decay):
            guard let values else {
                throw .missing(input: "values", neededBy: "the critic's baseline")
            }
            raw = try generalisedAdvantages(
                rewards: paid, values: values, offsets: offsets, mask: mask, gamma: discount,
                lambda: decay)
        case .rewardToGo(let discount):
            let sums = try rewardsToGo(paid, offsets: offsets, mask: mask, gamma: discount)
            raw = TokenAdvantages(advantages: sums, returns: sums)
        case .none, .mean, .leaveOneOut, .lengthWeighted:
            throw .invalidSetting(
                axis: "baseline", reason: "advantages are those of rollouts: use `assess`")
        }
        guard case .tokenWhitening(let epsilon) = scale else { return raw }
        return TokenAdvantages(
            advantages: try whitened(raw.advantages, mask: mask, epsilon: epsilon),
            returns: raw.returns)
    }

    /// What a KL term in the reward takes off the rewards of whole rollouts: `β` times the sum of the estimates.
    ///
    /// For baselines over a group; `tokenAdvantages` pays it token by token instead.
    ///
    /// - Returns: shape `[B]`; all 0 where the term is not in the reward.
    /// - Throws: `shapeMismatch`, or `nonFinite` naming rollout and token.
    public func sequencePenalties(
        old: [Double], reference: [Double], offsets: [Int], mask: [Bool]
    ) throws(ObjectiveError) -> [Double] {
        let count = max(0, offsets.count - 1)
        guard kl.placement == .reward, kl.coefficient != 0 else {
            return Array(repeating: 0, count: count)
        }
        let paid = try tokenRewards(
            rewards: Array(repeating: 0, count: count), logProbabilities: old,
            referenceLogProbabilities: reference, offsets: offsets, mask: mask,
            coefficient: kl.coefficient, estimator: kl.estimator)
        return (0..<count).map { s in
            -(offsets[s]..<offsets[s + 1]).reduce(0) { $0 + paid[$1] }
        }
    }

    /// A group with shaped rewards.
    ///
    /// For trainers whose advantages are those of tokens, or whose loss is one of pairs.
    ///
    /// - Throws: as `assess`.
    public func shaped(
        _ group: GroupNumbers, step: Int
    ) throws(ObjectiveError) -> GroupNumbers {
        try group.check()
        var shaped = group
        shaped.rewards = try shaping.apply(group, step: step)
        return shaped
    }
}
