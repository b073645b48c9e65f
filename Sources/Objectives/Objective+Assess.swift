import Rollouts

extension Objective {
    /// The gate alone, for the refill loop.
    public func gateDecision(outcomes: [Double?], rewards: [Double?]) -> GateDecision {
        gate.decide(outcomes: outcomes, rewards: rewards)
    }

    /// Gate, filter and advantages of one group.
    ///
    /// - Parameters:
    ///   - group: shapes `[G]`.
    ///   - retaining: a number that replaces the filter's k, for adaptive filtering.
    ///   - step: of the run, by which shaping may begin late.
    /// - Throws: `empty`, `shapeMismatch`, `nonFinite` or `outOfRange` naming the first bad
    ///   rollout, `filterExceedsGroup`, `negativeReward`; `batchRequired` for the scales that
    ///   are taken over the whole batch: use `assess(_:)` of all groups for them.
    public func assess(
        _ group: GroupNumbers, retaining: Int? = nil, step: Int = 0
    ) throws(ObjectiveError) -> GroupAssessment {
        guard !scale.needsBatch else { throw .batchRequired(scale: "\(scale)") }
        return try assessAlone(group, retaining: retaining, step: step)
    }

    /// Gate, filter and advantages of all groups of a step, batch-wide scales included.
    ///
    /// - Parameters:
    ///   - retaining: one number a group that replaces the filter's k; nil leaves it.
    ///   - step: of the run.
    /// - Returns: one assessment a group, in order.
    /// - Throws: as for one group, within `inGroup`.
    public func assess(
        _ groups: [GroupNumbers], retaining: [Int?]? = nil, step: Int = 0
    ) throws(ObjectiveError) -> [GroupAssessment] {
        if let retaining, retaining.count != groups.count {
            throw .shapeMismatch(
                what: "retaining", expected: groups.count, found: retaining.count)
        }
        var assessments: [GroupAssessment] = []
        var shaped: [GroupNumbers] = []
        for (index, group) in groups.enumerated() {
            do {
                assessments.append(
                    try assessAlone(group, retaining: retaining?[index], step: step))
                shaped.append(try self.shaped(group, step: step))
            } catch {
                throw .inGroup(index, error)
            }
        }
        let groups = shaped
        switch scale {
        case .none, .standardDeviation, .leaveOneOut: break
        case .batchStandardDeviation(let ddof, let epsilon):
            var pool: [Double] = []
            for (group, assessment) in zip(groups, assessments) where assessment.gate.isKept {
                pool += assessment.selection.retained.compactMap { group.rewards[$0] }
            }
            let deviation = isConstant(pool) ? 0 : standardDeviation(pool, ddof: ddof)
            rescale(&assessments) { deviation > 0 ? $0 / (deviation + epsilon) : 0 }
        case .tokenWhitening(let epsilon):
            var values: [Double] = []
            var weights: [Double] = []
            for (group, assessment) in zip(groups, assessments) {
                for index in group.rewards.indices where assessment.trained[index] {
                    values.append(assessment.advantages[index])
                    weights.append(Double(group.lengths[index]))
                }
            }
            let whitening = Whitening(values, weights: weights, epsilon: epsilon)
            rescale(&assessments, whitening.apply)
        case .decoupled(let epsilon, let batchEpsilon, let byTokens):
            try decouple(
                groups, &assessments, epsilon: epsilon, batchEpsilon: batchEpsilon,
                byTokens: byTokens)
        }
        return assessments
    }

    /// Replaces advantages by those of the rewards' components, over all scored rollouts of kept groups.
    private func decouple(
        _ groups: [GroupNumbers], _ assessments: inout [GroupAssessment], epsilon: Double,
        batchEpsilon: Double, byTokens: Bool
    ) throws(ObjectiveError) {
        var places: [(group: Int, index: Int)] = []
        var rewards: [[Double]] = []
        for (number, group) in groups.enumerated() {
            for index in group.rewards.indices
            where assessments[number].gate.isKept && group.rewards[index] != nil {
                guard index < group.components.count, !group.weights.isEmpty else {
                    throw .missing(input: "components", neededBy: "the decoupled scale")
                }
                places.append((number, index))
                rewards.append(group.components[index].map { $0 ?? 0 })
            }
        }
        guard let weights = groups.first?.weights, !places.isEmpty else { return }
        let lengths = places.map { groups[$0.group].lengths[$0.index] }
        let found = try DecoupledAdvantages(
            rewards: rewards, groups: places.map(\.group), weights: weights, epsilon: epsilon,
            unit: byTokens
                ? .token(lengths: lengths, epsilon: batchEpsilon)
                : .sequence(epsilon: batchEpsilon))
        for (place, value) in zip(places, found.advantages)
        where assessments[place.group].trained[place.index] {
            assessments[place.group].advantages[place.index] = value
        }
    }

    private func rescale(
        _ assessments: inout [GroupAssessment], _ transform: (Double) -> Double
    ) {
        for group in assessments.indices {
            for index in assessments[group].advantages.indices
            where assessments[group].trained[index] {
                assessments[group].advantages[index] = transform(
                    assessments[group].advantages[index])
            }
        }
    }

    /// Everything that one group determines.
    private func assessAlone(
        _ given: GroupNumbers, retaining: Int?, step: Int
    ) throws(ObjectiveError) -> GroupAssessment {
        try given.check()
        var group = given
        let count = group.rewards.count
        let filter = retaining.map(filter.keeping) ?? filter
        let decision = gate.decide(outcomes: group.outcomes, rewards: group.rewards)
        guard decision.isKept else {
            return GroupAssessment(
                gate: decision,
                selection: Selection(
                    retained: [],
                    dropped: (0..<count).map {
                        .init(index: $0, reason: "its group is \(decision.rawValue)")
                    }),
                advantages: Array(repeating: 0, count: count),
                trained: Array(repeating: false, count: count))
        }
        group.rewards = try shaping.apply(group, step: step)
        let selection = try filter.select(rewards: group.rewards, lengths: group.lengths)
        let pooled =
            switch statistics {
            case .retained: selection.retained
            case .group: (0..<count).filter { group.rewards[$0] != nil }
            }
        let pool = pooled.compactMap { group.rewards[$0] }
        let values = groupAdvantages(
            pool, lengths: pooled.map { group.lengths[$0] }, baseline: baseline, scale: scale)
        var spread = Array(repeating: 0.0, count: count)
        for (index, value) in zip(pooled, values) { spread[index] = value }
        var advantages = Array(repeating: 0.0, count: count)
        var trained = Array(repeating: false, count: count)
        for index in selection.retained where !(masksTruncated && group.truncated[index]) {
            advantages[index] = spread[index]
            trained[index] = true
        }
        for index in 0..<count where !advantages[index].isFinite {
            throw .nonFinite(what: "the advantage", rollout: index, token: nil)
        }
        return GroupAssessment(
            gate: decision, selection: selection, advantages: advantages, trained: trained)
    }
}
