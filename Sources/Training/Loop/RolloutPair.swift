import Objectives

/// Two rollouts of one group of different reward.
struct RolloutPair {
    var chosen: Int
    var rejected: Int

    /// The best with the worst, the second best with the second worst, and so on while rewards differ;
    /// of equal rewards the earlier rollout counts as the better.
    static func ranked(_ group: CollectedRollouts.Group) -> [RolloutPair] {
        let rewards = group.numbers.rewards
        let order = rewards.indices.filter { rewards[$0] != nil }
            .sorted { (-(rewards[$0] ?? 0), $0) < (-(rewards[$1] ?? 0), $1) }
        return (0..<order.count / 2).compactMap { place in
            let (best, worst) = (order[place], order[order.count - 1 - place])
            guard (rewards[best] ?? 0) > (rewards[worst] ?? 0) else { return nil }
            return RolloutPair(chosen: best, rejected: worst)
        }
    }
}
