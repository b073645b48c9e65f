import Curricula
public import Settings

/// How the curriculum moves through its levels.
public enum ScheduleKind: String, SettingChoice, Sendable {
    /// Fixed chances of the levels, all the time.
    case uniform
    /// Easy to hard: the next stage opens when the present one is mastered.
    case staged
    /// One level that rises and falls with the last outcomes: Reasoning Gym.
    case scoreBoard = "score_board"
    /// Levels of large mean |advantage|: SEC.
    case sec
    /// Levels of a large upper bound of it: DUMP.
    case dump
    /// Easy to hard with the run, along a cosine: E2H.
    case fadeCosine = "e2h_cosine"
    /// A bell that wanders from easy to hard: E2H.
    case fadeGaussian = "e2h_gaussian"
    /// Problems near a difficulty that follows the policy: AdaRFT.
    case adarft
    /// Phases of growing context: QwenLong-L1.
    case lengthPhases = "length_phases"
}

/// Which problems of the levels are drawn.
public enum ProblemChoice: String, SettingChoice, Sendable {
    /// All in a shuffled order.
    case inTurn = "in_turn"
    /// ∝ 1 − s: Kimi k1.5.
    case failure
    /// ∝ s(1 − s).
    case learnability
    /// Of several times as many, those of the largest s(1 − s): LILO.
    case lilo
    /// Of several times as many, those of s nearest to a goal: PCL.
    case pcl
}

/// Where the difficulty of problems comes from.
public enum DifficultySource: String, SettingChoice, Sendable {
    /// Their level.
    case level
    /// The pass rates that the store knows.
    case known
}

/// The order in which problems are drawn: a rule for levels, a rule for problems, exploration, retirement.
public struct ScheduleRecipe: Configurable, Equatable, Sendable {
    /// How levels are chosen.
    public var kind = ScheduleKind.staged
    /// Chance of each level, with `uniform`; empty for equal ones.
    public var levelWeights: [Double] = []
    /// Share of the draws that each source of the store gets, by its name; empty where sources do not matter.
    public var sourceWeights: [String: Double] = [:]
    /// Levels of each stage, easy first.
    public var stages: [[Int]] = [[0, 1], [2], [3], [4]]
    /// Mean outcome of a stage from which the next one opens.
    public var promoteAt = 0.8
    /// Mean outcome below which the stage before comes back; 0: never.
    public var demoteBelow = 0.0
    /// Weight of the past in the running mean of a stage's outcome.
    public var decay = 0.9
    /// Groups of a stage to see before a promotion.
    public var minimumGroups = 32
    /// Share of draws that go to earlier stages, or to hard problems of earlier phases.
    public var earlierShare = 0.3
    /// Mean of the last outcomes above which a score board rises.
    public var risesAbove = 0.7
    /// Mean below which it falls.
    public var fallsBelow = 0.3
    /// Outcomes on the board, or |advantages| that DUMP looks at; null for the papers' 2560 and 300.
    public var window: Int?
    /// Weight of the newest mean |advantage| in SEC's estimate.
    public var banditRate = 0.5
    /// Temperature of the softmax over levels; null for the papers' 0.5 (SEC) and 0.1 (DUMP).
    public var banditTemperature: Double?
    /// How fast E2H's bell wanders, and how wide it is.
    public var bellPower = 0.5
    /// Standard deviation of the bell, in levels.
    public var bellDeviation = 0.5
    /// Where AdaRFT's difficulty starts, in 0…100.
    public var targetStart = 0.0
    /// The mean reward at which it stays.
    public var targetReward = 0.5
    /// How sharply it answers.
    public var targetSharpness = 2.0
    /// Its largest move.
    public var targetStep = 50.0
    /// The most tokens, prompt and answer together, of each phase.
    public var phaseTokens: [Int] = []
    /// The steps from which the second and later phases train.
    public var phaseSteps: [Int] = []
    /// Which problems of the levels.
    public var problems = ProblemChoice.inTurn
    /// How many `lilo` and `pcl` look at for each one drawn.
    public var candidates = 4
    /// The success rate that `pcl` looks for.
    public var goal = 0.5
    /// Share of draws that take any level and weigh no problem; null: 0.05 for rules that follow the policy,
    /// 0 for the others.
    public var exploration: Double?
    /// Where difficulties come from.
    public var difficulty = DifficultySource.level
    /// The policy whose pass rates they are; null for all that are known.
    public var difficultyPolicy: String?
    /// Steps after which an outcome counts half in the estimate of a problem.
    public var halfLife = 100.0
    /// The success rate from which a problem retires; null: never.
    public var retireAt: Double?
    /// Rollouts of a problem before it may retire.
    public var retireAfter = 16
    /// Steps after which a retired problem is asked again; 0: never.
    public var retestAfter = 200

