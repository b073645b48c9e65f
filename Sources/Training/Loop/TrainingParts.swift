import Curricula
import Foundation
import Objectives
import Policy
import Rewards
import Rollouts
import Settings
import Store

/// Everything that an arm works with, built from its recipe.
struct TrainingParts {
    let store: AssayStore
    let runID: Int64
    let problems: ProblemSource
    let objective: Objective
    let learner: Learner
    /// The policy after the warm-up, where the objective has a KL term.
    let reference: Learner?
    let engine: PolicyEngine
    let collector: RolloutCollector
    let updater: PolicyUpdater
    let evaluator: Evaluator
    let warmup: Warmup
    let checkpoints: CheckpointStore

    init(
        recipe: Recipe, arm: String, directory: RunDirectory, store: AssayStore, spec: RewardSpec,
        observer: any TrainingObserver
    ) throws {
        let threads =
            recipe.threads == 0
            ? ProcessInfo.processInfo.activeProcessorCount : recipe.threads
        let policy = try OpenedPolicy.open(recipe)
        let model = policy.model
        self.store = store
        runID = try store.beginRun(name: arm, recipe: try recipe.yaml(), seed: recipe.seed)
        problems = try ProblemSource(recipe.curriculum, runStore: store, notice: observer.notice)
        objective = try recipe.objective.resolve(rollout: recipe.rollout)
        let warnings = try objective.validate(
            groupSize: recipe.rollout.group, rewards: spec.profile)
        for warning in warnings { observer.notice("objective: \(warning)") }
        for finding in spec.findings { observer.notice("reward: \(finding.problem)") }
        learner = Learner(
            model, optimizer: recipe.warmup.adamW, shards: recipe.policy.fixedShards,
            threads: threads,
            recomputes: recipe.policy.recompute)
        engine = PolicyEngine(
            model: model, tokenizer: policy.tokenizer, chat: policy.chat, threads: threads)
        // The longest prompt tells before the first step whether every one will fit.
        if let longest = try problems.store.longestProblem(curriculum: problems.curriculum) {
            _ = try engine.encode(longest, room: recipe.rollout.maximumNewTokens)
        }
        let scorer = try RewardScorer(spec)
        reference =
            objective.needsReference
            ? try Learner(
                OpenedPolicy.open(recipe).model, optimizer: recipe.warmup.adamW,
                shards: recipe.policy.fixedShards, threads: threads) : nil
        collector = RolloutCollector(
            recipe: recipe, engine: engine, scorer: scorer, objective: objective,
            problems: problems)
        updater = PolicyUpdater(
            recipe: recipe, objective: objective, learner: learner, reference: reference)
        evaluator = Evaluator(recipe: recipe, engine: engine, scorer: scorer)
        warmup = Warmup(
            recipe: recipe, engine: engine, evaluator: evaluator, problems: problems,
            generator: ArithmeticGenerator(placeLetters: recipe.curriculum.placeLetters))
        checkpoints = CheckpointStore(directory: directory)
    }

    /// The schedule at the start of a run.
    func schedule(_ recipe: Recipe) throws -> CurriculumSchedule {
        let settings = recipe.curriculum
        switch settings.schedule {
        case .uniform:
            return .uniform(UniformSchedule(levels: settings.levels, seed: recipe.seed))
        case .staged:
            return .staged(
                StagedSchedule(
                    stages: settings.stages, promoteAt: settings.promoteAt, decay: settings.decay,
                    minimumGroups: settings.minimumGroups, earlierShare: settings.earlierShare,
                    seed: recipe.seed))
        }
    }
}

extension PolicyRecipe {
    /// The transformer's shape for a vocabulary of this size.
    func configuration(vocabularySize: Int) -> TransformerConfiguration {
        TransformerConfiguration(
            vocabularySize: vocabularySize, width: width, layers: layers, heads: heads,
            keyValueHeads: keyValueHeads, feedForwardWidth: feedForward,
            maximumLength: maximumLength)
    }
}

extension WarmupRecipe {
    /// AdamW of the supervised steps.
    var adamW: AdamWSettings {
        AdamWSettings(beta1: 0.9, beta2: 0.95, weightDecay: Float(weightDecay))
    }
}

extension OptimizerRecipe {
    /// AdamW of the policy updates.
    var adamW: AdamWSettings {
        AdamWSettings(
            beta1: Float(beta1), beta2: Float(beta2), weightDecay: Float(weightDecay))
    }
}
