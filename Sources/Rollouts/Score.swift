/// What became of an attempt to score: the words that every record of ours uses.
public enum ScoreStatus: String, Sendable, Codable, CaseIterable {
    case scored
    /// The verifier has no opinion on this row.
    case abstain
    /// The data set's answer cannot be read: nobody's completion is to blame.
    case goldUnparseable = "gold_unparseable"
    /// The completion holds no answer: a fault of the completion, worth the lowest value.
    case answerMissing = "pred_missing"
    /// The completion holds an answer that is no mathematics.
    case answerUnparseable = "pred_unparseable"
    case timeout
    /// A step budget or match limit ran out.
    case resourceLimit = "resource_limit"
    /// A process, server or file behind the verifier failed.
    case infrastructureError = "infra_error"

    /// Whether a component with this status carries a value.
    ///
    /// A completion's own fault is scored; a fault of gold or machinery leaves no value, and nothing becomes 0 by accident.
    public var carriesValue: Bool {
        switch self {
        case .scored, .answerMissing, .answerUnparseable: true
        case .abstain, .goldUnparseable, .timeout, .resourceLimit, .infrastructureError: false
        }
    }
}

/// One named part of a reward.
public struct ComponentScore: Sendable, Equatable {
    /// The name that the spec gives.
    public var name: String
    /// Unweighted value; nil exactly where `status` carries none.
    public var value: Double?
    /// Weight in the total.
    public var weight: Double
    /// What became of the attempt.
    public var status: ScoreStatus
    /// Why this value: the rule that decided, or what went wrong.
    public var reason: String

    /// A component from its parts.
    public init(
        name: String, value: Double?, weight: Double, status: ScoreStatus = .scored,
        reason: String = ""
    ) {
        self.name = name
        self.value = value
        self.weight = weight
        self.status = status
        self.reason = reason
    }
}

/// The verdict of a reward spec on one completion.
public struct Score: Sendable, Equatable {
    /// The shaped total; nil where a needed part could not be scored.
    public var reward: Double?
    /// The raw outcome, declared apart from the total: group gates look at this alone.
    public var outcome: Double?
    /// What became of the attempt as a whole.
    public var status: ScoreStatus
    /// Every part, in the order of the spec.
    public var components: [ComponentScore]
    /// What was read out of the completion, where a component extracts.
    public var extracted: String?
    /// What the completion was compared with, where a component reads it out of the row's gold.
    public var gold: String?
    /// Why: the deciding rule of the outcome component.
    public var reason: String

    /// A score from its parts.
    public init(
        reward: Double?, outcome: Double?, status: ScoreStatus, components: [ComponentScore] = [],
        extracted: String? = nil, gold: String? = nil, reason: String = ""
    ) {
        self.reward = reward
        self.outcome = outcome
        self.status = status
        self.components = components
        self.extracted = extracted
        self.gold = gold
        self.reason = reason
    }

    /// The outcome as right or wrong: right from one half up.
    public var isCorrect: Bool? { outcome.map { $0 >= 0.5 } }
}
