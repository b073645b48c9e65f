public import Policy
public import Settings

/// Sampling for updates.
public struct RolloutRecipe: Configurable, Equatable, Sendable {
    /// Problems a step.
    public var prompts = 16
    /// Completions a problem, G.
    public var group = 8
    /// Softmax temperature, of sampling and of the log-probabilities that updates work with.
    public var temperature = 1.0
    /// Keeps the k likeliest tokens; 0 keeps all.
    public var topK = 0
    /// Keeps the fewest likeliest tokens that have this much of the mass; 1 keeps all.
    public var topP = 1.0
    /// Keeps tokens at least this fraction as likely as the likeliest; 0 keeps all.
    public var minP = 0.0
    /// Token limit of a completion.
    public var maximumNewTokens = 110

    /// The defaults.
    public init() {}

    /// Names every field.
    public mutating func bind(_ settings: Binder) throws(SettingsError) {
        try settings.bind("prompts", &prompts, in: 1...65_536)
        try settings.bind("group", &group, in: 1...4096)
        try settings.bind("temperature", &temperature, in: 0.01...10)
        try settings.bind("top_k", &topK, in: 0...1_048_576)
        try settings.bind("top_p", &topP, in: 0.000001...1)
        try settings.bind("min_p", &minP, in: 0...1)
        try settings.bind("maximum_new_tokens", &maximumNewTokens, in: 1...1_048_576)
    }

    /// How tokens of rollouts are drawn.
    var sampling: SamplingSettings {
        SamplingSettings(
            temperature: Float(temperature), topK: topK, topP: Float(topP), minP: Float(minP),
            tempersStatistics: true, maximumNewTokens: maximumNewTokens)
    }
}

/// AdamW and its schedule.
public struct OptimizerRecipe: Configurable, Equatable, Sendable {
    /// Learning rate after the warm-up steps.
    public var learningRate = 1e-3
    /// Steps of linear rise.
    public var warmupSteps = 5
    /// What comes after the rise.
    public var schedule = LearningRateSchedule.Shape.constant
    /// Share of the learning rate that is left after the last of `budget.steps`.
    public var finalShare = 0.0
    /// First moment's decay.
    public var beta1 = 0.9
    /// Second moment's decay.
    public var beta2 = 0.95
    /// Decoupled weight decay on matrices.
    public var weightDecay = 0.0
    /// Bound on the global gradient norm.
    public var clipNorm = 1.0
    /// Updates that a batch of rollouts is cut into.
    public var minibatches = 1
    /// Passes over a batch of rollouts.
    public var epochs = 1

    /// The defaults.
    public init() {}

    /// Names every field.
    public mutating func bind(_ settings: Binder) throws(SettingsError) {
        try settings.bind("learning_rate", &learningRate, in: 0...1)
        try settings.bind("warmup_steps", &warmupSteps, in: 0...1_000_000)
        try settings.bind("schedule", &schedule)
        try settings.bind("final_share", &finalShare, in: 0...1)
        try settings.bind("beta1", &beta1, in: 0...0.99999)
        try settings.bind("beta2", &beta2, in: 0...0.99999)
        try settings.bind("weight_decay", &weightDecay, in: 0...1)
        try settings.bind("clip_norm", &clipNorm, in: 1e-6...1e6)
        try settings.bind("minibatches", &minibatches, in: 1...4096)
        try settings.bind("epochs", &epochs, in: 1...100)
    }
}

/// Held-out measurement.
public struct EvaluationRecipe: Configurable, Equatable, Sendable {
    /// Steps between evaluations; 0 for only before and after.
    public var every = 50
    /// Held-out problems a level in the evaluations on the way.
    public var problemsPerLevel = 40
    /// Held-out problems a level before and after.
    public var finalProblemsPerLevel = 100
    /// Completions sampled of each problem: pass@1 is over all of them, pass@k for k up to it.
    public var samples = 1
    /// Softmax temperature of the sampled completions.
    public var temperature = 1.0
    /// Keeps the fewest likeliest tokens that have this much of the mass; 1 keeps all.
    public var topP = 1.0
    /// Path of another reward spec, whose outcome is what evaluations count; nil for the run's.
    public var reward: String?

    /// The defaults.
    public init() {}

