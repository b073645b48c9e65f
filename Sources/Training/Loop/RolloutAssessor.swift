import Curricula
import Objectives
import Policy
import Rollouts

/// What the objective made of the groups that passed the gate.
struct AssessedRollouts {
    let groups: [CollectedRollouts.Group]
    var assessments: [GroupAssessment]
    /// By group, then by rollout, the rollouts with a place in the loss; nil for the others.
    var sequences: [[TrainedSequence?]]
    /// The pairs of each group, for a loss on pairs.
    var pairs: [[RolloutPair]] = []
    /// Mean of log π_old − log π_ref a token, where the KL term is paid in the reward.
    var divergence: Double?

    /// Every group of the step with its advantages; zeros where it was not kept.
    func observed(_ collected: CollectedRollouts) -> [ObservedGroup] {
        var kept = assessments.makeIterator()
        return collected.groups.map { group in
            let isKept = group.gate.isKept && !group.isSurplus
            let none = Array(repeating: 0.0, count: group.numbers.outcomes.count)
            return ObservedGroup(
                draw: group.draw, outcomes: group.numbers.outcomes,
                advantages: isKept ? kept.next()?.advantages ?? none : none)
        }
    }

    /// Groups that were kept and yet teach nothing, because the retained rewards are all equal.
    var degenerateGroups: Int {
        pairs.isEmpty ? assessments.count(where: \.isDegenerate) : pairs.count(where: \.isEmpty)
    }

    /// The rollouts with a place in the loss, of some of the groups.
    func sequences(_ members: [Int]) -> [TrainedSequence] {
        members.flatMap { sequences[$0].compactMap { $0 } }
    }

    /// The denominators of a loss over some of the groups.
    func totals(_ members: [Int]) throws(ObjectiveError) -> BatchTotals {
        try BatchTotals(
            members.map { assessments[$0] }, lengths: members.map { groups[$0].numbers.lengths })
    }
}

/// Turns scored groups into what an update reads: advantages of rollouts, of tokens, or pairs.
struct RolloutAssessor {
    /// The policy that a KL term in the reward measures against.
    let reference: Learner?
    let critic: ScalarModel?

    func assess(
        _ collected: CollectedRollouts, objective: Objective, state: inout ObjectiveState, step: Int
    ) throws -> AssessedRollouts {
        var groups = collected.kept
        for index in groups.indices {
            groups[index].numbers = try objective.shaped(groups[index].numbers, step: step)
        }
        if objective.preference != nil { return pairs(groups) }
        var divergence: Double?
        if objective.kl.placement == .reward, objective.kl.coefficient != 0,
            !objective.usesTokenAdvantages
        {
            divergence = try penalise(&groups, objective)
        }
        var retaining: [Int?] = []
        for group in groups { retaining.append(try state.retained(of: group.numbers)) }
        var assessing = objective
        assessing.shaping = .none
        if objective.usesTokenAdvantages { assessing.scale = .none }
        let assessments = try assessing.assess(
            groups.map(\.numbers), retaining: retaining, step: step)
        var assessed = AssessedRollouts(
            groups: groups, assessments: assessments,
            sequences: zip(groups, assessments).map(Self.sequences), divergence: divergence)
        if objective.usesTokenAdvantages { try spread(&assessed, objective) }
        return assessed
    }

    /// The rollouts of a group that are trained on.
    private static func sequences(
        _ group: CollectedRollouts.Group, _ assessment: GroupAssessment
    ) -> [TrainedSequence?] {
        assessment.trained.indices.map { index in
            guard assessment.trained[index] else { return nil }
            return sequence(group, index, advantage: assessment.advantages[index])
        }
    }

    private static func sequence(
        _ group: CollectedRollouts.Group, _ index: Int, advantage: Double
    ) -> TrainedSequence {
        TrainedSequence(
            prompt: group.promptTokens, completion: group.group.completions[index],
            advantage: advantage)
    }

