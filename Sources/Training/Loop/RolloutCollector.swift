import Curricula
import Objectives
import Policy
import Rewards
import Rollouts
import Store

/// Everything that one step sampled, scored and decided before the update.
struct CollectedRollouts {
    /// A scored group with what the gate said of it.
    struct Group {
        var group: RolloutGroup
        var level: Int
        var promptTokens: [Int32]
        var meanEntropies: [Double]
        var numbers: GroupNumbers
        var gate: GateDecision
    }

    var groups: [Group] = []
    var stageChanges: [StageChange] = []
    /// Times that rejected groups made the trainer draw again.
    var refills = 0

    /// How many groups an update takes at most.
    var wanted = Int.max

    /// Groups that passed the gate, without the surplus: the update sees these alone.
    var kept: [Group] { Array(groups.lazy.filter { $0.gate.isKept }.prefix(wanted)) }
    var completions: Int { groups.reduce(0) { $0 + $1.group.completions.count } }
    var sampledTokens: Int {
        groups.reduce(0) { $0 + $1.numbers.lengths.reduce(0, +) }
    }
}

/// Draws problems, samples G completions each, scores them, lets the curriculum observe every
/// group, and draws again for groups that the gate rejects.
struct RolloutCollector {
    let recipe: Recipe
    let engine: PolicyEngine
    let scorer: RewardScorer
    let objective: Objective
    let problems: ProblemSource
    /// What pays in place of the verifier.
    let reward: (any LearnedReward)?

    func collect(
        step: Int, schedule: inout CurriculumSchedule
    ) throws -> CollectedRollouts {
        var collected = CollectedRollouts(wanted: recipe.rollout.prompts)
        var batch = DynamicSampling(wanted: recipe.rollout.prompts, policy: objective.refill)
        var missing = recipe.rollout.prompts
        while missing > 0 {
            let round = batch.rounds
            var rng = SplitMix64(seed: recipe.seed, 0xD0, UInt64(step), UInt64(round))
            let count = objective.refill.draws == .batch ? recipe.rollout.prompts : missing
            let draws = schedule.draw(count, sizes: problems.trainSizes, using: &rng)
            var groups = try score(draws, purpose: 0x5A, step: step, round: round)
            if let reward {
                try reward.pay(&groups)
                for index in groups.indices {
                    groups[index].gate = objective.gateDecision(
                        outcomes: groups[index].numbers.outcomes,
                        rewards: groups[index].numbers.rewards)
                }
            }
            for group in groups {
                let change = schedule.observe(
                    level: group.level, outcomes: group.numbers.outcomes)
                if let change { collected.stageChanges.append(change) }
            }
            collected.groups.append(contentsOf: groups)
            switch try batch.offer(groups.map(\.gate)) {
            case .sample(let more): missing = more
            case .full, .fallBack: missing = 0
            }
        }
        collected.refills = batch.rounds - 1
        return collected
    }

    /// Groups of training problems of all levels, scored by the verifier, apart from the curriculum.
    func sample(
        _ count: Int, purpose: UInt64, step: Int, round: Int
    ) throws -> [CollectedRollouts.Group] {
        var random = SplitMix64(seed: recipe.seed, purpose, UInt64(step), UInt64(round))
        let draws = (0..<count).map { _ in
            let level = problems.levels[random.below(problems.levels.count)]
            return Draw(level: level, ordinal: random.below(problems.trainSizes[level] ?? 1))
        }
        return try score(draws, purpose: purpose, step: step, round: round)
    }

    private func score(
        _ draws: [Draw], purpose: UInt64, step: Int, round: Int
    ) throws -> [CollectedRollouts.Group] {
        let drawn = try draws.map { try problems.problem(level: $0.level, ordinal: $0.ordinal) }
        var stream = SplitMix64(seed: purpose, UInt64(step), UInt64(round))
        let sampled = try engine.sample(
            drawn, count: recipe.rollout.group, settings: recipe.rollout.sampling,
            seed: recipe.seed,
            stream: stream.next())
        return zip(zip(drawn, draws), sampled).map { drawn, rows in
            let (problem, draw) = drawn
            let completions = rows.map(\.completion)
            let group = RolloutGroup(
                problem: problem, completions: completions,
                scores: scorer.score(problem, completions))
            let numbers = GroupNumbers(group)
            return CollectedRollouts.Group(
                group: group, level: draw.level, promptTokens: rows.first?.promptTokens ?? [],
                meanEntropies: rows.map(\.meanEntropy), numbers: numbers,
                gate: objective.gateDecision(
                    outcomes: numbers.outcomes, rewards: numbers.rewards))
        }
    }
}

extension RewardScorer {
    /// Scores the completions of one problem as a group.
    func score(_ problem: Problem, _ completions: [Completion]) -> [Score] {
        score(
            completions.map { completion in
                ScoringInput(
                    prompt: problem.prompt, completion: completion.text, gold: problem.answer,
                    tokenCount: completion.tokens.count, truncated: completion.isTruncated,
                    fields: problem.metadata)
            })
    }
}
