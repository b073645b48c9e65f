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
    private let recipe: Recipe
    private let engine: PolicyEngine
    private let scorer: RewardScorer
    private let problems: ProblemSource

    /// Loads the newest checkpoint, or the named one.
    public init(_ directory: RunDirectory, checkpoint name: String? = nil) throws {
        guard directory.holdsRun else { throw TrainingError.noRun(path: directory.path) }
        let recipe = try Recipe(SettingsDocument(path: directory.recipe))
        let checkpoints = CheckpointStore(directory: directory)
        let folder: String
        if let name {
            folder = "\(directory.checkpoints)/\(name)"
        } else if let newest = checkpoints.list().last {
            folder = newest
        } else {
            throw TrainingError.noRun(path: directory.checkpoints)
        }
        let policy = try checkpoints.loadPolicy(folder, recipe)
        let threads = ProcessInfo.processInfo.activeProcessorCount
        self.recipe = recipe
        checkpoint = (folder as NSString).lastPathComponent
        engine = PolicyEngine(
            model: policy.model, tokenizer: policy.tokenizer, chat: policy.chat, threads: threads,
            environment: recipe.curriculum.environment)
        scorer = try RewardScorer(RewardSpec.load(path: directory.reward))
        problems = try ProblemSource(
            recipe.curriculum, runStore: AssayStore(path: directory.database), notice: { _ in })
    }

    /// Held-out problems of the run, up to `count` a level.
    public func heldOut(perLevel count: Int) throws -> [Problem] {
        try problems.heldOut(perLevel: count)
    }

    /// Accuracy and length on held-out problems.
    public func evaluate(perLevel count: Int) throws -> Evaluation {
        try Evaluator(recipe: recipe, engine: engine, scorer: scorer)
            .evaluate(problems.heldOut(perLevel: count))
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