    /// The defaults.
    public init() {}

    /// Names every field.
    public mutating func bind(_ settings: Binder) throws(SettingsError) {
        try settings.bind("schedule", &kind)
        try settings.bind(
            "level_weights", &levelWeights, where: { $0.allSatisfy { $0 >= 0 && $0.isFinite } },
            expected: "a list of weights from 0 up")
        try settings.bind(
            "source_weights", &sourceWeights,
            where: { $0.values.allSatisfy { $0 >= 0 && $0.isFinite } },
            expected: "weights from 0 up by the names of sources")
        try settings.bind("stages", &stages)
        try settings.bind("promote_at", &promoteAt, in: 0...1)
        try settings.bind("demote_below", &demoteBelow, in: 0...1)
        try settings.bind("decay", &decay, in: 0...0.9999)
        try settings.bind("minimum_groups", &minimumGroups, in: 1...1_000_000)
        try settings.bind("earlier_share", &earlierShare, in: 0...1)
        try settings.bind("rises_above", &risesAbove, in: 0...1)
        try settings.bind("falls_below", &fallsBelow, in: 0...1)
        try settings.bind(
            "window", &window, where: { $0.map { $0 >= 1 } ?? true }, expected: "1 or more")
        try settings.bind("bandit_rate", &banditRate, in: 0...1)
        try settings.bind(
            "bandit_temperature", &banditTemperature, where: { $0.map { $0 > 0 } ?? true },
            expected: "a number above 0")
        try settings.bind("bell_power", &bellPower, in: 0...100)
        try settings.bind("bell_deviation", &bellDeviation, in: 0.01...100)
        try settings.bind("target_start", &targetStart, in: 0...100)
        try settings.bind("target_reward", &targetReward, in: 0...1)
        try settings.bind("target_sharpness", &targetSharpness, in: 0.001...1000)
        try settings.bind("target_step", &targetStep, in: 0.001...100)
        try settings.bind("phase_tokens", &phaseTokens)
        try settings.bind("phase_steps", &phaseSteps)
        try settings.bind("problems", &problems)
        try settings.bind("candidates", &candidates, in: 1...1000)
        try settings.bind("goal", &goal, in: 0...1)
        try settings.bind(
            "exploration", &exploration, where: { $0.map { 0...1 ~= $0 } ?? true },
            expected: "a share in 0…1")
        try settings.bind("difficulty", &difficulty)
        try settings.bind("difficulty_policy", &difficultyPolicy)
        try settings.bind("half_life", &halfLife, in: 0.1...1e9)
        try settings.bind(
            "retire_at", &retireAt, where: { $0.map { 0...1 ~= $0 } ?? true },
            expected: "a success rate in 0…1")
        try settings.bind("retire_after", &retireAfter, in: 1...1_000_000_000)
        try settings.bind("retest_after", &retestAfter, in: 0...1_000_000_000)
    }

