public import Settings

/// How a model with a scalar head is trained.
public struct ScalarModelRecipe: Configurable, Equatable, Sendable {
    /// Learning rate, constant.
    public var learningRate = 1e-3

    /// The defaults.
    public init() {}

    /// Names every field.
    public mutating func bind(_ settings: Binder) throws(SettingsError) {
        try settings.bind("learning_rate", &learningRate, in: 0...1)
    }
}

/// The critic of objectives that have one.
public struct CriticRecipe: Configurable, Equatable, Sendable {
    /// Its optimiser.
    public var model = ScalarModelRecipe()
    /// Steps at first in which the critic alone learns.
    public var warmupSteps = 0

    /// The defaults.
    public init() {}

    /// Names every field.
    public mutating func bind(_ settings: Binder) throws(SettingsError) {
        try model.bind(settings)
        try settings.bind("warmup_steps", &warmupSteps, in: 0...1_000_000)
    }
}

/// A reward that is a model, in place of the verifier's.
public struct LearnedRewardRecipe: Configurable, Equatable, Sendable {
    /// What it is.
    public enum Kind: String, SettingChoice, Sendable {
        /// Trained once, from pairs that the verifier ranks: RLHF's second stage.
        case rewardModel = "reward_model"
        /// Trained on beside the policy: GAPO.
        case discriminator
    }

    /// What it is.
    public var kind = Kind.rewardModel
    /// Pairs that it learns from before the first update.
    public var pairs = 1024
    /// Passes over them.
    public var epochs = 2
    /// Pairs of a step.
    public var batch = 32
    /// Its optimiser.
    public var model = ScalarModelRecipe()
    /// A discriminator's learning rate after the first update of the policy.
    public var laterRate = 1e-4
    /// Batches that a discriminator learns from after each step.
    public var updates = 4
    /// The share of right verdicts above which a discriminator does not learn on.
    public var holdAbove = 0.9

    /// The defaults.
    public init() {}

    /// Names every field.
    public mutating func bind(_ settings: Binder) throws(SettingsError) {
        try settings.bind("kind", &kind)
        try settings.bind("pairs", &pairs, in: 10...10_000_000)
        try settings.bind("epochs", &epochs, in: 1...1000)
        try settings.bind("batch", &batch, in: 1...65_536)
        try model.bind(settings)
        try settings.bind("later_rate", &laterRate, in: 0...1)
        try settings.bind("updates", &updates, in: 1...10_000)
        try settings.bind("hold_above", &holdAbove, in: 0.5...1)
    }
}