    /// Names every field.
    public mutating func bind(_ settings: Binder) throws(SettingsError) {
        try settings.bind("every", &every, in: 0...1_000_000)
        try settings.bind("problems_per_level", &problemsPerLevel, in: 1...1_000_000)
        try settings.bind("final_problems_per_level", &finalProblemsPerLevel, in: 1...1_000_000)
        try settings.bind("samples", &samples, in: 1...EvaluationSettings.mostSamples)
        try settings.bind("temperature", &temperature, in: 0.01...10)
        try settings.bind("top_p", &topP, in: 0.000001...1)
        try settings.bind("reward", &reward)
    }

    /// How evaluations of the recipe sample.
    public var settings: EvaluationSettings {
        EvaluationSettings(samples: samples, temperature: temperature, topP: topP)
    }
}

/// When to stop, and how often to save; what ends first ends the run.
public struct BudgetRecipe: Configurable, Equatable, Sendable {
    /// Policy updates.
    public var steps = 200
    /// Tokens sampled for updates after which the run ends early; nil for no bound.
    public var tokens: Int?
    /// Minutes of training after which the run ends early; nil for no bound.
    public var minutes: Double?
    /// What held-out accuracy ends the run early; nil for none.
    public var stopWhen: EarlyStopRecipe?
    /// Steps between checkpoints.
    public var checkpointEvery = 50
    /// Newest checkpoints that are kept, beside the start of the updates and the best one.
    public var keepCheckpoints = 2
    /// Steps between those whose completions are stored with their texts; 1 stores all.
    ///
    /// Outcomes count for every problem's difficulty in any case.
    public var rolloutsEvery = 1

    /// The defaults.
    public init() {}

    /// Names every field.
    public mutating func bind(_ settings: Binder) throws(SettingsError) {
        try settings.bind("steps", &steps, in: 0...1_000_000_000)
        try settings.bind("tokens", &tokens, where: { $0 ?? 1 > 0 }, expected: "tokens above 0")
        try settings.bind("minutes", &minutes, where: { $0 ?? 1 > 0 }, expected: "minutes above 0")
        try settings.section("stop_when", &stopWhen)
        try settings.bind("checkpoint_every", &checkpointEvery, in: 1...1_000_000)
        try settings.bind("keep_checkpoints", &keepCheckpoints, in: 1...1_000_000)
        try settings.bind("rollouts_every", &rolloutsEvery, in: 1...1_000_000)
    }
}

/// What held-out accuracy, in the evaluations on the way, ends a run early.
public struct EarlyStopRecipe: Configurable, Equatable, Sendable {
    /// The run ends where it is reached; nil for no target.
    public var accuracy: Double?
    /// Evaluations in a row without a new best after which the run ends; nil for any number.
    public var patience: Int?

    /// Neither: refused by `bind`.
    public init() {}

    /// Names every field.
    public mutating func bind(_ settings: Binder) throws(SettingsError) {
        try settings.bind(
            "accuracy", &accuracy, where: { $0.map { $0 > 0 && $0 <= 1 } ?? true },
            expected: "a share above 0, up to 1")
        try settings.bind(
            "patience", &patience, where: { $0 ?? 1 > 0 }, expected: "evaluations above 0")
        if accuracy == nil, patience == nil {
            throw settings.refuse(
                "stop_when", "neither accuracy nor patience",
                remedy: "Name one of them, or remove stop_when.")
        }
    }
}

/// A second arm that starts from the same warm-up and differs in its objective alone.
public struct ComparisonRecipe: Configurable, Equatable, Sendable {
    /// Heads its column in the table.
    public var name = "unfiltered"
    /// Minutes after which it ends early, the common warm-up counted in; nil for the budget's.
    public var minutes: Double?
    /// Its objective.
    public var objective = ObjectiveRecipe()

    /// The defaults.
    public init() {}

    /// Names every field.
    public mutating func bind(_ settings: Binder) throws(SettingsError) {
        try settings.bind("name", &name, where: Recipe.isFileName, expected: "a plain file name")
        try settings.bind("minutes", &minutes, where: { $0 ?? 1 > 0 }, expected: "minutes above 0")
        try settings.section("objective", &objective)
    }
}

extension LearningRateSchedule.Shape: SettingChoice {}
extension Precision: SettingChoice {}
