public import Curricula
public import Rollouts

/// One training run.
public struct RunInfo: Sendable, Equatable {
    /// Key within the file.
    public var id: Int64
    /// Unique within the file.
    public var name: String
    /// The resolved recipe as YAML.
    public var recipe: String
}

/// Everything that one step leaves behind.
public struct StepRecord: Sendable, Equatable {
    /// The run's key.
    public var run: Int64
    /// From 1.
    public var step: Int
    /// Numbers by name; those that are no numbers are left out.
    public var metrics: [String: Double]
    /// The curriculum's state after the step, as JSON.
    public var schedule: String
    /// Moves between stages.
    public var stageChanges: [StageChange]
    /// Every completion, also those of rejected groups: all of them count for the difficulty.
    public var rollouts: [RolloutRecord]
    /// Whether the completions themselves are stored, or their outcomes alone.
    public var keepsRollouts: Bool

    /// A record from its parts.
    public init(
        run: Int64, step: Int, metrics: [String: Double], schedule: String,
        stageChanges: [StageChange] = [], rollouts: [RolloutRecord] = [],
        keepsRollouts: Bool = true
    ) {
        self.run = run
        self.step = step
        self.metrics = metrics
        self.schedule = schedule
        self.stageChanges = stageChanges
        self.rollouts = rollouts
        self.keepsRollouts = keepsRollouts
    }
}

/// One completion with its scores and what the update did with it.
public struct RolloutRecord: Sendable, Equatable {
    /// Place of its group within the step.
    public var group: Int
    /// Place within the group.
    public var index: Int
    /// The problem's id.
    public var problem: String
    /// What was asked.
    public var prompt: String
    /// The gold answer.
    public var answer: String
    /// The completion.
    public var text: String
    /// Tokens of the completion.
    public var tokenCount: Int
    /// Why it ended.
    public var stopReason: StopReason
    /// The shaped total; nil where it could not be scored.
    public var reward: Double?
    /// The raw outcome.
    public var outcome: Double?
    /// What became of the scoring.
    public var status: ScoreStatus
    /// Named parts of the reward.
    public var components: [ComponentScore]
    /// In the update; 0 where it was not trained on.
    public var advantage: Double
    /// Whether its tokens entered the loss.
    public var isTrained: Bool
    /// `trained`, or why not.
    public var fate: String

    /// A record from its parts.
    public init(
        group: Int, index: Int, problem: String, prompt: String, answer: String, text: String,
        tokenCount: Int, stopReason: StopReason, reward: Double?, outcome: Double?,
        status: ScoreStatus, components: [ComponentScore], advantage: Double, isTrained: Bool,
        fate: String
    ) {
        self.group = group
        self.index = index
        self.problem = problem
        self.prompt = prompt
        self.answer = answer
        self.text = text
        self.tokenCount = tokenCount
        self.stopReason = stopReason
        self.reward = reward
        self.outcome = outcome
        self.status = status
        self.components = components
        self.advantage = advantage
        self.isTrained = isTrained
        self.fate = fate
    }
}

/// The metrics of one step.
public struct StepMetricsRow: Sendable, Equatable {
    /// From 1.
    public var step: Int
    /// Numbers by name.
    public var metrics: [String: Double]
}
