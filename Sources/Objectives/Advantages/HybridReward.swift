/// The larger of a rule's and a judge's verdict, rollout by rollout: the judge mends what the rule misses.
///
/// - Parameters:
///   - rule: shape `[G]`; nil where the rule could not say.
///   - judge: shape `[G]`.
/// - Returns: shape `[G]`; nil where neither could.
/// - Throws: `shapeMismatch`, or `nonFinite` naming the rollout.
///
/// Source: QwenLong-L1, arXiv:2505.17667, section 3.3.
public func hybridRewards(
    rule: [Double?], judge: [Double?]
) throws(ObjectiveError) -> [Double?] {
    guard rule.count == judge.count else {
        throw .shapeMismatch(what: "the judge's rewards", expected: rule.count, found: judge.count)
    }
    var rewards: [Double?] = []
    for index in rule.indices {
        let known = [rule[index], judge[index]].compactMap { $0 }
        guard known.allSatisfy(\.isFinite) else {
            throw .nonFinite(what: "the reward", rollout: index, token: nil)
        }
        rewards.append(known.max())
    }
    return rewards
}