    /// What does not fit the levels in use.
    func check(levels: [Int], _ settings: Binder) throws(SettingsError) {
        let staged = stages.flatMap { $0 }
        if kind == .staged, Set(staged) != Set(levels) || staged.count != Set(staged).count {
            throw settings.refuse(
                "stages", "the stages \(stages) do not hold each of the levels \(levels) once",
                remedy: "List every level in exactly one stage.")
        }
        if kind == .lengthPhases, phaseTokens.isEmpty {
            throw settings.refuse(
                "phase_tokens", "length_phases without a phase",
                remedy:
                    "List the most tokens of each phase, ascending, and in phase_steps where later ones begin."
            )
        }
        if kind == .adarft || kind == .lengthPhases {
            try refuseIgnored(settings)
        }
        do {
            _ = try schedule(levels: levels, seed: 0)
        } catch {
            throw settings.refuse("schedule", error.description, remedy: error.remedy)
        }
    }

    /// What a rule that chooses the problems themselves has no use for.
    private func refuseIgnored(_ settings: Binder) throws(SettingsError) {
        let ignored: [(key: String, isSet: Bool)] = [
            ("source_weights", !sourceWeights.isEmpty), ("problems", problems != .inTurn),
            ("retire_at", retireAt != nil),
            ("exploration", kind == .lengthPhases && exploration ?? 0 > 0),
        ]
        for (key, isSet) in ignored where isSet {
            throw settings.refuse(
                key, "\(kind.rawValue) chooses the problems itself and has no use for it",
                remedy: "Use another schedule, or leave \(key) out.")
        }
    }

    /// Whether problems' lengths must be known.
    var readsLengths: Bool { kind == .lengthPhases }

    /// Whether chances depend on how long the run is.
    var dependsOnSteps: Bool { kind == .fadeCosine || kind == .fadeGaussian }

    /// The schedule at the start of a run.
    func schedule(levels: [Int], seed: UInt64) throws(CurriculumError) -> CurriculumSchedule {
        try CurriculumSchedule(
            try rule(levels, seed), levels: levels, problems: problemRule,
            exploration: exploration ?? usualExploration,
            sourceWeights: sourceWeights,
            retirement: retireAt.map {
                Retirement(rate: $0, attempts: retireAfter, retestAfter: retestAfter)
            }, book: ProblemBook(halfLife: halfLife), seed: seed)
    }

    private var usualExploration: Double {
        switch kind {
        case .uniform, .staged, .lengthPhases: problems == .inTurn ? 0 : 0.05
        case .scoreBoard, .sec, .dump, .fadeCosine, .fadeGaussian, .adarft: 0.05
        }
    }

    private var problemRule: ProblemRule {
        switch problems {
        case .inTurn: .inTurn
        case .failure: .weighted(.failure)
        case .learnability: .weighted(.learnability)
        case .lilo: .best(.learnability, candidates: candidates)
        case .pcl: .nearest(goal: goal, candidates: candidates)
        }
    }

    private func rule(_ levels: [Int], _ seed: UInt64) throws(CurriculumError) -> LevelRule {
        switch kind {
        case .uniform: .fixed(weights: levelWeights)
        case .staged:
            .staged(
                try StagedLevels(
                    stages: stages, promoteAt: promoteAt, demoteBelow: demoteBelow, decay: decay,
                    minimumGroups: minimumGroups, earlierShare: earlierShare))
        case .scoreBoard:
            .board(
                try ScoreBoardLevel(
                    most: levels.count - 1, rises: risesAbove, falls: fallsBelow,
                    window: window ?? 2560))
        case .sec:
            .bandit(
                try CategoryBandit(
                    categories: levels.count, rate: banditRate,
                    temperature: banditTemperature ?? 0.5))
        case .dump:
            .confidence(
                try ConfidenceBandit(
                    categories: levels.count, temperature: banditTemperature ?? 0.1,
                    window: window ?? 300))
        case .fadeCosine: .fade(.cosine)
        case .fadeGaussian: .fade(.gaussian(power: bellPower, deviation: bellDeviation))
        case .adarft:
            .target(
                TargetDifficulty(
                    try AdaptiveTarget(
                        start: targetStart, goal: targetReward, sharpness: targetSharpness,
                        step: targetStep), levels: levels, seed: seed))
        case .lengthPhases:
            .phases(
                try PhasedLengths(
                    try LengthPhases(bounds: phaseTokens), startsAt: phaseSteps,
                    hardShare: earlierShare, seed: seed))
        }
    }
}
