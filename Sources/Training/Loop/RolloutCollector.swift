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
        /// Its problem's place in the curriculum.
        var draw: Draw
        var promptTokens: [Int32]
        var meanEntropies: [Double]
        var numbers: GroupNumbers
        var gate: GateDecision
        var level: Int { draw.level }
        /// Kept, but beyond the batch that was wanted: not trained on.
        var isSurplus = false
    }

    var groups: [Group] = []
    var stageChanges: [StageChange] = []
    /// Whether an environment answered the policy.
    var hasTurns = false
    /// Times that rejected groups made the trainer draw again.
    var refills = 0

    /// Groups that passed the gate and have a place in the batch: the update sees these alone.
    var kept: [Group] { groups.filter { $0.gate.isKept && !$0.isSurplus } }
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
    let contents: CurriculumContents

    func collect(
        step: Int, schedule: inout CurriculumSchedule
    ) throws -> CollectedRollouts {
        var collected = CollectedRollouts()
        collected.hasTurns = engine.environment != nil
        if let change = schedule.begin(step: step) { collected.stageChanges.append(change) }
        let progress = Double(step) / Double(max(recipe.budget.steps, 1))
        var batch = DynamicSampling(wanted: recipe.rollout.prompts, policy: objective.refill)
        var missing = recipe.rollout.prompts
        /// Where each round's groups begin.
        var starts: [Int] = []
        while missing > 0 {
            let round = batch.rounds
            var rng = SplitMix64(seed: recipe.seed, 0xD0, UInt64(step), UInt64(round))
            let count = objective.refill.draws == .batch ? recipe.rollout.prompts : missing
            let draws = schedule.draw(
                count, from: contents, step: step, progress: progress, using: &rng)
            guard draws.count == count else {
                throw TrainingError.emptyCurriculum(
                    name: problems.curriculum, store: problems.store.path, split: "train",
                    levels: problems.levels)
            }
            let groups = try score(draws, purpose: 0x5A, step: step, round: round)
            for group in groups {
                let change = schedule.observe(
                    ObservedGroup(draw: group.draw, outcomes: group.numbers.outcomes), step: step)
                if let change { collected.stageChanges.append(change) }
            }
            starts.append(collected.groups.count)
            collected.groups.append(contentsOf: groups)
            switch try batch.offer(groups.map(\.gate)) {
            case .sample(let more): missing = more
            case .full, .fallBack: missing = 0
            }
        }
        for place in batch.surplus {
            collected.groups[starts[place.round] + place.index].isSurplus = true
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
        let drawn = try problems.problems(draws)
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
                group: group, draw: draw, promptTokens: rows.first?.promptTokens ?? [],
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
