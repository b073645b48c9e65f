/// What is added to the rewards of a group that passed the gate, before anything is taken over them.
///
/// The gate reads raw outcomes, so shaping never decides which groups carry a signal.
public enum GroupShaping: Sendable, Equatable {
    /// Nothing.
    case none
    /// Kimi's length reward, which ranks a rollout's length within its group; right answers are those
    /// with an outcome of 0.5 or more. `fromStep` is the first step that pays it.
    case kimiLength(weight: Double, fromStep: Int = 0)
    /// Soft overlong punishment: to −`weight` at `maximum` tokens, over the last `cache` of them.
    case softOverlong(
        maximum: Int, cache: Int, weight: Double = 1, clamping: OverlongClamping = .dapo)

    /// Whether overlong completions are punished.
    var punishesOverlong: Bool {
        if case .softOverlong = self { return true }
        return false
    }

    /// The shaped rewards of one group; what could not be scored stays nil.
    ///
    /// - Throws: `invalidSetting` for a cache outside of 1…maximum.
    func apply(_ group: GroupNumbers, step: Int) throws(ObjectiveError) -> [Double?] {
        switch self {
        case .none: return group.rewards
        case .kimiLength(let weight, let fromStep):
            guard step >= fromStep else { return group.rewards }
            let scored = group.rewards.indices.filter { group.rewards[$0] != nil }
            let terms = try kimiLengthRewards(
                lengths: scored.map { group.lengths[$0] },
                correct: scored.map { (group.outcomes[$0] ?? 0) >= 0.5 })
            var rewards = group.rewards
            for (index, term) in zip(scored, terms) {
                rewards[index] = rewards[index].map { $0 + weight * term }
            }
            return rewards
        case .softOverlong(let maximum, let cache, let weight, let clamping):
            var rewards = group.rewards
            for index in rewards.indices {
                let penalty = try softOverlongPenalty(
                    length: group.lengths[index], maximum: maximum, cache: cache,
                    clamping: clamping)
                rewards[index] = rewards[index].map { $0 + weight * penalty }
            }
            return rewards
        }
    }
}