    /// Pairs of each group; what is in one is trained on.
    private func pairs(_ groups: [CollectedRollouts.Group]) -> AssessedRollouts {
        let pairs = groups.map(RolloutPair.ranked)
        let assessments = zip(groups, pairs).map { group, pairs in
            let count = group.numbers.rewards.count
            let members = Set(pairs.flatMap { [$0.chosen, $0.rejected] })
            return GroupAssessment(
                gate: group.gate,
                selection: Selection(
                    retained: members.sorted(),
                    dropped: (0..<count).filter { !members.contains($0) }.map {
                        .init(index: $0, reason: "in no pair")
                    }),
                advantages: Array(repeating: 0, count: count),
                trained: (0..<count).map(members.contains))
        }
        return AssessedRollouts(
            groups: groups, assessments: assessments,
            sequences: zip(groups, assessments).map(Self.sequences), pairs: pairs)
    }

    // MARK: KL in the reward

    /// Takes β times the estimates' sum off every rollout's reward; returns the mean of k1 a
    /// token, nil of none.
    private func penalise(
        _ groups: inout [CollectedRollouts.Group], _ objective: Objective
    ) throws -> Double? {
        let all = groups.flatMap { group in
            group.group.completions.indices.map { Self.sequence(group, $0, advantage: 0) }
        }
        guard let reference, !all.isEmpty else { return nil }
        let old = all.flatMap(\.oldLogProbabilities)
        let pulled = try referenceValues(all, reference)
        var penalties = try objective.sequencePenalties(
            old: old, reference: pulled, offsets: all.offsets,
            mask: Array(repeating: true, count: old.count)
        ).makeIterator()
        for group in groups.indices {
            for index in groups[group].numbers.rewards.indices {
                let penalty = penalties.next() ?? 0
                groups[group].numbers.rewards[index] =
                    groups[group].numbers.rewards[index].map { $0 - penalty }
            }
        }
        return Self.meanGap(old, pulled)
    }

    private func referenceValues(
        _ sequences: [TrainedSequence], _ reference: Learner
    ) throws -> [Double] {
        let batch = PackedBatch(sequences: sequences.map(\.tokens))
        return sequences.completions(try reference.logProbabilities(batch).logProbabilities)
    }

    private static func meanGap(_ a: [Double], _ b: [Double]) -> Double {
        a.isEmpty ? 0 : zip(a, b).reduce(0) { $0 + $1.0 - $1.1 } / Double(a.count)
    }

    // MARK: Advantages of tokens

    /// Advantages, returns and the critic's values of all tokens of the step.
    private func spread(_ assessed: inout AssessedRollouts, _ objective: Objective) throws {
        let places = assessed.sequences.indices.flatMap { group in
            assessed.sequences[group].indices.filter { assessed.sequences[group][$0] != nil }
                .map { (group: group, index: $0) }
        }
        let all = places.compactMap { assessed.sequences[$0.group][$0.index] }
        guard !all.isEmpty else { return }
        let old = all.flatMap(\.oldLogProbabilities)
        let offsets = all.offsets
        let reference = try reference.map { try referenceValues(all, $0) }
        let values = try critic?.values(all)
        let found = try objective.tokenAdvantages(
            // Without baseline and scale, an advantage is the shaped reward.
            rewards: places.map { assessed.assessments[$0.group].advantages[$0.index] },
            old: old, reference: reference, values: values, offsets: offsets,
            mask: Array(repeating: true, count: old.count))
        assessed.divergence = reference.map { Self.meanGap(old, $0) }
        for (number, place) in places.enumerated() {
            let range = offsets[number]..<offsets[number + 1]
            let advantages = Array(found.advantages[range])
            let mean = advantages.isEmpty ? 0 : advantages.reduce(0, +) / Double(advantages.count)
            assessed.assessments[place.group].advantages[place.index] = mean
            assessed.sequences[place.group][place.index]?.advantage = mean
            assessed.sequences[place.group][place.index]?.tokenAdvantages = advantages
            assessed.sequences[place.group][place.index]?.returns = Array(found.returns[range])
            if let values {
                assessed.sequences[place.group][place.index]?.oldValues = Array(values[range])
            }
        }
    }
}
