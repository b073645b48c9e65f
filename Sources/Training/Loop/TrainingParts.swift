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
    /// The policy after the warm-up, where the objective measures against it.
    let reference: Learner?
    let critic: ScalarModel?
    /// What pays in place of the verifier.
    let reward: (any LearnedReward)?
    let assessor: RolloutAssessor
    /// Components of the reward that can be worth more than 0.
    let payingComponents: Set<String>
    let engine: PolicyEngine
    let collector: RolloutCollector
    let updater: PolicyUpdater
    let evaluator: Evaluator
    let warmup: Warmup
    let checkpoints: CheckpointStore

    /// - Parameters:
    ///   - judge: the spec of evaluations, where it is another than `spec`.
    ///   - imports: whether the recipe's generator still has to fill the curriculum.
    init(
        recipe: Recipe, arm: String, directory: RunDirectory, store: AssayStore, spec: RewardSpec,
        judge: RewardSpec? = nil, imports: Bool = true, observer: any TrainingObserver
    ) throws {
        let threads =
            recipe.threads == 0
            ? ProcessInfo.processInfo.activeProcessorCount : recipe.threads
        let policy = try OpenedPolicy.open(recipe)
        let model = policy.model
        self.store = store
        runID = try store.beginRun(
            name: arm, recipe: try recipe.yaml(), seed: recipe.seed,
            curriculum: recipe.curriculum.name)
        problems = try ProblemSource(
            recipe.curriculum, runStore: store, imports: imports, notice: observer.notice)
        objective = try recipe.objective.resolve(rollout: recipe.rollout)
        let warnings = try objective.validate(
            groupSize: recipe.rollout.group, rewards: spec.profile)
        for warning in recipe.warnings { observer.notice("warning: \(warning)") }
        for warning in warnings { observer.notice("objective: \(warning)") }
        let kind = recipe.curriculum.schedule.kind
        if objective.preference != nil, kind == .sec || kind == .dump {
            observer.notice(
                "warning: curriculum.schedule: \(kind.rawValue) learns from advantages, and a loss on "
                    + "pairs has none: every level stays equally likely")
        }
        for finding in spec.findings { observer.notice("reward: \(finding.problem)") }
        learner = Learner(
            model, optimizer: recipe.warmup.adamW, shards: recipe.policy.fixedShards,
            threads: threads,
            recomputes: recipe.policy.recompute)
        engine = PolicyEngine(
            model: model, tokenizer: policy.tokenizer, chat: policy.chat, threads: threads,
            environment: recipe.curriculum.environment)
        // The longest prompt tells before the first step whether every one will fit.
        if let longest = try problems.store.longestProblem(
            curriculum: problems.curriculum, levels: problems.levels)
        {
            _ = try engine.encode(longest, room: recipe.rollout.maximumNewTokens)
        }
        let scorer = try RewardScorer(spec)
        payingComponents = spec.payingComponents
        reference =
            objective.needsReference
            ? try Learner(
                OpenedPolicy.open(recipe).model, optimizer: recipe.warmup.adamW,
                shards: recipe.policy.fixedShards, threads: threads) : nil
        let generator = recipe.curriculum.task
        critic =
            objective.needsCritic
            ? try ScalarModel(
                like: model, settings: recipe.critic.model, recipe: recipe, threads: threads) : nil
        reward = try Self.learnedReward(
            recipe, model, threads: threads,
            accepted: AcceptedResponses(engine: engine, problems: problems, generator: generator))
        collector = RolloutCollector(
            recipe: recipe, engine: engine, scorer: scorer, objective: objective,
            problems: problems, contents: try problems.contents(recipe.curriculum.schedule, engine))
        assessor = RolloutAssessor(reference: reference, critic: critic)
        updater = PolicyUpdater(
            recipe: recipe, learner: learner, reference: reference, critic: critic)
        evaluator = Evaluator(
            recipe: recipe, engine: engine, judge: try judge.map(RewardScorer.init) ?? scorer,
            paying: judge == nil ? nil : scorer)
        warmup = Warmup(
            recipe: recipe, engine: engine,
            evaluator: Evaluator(recipe: recipe, engine: engine, judge: scorer), problems: problems,
            generator: generator)
        checkpoints = CheckpointStore(
            directory: directory, keeps: recipe.budget.keepCheckpoints)
    }

    private static func learnedReward(
        _ recipe: Recipe, _ policy: Transformer, threads: Int, accepted: AcceptedResponses
    ) throws -> (any LearnedReward)? {
        guard let settings = recipe.learnedReward else { return nil }
        let scalar = try ScalarModel(
            like: policy, attention: settings.kind == .discriminator ? .bidirectional : .causal,
            settings: settings.model, recipe: recipe, threads: threads)
        switch settings.kind {
        case .rewardModel: return RewardModel(scalar, settings: settings)
        case .discriminator:
            return Discriminator(
                scalar, settings: settings, seed: recipe.seed, accepted: accepted)
        }
    }

    /// All models that a run changes, by their names in checkpoints.
    var models: TrainedModels {
        TrainedModels(policy: learner, critic: critic?.learner, reward: reward?.model.learner)
    }

    /// What a learned reward learns from before the first update.
    func rewardContext(
        _ recipe: Recipe, _ directory: RunDirectory, _ interruption: Interruption
    ) -> RewardContext {
        RewardContext(
            recipe: recipe, policy: learner.model, interruption: interruption,
            directory: directory,
            sample: { count, round in
                try collector.sample(count, purpose: 0x9A, step: 0, round: round)
            })
    }

    /// The schedule at the start of a run.
    func schedule(_ recipe: Recipe) throws -> CurriculumSchedule {
        try recipe.curriculum.schedule.schedule(levels: recipe.curriculum.levels, seed: recipe.seed)
    }
}

extension PolicyRecipe {
    /// The transformer's shape for a vocabulary of this size.
    func configuration(vocabularySize: Int) -> TransformerConfiguration {
        var shape = TransformerConfiguration(
            family: experts > 0 ? .qwen3Experts : .llama, vocabularySize: vocabularySize,
            width: width, layers: layers, heads: heads, keyValueHeads: keyValueHeads,
            feedForwardWidth: feedForward, maximumLength: maximumLength)
        if experts > 0 {
            shape.hasQueryKeyNorm = true
            shape.experts = ExpertConfiguration(
                count: experts, perToken: expertsPerToken, width: feedForward)
        }
        return shape
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
