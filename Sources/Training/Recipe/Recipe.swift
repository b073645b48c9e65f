import Curricula
import Objectives
import Rollouts
public import Settings

/// A training run as a person writes it: `recipes/NAME.yaml`.
public struct Recipe: Configurable, Equatable, Sendable {
    /// Names the run.
    public var name = "run"
    /// Everything random derives from it.
    public var seed: UInt64 = 1
    /// Worker threads; 0 is one a core.
    ///
    /// Results do not depend on it.
    public var threads = 0
    /// The model.
    public var policy = PolicyRecipe()
    /// The problems and the order in which they are drawn.
    public var curriculum = CurriculumRecipe()
    /// Supervised steps before the policy updates.
    public var warmup = WarmupRecipe()
    /// Path of the reward spec, relative to the working directory.
    public var reward = "verifiers/math.yaml"
    /// Sampling for updates.
    public var rollout = RolloutRecipe()
    /// The algorithm.
    public var objective = ObjectiveRecipe()
    /// The critic, for objectives that have one.
    public var critic = CriticRecipe()
    /// A model that pays in place of the verifier.
    public var learnedReward: LearnedRewardRecipe?
    /// AdamW and its schedule.
    public var optimizer = OptimizerRecipe()
    /// Whose names the metric files use.
    public var metricNames = MetricNames.trl
    /// Whether event files for TensorBoard are written beside them.
    public var tensorboard = true
    /// Held-out measurement.
    public var evaluation = EvaluationRecipe()
    /// When to stop.
    public var budget = BudgetRecipe()
    /// A second arm from the same warm-up, for the table at the end.
    public var comparison: ComparisonRecipe?

    /// The defaults.
    public init() {}

    /// Runs and arms have a folder and a place in the store by their names.
    static func isFileName(_ name: String) -> Bool {
        !name.isEmpty && !name.hasPrefix(".") && !name.contains("/")
    }

    /// What is doubtful about the recipe as a whole.
    public var warnings: [String] {
        let isPlain =
            rollout.topK == 0 && rollout.topP == 1 && rollout.minP == 0
        return isPlain
            ? []
            : [
                "rollout: ratios and KL are those of the policy over all tokens, of which top_k, top_p "
                    + "and min_p let only some be sampled"
            ]
    }

    /// Names every field.
    public mutating func bind(_ settings: Binder) throws(SettingsError) {
        try settings.bind("name", &name, where: Self.isFileName, expected: "a plain file name")
        try settings.bind("seed", &seed)
        try settings.bind("threads", &threads, in: 0...1024)
        try settings.section("policy", &policy)
        try settings.section("curriculum", &curriculum)
        try settings.section("warmup", &warmup)
        try settings.bind("reward", &reward)
        try settings.section("rollout", &rollout)
        try settings.section("objective", &objective)
        try settings.section("critic", &critic)
        try settings.section("learned_reward", &learnedReward)
        try settings.section("optimizer", &optimizer)
        try settings.bind("metric_names", &metricNames)
        try settings.bind("tensorboard", &tensorboard)
        try settings.section("evaluation", &evaluation)
        try settings.section("budget", &budget)
        try settings.section("comparison", &comparison)
        if rollout.maximumNewTokens >= policy.maximumLength {
            throw settings.refuse(
                "rollout",
                "maximum_new_tokens \(rollout.maximumNewTokens) leaves no room for a prompt in "
                    + "policy.maximum_length \(policy.maximumLength)",
                remedy: "Raise policy.maximum_length.")
        }
        if !warmup.levelWeights.isEmpty, warmup.levelWeights.count != curriculum.levels.count {
            throw settings.refuse(
                "warmup",
                "level_weights has \(warmup.levelWeights.count) weights for "
                    + "\(curriculum.levels.count) levels",
                remedy: "Give one weight a level, or none.")
        }
        if budget.stopWhen != nil, evaluation.every == 0 {
            throw settings.refuse(
                "budget", "stop_when looks at evaluations, and evaluation.every is 0",
                remedy: "Set evaluation.every to the steps between them, or remove stop_when.")
        }
        if comparison?.name == name {
            throw settings.refuse(
                "comparison", "it is called as the run itself", remedy: "Choose another name.")
        }
        if let environment = curriculum.environment {
            try settings.check(turnsOf: type(of: environment).name, self)
        }
        try settings.check("objective", objective, rollout)
        try settings.check("learned_reward", objective, learnedReward)
        if let comparison { try settings.check("comparison", comparison.objective, rollout) }
    }
}

extension Binder {
    /// Refuses what cannot be done with rollouts of several turns.
    fileprivate func check(turnsOf task: String, _ recipe: Recipe) throws(SettingsError) {
        if recipe.policy.model != nil {
            throw refuse(
                "policy",
                "turns of \(task) end at a character, which a model's own vocabulary may hide in a token",
                remedy: "Remove policy.model, or choose a task of one turn.")
        }
        if recipe.learnedReward != nil {
            throw refuse(
                "learned_reward",
                "it reads a text whole, in which a policy can write what only the environment of \(task) may",
                remedy: "Use the spec's reward, or choose a task of one turn.")
        }
    }

    /// Refuses a learned reward that the objective cannot do with, or without.
    fileprivate func check(
        _ key: String, _ objective: ObjectiveRecipe, _ reward: LearnedRewardRecipe?
    ) throws(SettingsError) {
        guard let reward else {
            if objective.preset == "gapo" {
                throw refuse(
                    "objective", "gapo is PPO against a discriminator, and there is none",
                    remedy: "Add `learned_reward: {kind: discriminator}`, or use ppo.")
            }
            return
        }
        guard let base = try? Objective.preset(objective.preset).applying(objective.axes) else {
            return
        }
        if case .decoupled = base.scale {
            throw refuse(
                key, "a decoupled scale reads the components of the spec, which is not what pays",
                remedy: "Choose another scale, or the spec's reward.")
        }
        if base.gate == .standardDeviation {
            throw refuse(
                key, "groups are gated before \(reward.kind.rawValue) pays them",
                remedy: "Use the outcome gate.")
        }
    }

    /// Refuses an objective that contradicts itself, at its place in the recipe.
    fileprivate func check(
        _ key: String, _ objective: ObjectiveRecipe, _ rollout: RolloutRecipe
    ) throws(SettingsError) {
        do {
            _ = try objective.resolve(rollout: rollout)
        } catch {
            throw refuse(key, error.description, remedy: error.remedy)
        }
    }
}
