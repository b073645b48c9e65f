public import Curricula
public import Settings

extension GeneratedTask: SettingChoice {}

/// Where problems come from and in which order they are drawn.
public struct CurriculumRecipe: Configurable, Equatable, Sendable {
    /// A built-in task that makes the problems, or nil to use what `store` holds.
    public var generator: GeneratedTask? = .arithmetic
    /// An existing SQLite file with problems; nil for the run's own.
    public var store: String?
    /// The built-in task that the problems of `store` are of, where none generates them: it writes the
    /// demonstrations and answers the turns.
    public var taskOfStore: GeneratedTask?
    /// Name of the curriculum within the store.
    public var name = "arithmetic"
    /// Seed of the generator, apart from the run's, so that seeds share the problems.
    public var generatorSeed: UInt64 = 7
    /// Whether operands are written with place letters (`47` as `b4a7`).
    public var placeLetters = false
    /// Levels in use.
    public var levels = [0, 1, 2, 3, 4]
    /// Training problems generated a level, where a level has so many.
    public var trainPerLevel = 2000
    /// Held-out problems generated a level.
    public var heldOutPerLevel = 200
    /// The order in which they are drawn.
    public var schedule = ScheduleRecipe()

    /// The defaults.
    public init() {}

    /// What writes the demonstrations of the warm-up, and decides the alphabet of a new policy.
    var task: any ProblemGenerator {
        (generator ?? taskOfStore ?? .arithmetic).generator(placeLetters: placeLetters)
    }

    /// What answers the policy's turns, where the task has several.
    var environment: (any InteractiveTask)? {
        (generator ?? taskOfStore)?.generator(placeLetters: placeLetters) as? any InteractiveTask
    }

    /// Names every field.
    public mutating func bind(_ settings: Binder) throws(SettingsError) {
        try settings.bind("generator", &generator)
        try settings.bind("store", &store)
        try settings.bind("task", &taskOfStore)
        try settings.bind("name", &name)
        try settings.bind("generator_seed", &generatorSeed)
        try settings.bind("place_letters", &placeLetters)
        try settings.bind("levels", &levels, where: { !$0.isEmpty }, expected: "a list of levels")
        try settings.bind("train_per_level", &trainPerLevel, in: 1...10_000_000)
        try settings.bind("held_out_per_level", &heldOutPerLevel, in: 1...1_000_000)
        try schedule.bind(settings)
        if generator == nil && store == nil {
            throw settings.refuse(
                "store", "neither a generator nor a store", remedy: "Name one of them.")
        }
        if let taskOfStore, let generator, taskOfStore != generator {
            throw settings.refuse(
                "task", "\(taskOfStore.rawValue) beside the generator \(generator.rawValue)",
                remedy: "Leave one of them out.")
        }
        try schedule.check(levels: levels, settings)
    }
}

/// Supervised steps on demonstrations, so that the policy updates start from a competent policy.
public struct WarmupRecipe: Configurable, Equatable, Sendable {
    /// Token budget; 0 skips the warm-up.
    public var tokens = 4_000_000
    /// Demonstrations a step.
    public var batch = 32
    /// Peak learning rate.
    public var learningRate = 6e-3
    /// Share of the peak that the linear decay ends at.
    public var finalShare = 0.1
    /// Weight decay on matrices.
    public var weightDecay = 0.01
    /// Weight of each of the curriculum's levels in the draw; empty for equal.
    public var levelWeights: [Double] = []
    /// Sampled accuracy on training problems at which the warm-up ends early.
    public var stopAt = 0.38
    /// Steps between looks at that accuracy.
    public var probeEvery = 100
    /// Chance that the first pass of a demonstration forgets a carry, that it forgets a demand, or that a
    /// turn forgets the answers so far.
    public var forgetsCarry = DemonstrationNoise.standard.forgetsCarry
    /// The same in later passes: smaller, so that re-checking helps.
    public var forgetsCarryAgain = DemonstrationNoise.standard.forgetsCarryAgain
    /// Chance that a column's digit, or a letter, is another, or that a guess is not the middle.
    public var slips = DemonstrationNoise.standard.slips
    /// How often a working has one pass, two, three and so on; empty for one to three, equally often.
    public var passWeights: [Double] = []

    /// The defaults.
    public init() {}

    /// Names every field.
    public mutating func bind(_ settings: Binder) throws(SettingsError) {
        try settings.bind("tokens", &tokens, in: 0...1_000_000_000_000)
        try settings.bind("batch", &batch, in: 1...65_536)
        try settings.bind("learning_rate", &learningRate, in: 0...1)
        try settings.bind("final_share", &finalShare, in: 0...1)
        try settings.bind("weight_decay", &weightDecay, in: 0...1)
        try settings.bind(
            "level_weights", &levelWeights, where: { $0.allSatisfy { $0 >= 0 && $0.isFinite } },
            expected: "a list of weights from 0 up")
        try settings.bind("stop_at", &stopAt, in: 0...1)
        try settings.bind("probe_every", &probeEvery, in: 1...1_000_000)
        try settings.bind("forgets_carry", &forgetsCarry, in: 0...1)
        try settings.bind("forgets_carry_again", &forgetsCarryAgain, in: 0...1)
        try settings.bind("slips", &slips, in: 0...1)
        try settings.bind(
            "pass_weights", &passWeights,
            where: { weights in
                weights.isEmpty
                    || weights.allSatisfy { $0 >= 0 && $0.isFinite } && weights.reduce(0, +) > 0
                        && weights.count <= 16
            },
            expected: "up to 16 weights from 0 up, one of them above it")
    }

    /// The planted errors of the demonstrations.
    var noise: DemonstrationNoise {
        DemonstrationNoise(
            forgetsCarry: forgetsCarry, forgetsCarryAgain: forgetsCarryAgain, slips: slips,
            passWeights: passWeights)
    }
}
