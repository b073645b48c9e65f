import Objectives
import Policy
import Rollouts

/// A reward that is a model: it pays every rollout in place of the verifier, whose outcome stays what
/// gates and evaluations read.
protocol LearnedReward {
    /// The model, for checkpoints.
    var model: ScalarModel { get }
    /// Before the first update: learns what it pays for.
    ///
    /// - Returns: what it reached, for a person.
    func prepare(_ context: RewardContext) throws -> String
    /// What a value of the model's head pays.
    func worth(_ value: Double) -> Double
    /// Goes on learning from the rollouts of a step, before it pays them.
    ///
    /// - Returns: metrics by name.
    func learn(from groups: [CollectedRollouts.Group], step: Int) throws -> [String: Double]
}

/// What a reward learns from.
struct RewardContext {
    let recipe: Recipe
    let policy: Transformer
    /// Ctrl-C: to be asked between steps.
    let interruption: Interruption
    let directory: RunDirectory
    /// Samples and scores groups of training problems, by number of the round.
    let sample: (_ problems: Int, _ round: Int) throws -> [CollectedRollouts.Group]
}

extension RewardContext {
    /// - Throws: `TrainingError.interrupted`; the start of the run is saved.
    func stopIfInterrupted() throws {
        guard interruption.isRequested else { return }
        throw TrainingError.interrupted(path: directory.path, step: 0)
    }
}

extension LearnedReward {
    /// Pays the rollouts of some groups.
    func pay(_ groups: inout [CollectedRollouts.Group]) throws {
        let texts = groups.flatMap { group in
            group.group.completions.map { group.promptTokens + $0.tokens }
        }
        var next = try model.finalValues(texts).makeIterator()
        for number in groups.indices {
            let group = groups[number].group
            var scores = group.scores
            for index in scores.indices { scores[index].reward = next.next().map(worth) }
            groups[number].group = RolloutGroup(
                problem: group.problem, completions: group.completions, scores: scores)
            groups[number].numbers = GroupNumbers(groups[number].group)
        }
    }
}
