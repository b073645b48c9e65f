import Foundation
import Policy
import Rewards
public import Rollouts
import Settings
import Store

/// The policy of a run as it stands in a checkpoint, to ask and to measure.
public struct TrainedPolicy {
    /// One answer, scored where the problem has a gold answer.
    public struct Sample: Sendable {
        /// What was asked.
        public let problem: Problem
        /// What the policy wrote.
        public let completion: Completion
        /// nil where the problem has no gold answer.
        public let score: Score?
    }

    /// The checkpoint folder's name.
    public let checkpoint: String
    /// How the recipe's evaluations sample.
    public var evaluationSettings: EvaluationSettings { recipe.evaluation.settings }
    private let recipe: Recipe
    private let engine: PolicyEngine
    /// What pays in training.
    private let scorer: RewardScorer
    /// Whose outcome evaluations count, where it is another spec's.
    private let judge: RewardScorer?
    private let problems: ProblemSource

    /// Loads the newest checkpoint, or the one that `name` means: `best`, `last`, `start`, a step, or a
    /// folder's name.
    ///
    /// - Parameter reward: a spec whose outcome evaluations count; nil for that of the run's evaluations.
    public init(
        _ directory: RunDirectory, checkpoint name: String? = nil, reward: String? = nil
    ) throws {
        guard directory.holdsRun else { throw TrainingError.noRun(path: directory.path) }
        let recipe = try Recipe(SettingsDocument(path: directory.recipe))
        let checkpoints = CheckpointStore(directory: directory)
        let folder = try checkpoints.resolve(name ?? "last")
        let policy = try checkpoints.loadPolicy(folder, recipe)
        let threads = ProcessInfo.processInfo.activeProcessorCount
        self.recipe = recipe
        checkpoint = (folder as NSString).lastPathComponent
        engine = PolicyEngine(
            model: policy.model, tokenizer: policy.tokenizer, chat: policy.chat, threads: threads,
            environment: recipe.curriculum.environment)
        scorer = try RewardScorer(RewardSpec.load(path: directory.reward))
        let other = reward ?? (recipe.evaluation.reward == nil ? nil : directory.evaluationReward)
        judge = try other.map { try RewardScorer(RewardSpec.load(path: $0)) }
        problems = try ProblemSource(
            recipe.curriculum, runStore: AssayStore(reading: directory.database), imports: false,
            notice: { _ in })
    }

    /// Held-out problems of the run, up to `count` a level.
    public func heldOut(perLevel count: Int) throws -> [Problem] {
        try problems.heldOut(perLevel: count)
    }

    /// Accuracy and length on problems.
    public func evaluate(
        _ asked: [Problem], _ settings: EvaluationSettings
    ) throws -> Evaluation {
        try Evaluator(
            recipe: recipe, engine: engine, judge: judge ?? scorer,
            paying: judge == nil ? nil : scorer
        ).evaluate(asked, settings)
    }

    /// Completions of each problem; temperature 0 decodes greedily.
    public func sample(
        _ asked: [Problem], count: Int, temperature: Double, seed: UInt64
    ) throws -> [Sample] {
        let settings = SamplingSettings(
            temperature: Float(temperature), maximumNewTokens: recipe.rollout.maximumNewTokens)
        let rows = try engine.sample(asked, count: count, settings: settings, seed: seed, stream: 0)
        return zip(asked, rows).flatMap { problem, samples in
            samples.map { sample in
                Sample(
                    problem: problem, completion: sample.completion,
                    score: problem.answer.isEmpty
                        ? nil : scorer.score(problem, [sample.completion]).first)
            }
        }
    }
}
