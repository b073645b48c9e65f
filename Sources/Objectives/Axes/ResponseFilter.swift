public import Rollouts

/// Which rollouts of a kept group are trained on: group filtering by what a completion costs.
///
/// Source: GFPO, arXiv:2508.09726.
public enum ResponseFilter: Sendable, Equatable {
    /// All of them.
    case all
    /// The `k` with the fewest tokens.
    case shortest(k: Int)
    /// The `k` with the largest reward a token.
    case tokenEfficiency(k: Int, negatives: NegativeRewards = .guarded)
    /// The `k` of largest blend: a weighted sum of what is known of a rollout, each number centred and
    /// divided by its spread over the group. Ours, after GFPO's "any metric".
    case blend(k: Int, FilterBlend)

    /// What token efficiency does with rewards below 0, where R/|o| prefers the *longest* failure.
    public enum NegativeRewards: String, Sendable, Equatable, CaseIterable {
        /// Rewards of 0 and more rank first, by R/|o|; the rest follow by R·|o|, so that of two
        /// equal failures the shorter one ranks higher. Ours.
        case guarded
        /// R/|o| as the paper writes it, whatever the sign.
        case asWritten = "as_written"
        /// A negative reward throws.
        case refuse
    }

    /// How many it keeps; nil keeps all.
    public var size: Int? {
        switch self {
        case .all: nil
        case .shortest(let k), .tokenEfficiency(let k, _), .blend(let k, _): k
        }
    }

    /// The same filter keeping another number; `all` stays `all`.
    public func keeping(_ k: Int) -> ResponseFilter {
        switch self {
        case .all: .all
        case .shortest: .shortest(k: k)
        case .tokenEfficiency(_, let negatives): .tokenEfficiency(k: k, negatives: negatives)
        case .blend(_, let weights): .blend(k: k, weights)
        }
    }

    /// Ranks the scored rollouts and keeps the first k; ties go to the lower index.
    ///
    /// - Parameters:
    ///   - rewards: shape `[G]`; rollouts that could not be scored are never retained.
    ///   - lengths: shape `[G]`, tokens; 0 counts as 1.
    /// - Returns: all scored rollouts where fewer than k could be scored.
    /// - Throws: `filterExceedsGroup` where k > G, `invalidSetting` where k < 1, and
    ///   `negativeReward` where the filter refuses them.
    public func select(
        rewards: [Double?], lengths: [Int]
    ) throws(ObjectiveError) -> Selection {
        guard rewards.count == lengths.count else {
            throw .shapeMismatch(what: "lengths", expected: rewards.count, found: lengths.count)
        }
        if let size {
            guard size >= 1 else {
                throw .invalidSetting(axis: "filter.k", reason: "\(size) keeps nothing")
            }
            guard size <= rewards.count else {
                throw .filterExceedsGroup(k: size, groupSize: rewards.count)
            }
        }
        var ranked: [(index: Int, tier: Int, key: Double)] = []
        if let bad = rewards.firstIndex(where: { $0.map { !$0.isFinite } ?? false }) {
            throw .nonFinite(what: "the reward", rollout: bad, token: nil)
        }
        if case .blend(_, let weights) = self {
            ranked = weights.keys(rewards: rewards, lengths: lengths).map { ($0.index, 0, $0.key) }
        } else {
            for (index, reward) in rewards.enumerated() {
                guard let reward else { continue }
                let (tier, key) = try rank(reward: reward, length: lengths[index], index: index)
                ranked.append((index, tier, key))
            }
        }
        ranked.sort { ($0.tier, -$0.key, $0.index) < ($1.tier, -$1.key, $1.index) }
        let chosen = Set(ranked.prefix(size ?? ranked.count).map(\.index))
        let reason = dropReason
        return Selection(
            retained: chosen.sorted(),
            dropped: rewards.indices.filter { !chosen.contains($0) }.map {
                .init(index: $0, reason: rewards[$0] == nil ? "could not be scored" : reason)
            })
    }

    /// Lower tiers rank first, then larger keys.
    private func rank(
        reward: Double, length: Int, index: Int
    ) throws(ObjectiveError) -> (Int, Double) {
        let tokens = Double(max(1, length))
        switch self {
        case .all, .blend: return (0, 0)
        case .shortest: return (0, -tokens)
        case .tokenEfficiency(_, let negatives):
            if reward >= 0 { return (0, reward / tokens) }
            switch negatives {
            case .asWritten: return (0, reward / tokens)
            case .guarded: return (1, reward * tokens)
            case .refuse: throw .negativeReward(rollout: index, reward: reward)
            }
        }
    }

    private var dropReason: String {
        switch self {
        case .all: "not retained"
        case .shortest(let k): "not among the \(k) shortest"
        case .tokenEfficiency(let k, _): "not among the \(k) of most reward a token"
        case .blend(let k, _): "not among the \(k) of largest blend"
        }
    }
}
