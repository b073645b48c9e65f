public import Rollouts

/// What is scored: one completion with what its row says.
public struct ScoringInput: Sendable, Equatable {
    /// The text that the completion continues.
    public var prompt: String?
    /// The text of the policy, without prompt.
    public var completion: String
    /// The answer that the data set holds.
    public var gold: String?
    /// Tokens of the completion; nil where nobody counted them.
    public var tokenCount: Int?
    /// Cut by the token limit.
    public var truncated: Bool
    /// The other members of the row.
    public var fields: [String: JSONValue]

    /// An input from its parts.
    public init(
        prompt: String? = nil, completion: String, gold: String? = nil, tokenCount: Int? = nil,
        truncated: Bool = false, fields: [String: JSONValue] = [:]
    ) {
        self.prompt = prompt
        self.completion = completion
        self.gold = gold
        self.tokenCount = tokenCount
        self.truncated = truncated
        self.fields = fields
    }
}

/// What one reward function says of one completion.
public struct RewardResult: Sendable, Equatable {
    /// Unweighted value; nil exactly where `status` carries none.
    public var value: Double?
    /// What became of the attempt.
    public var status: ScoreStatus
    /// The rule that decided, or what went wrong.
    public var reason: String
    /// What was read out of the completion, where the function extracts.
    public var extracted: String?
    /// What it was compared with, where that is a part of the row's gold only.
    public var gold: String?
    /// Seconds that a program or server took, where one was asked.
    var seconds = 0.0

    /// A result from its parts.
    public init(
        value: Double?, status: ScoreStatus = .scored, reason: String, extracted: String? = nil,
        gold: String? = nil
    ) {
        self.value = value
        self.status = status
        self.reason = reason
        self.extracted = extracted
        self.gold = gold
    }

    /// No value, with the status and reason why.
    public static func unscored(_ status: ScoreStatus, _ reason: String) -> RewardResult {
        RewardResult(value: nil, status: status, reason: reason)
    }
}

/// A reward: from completions of one problem to a value each.
///
/// One conforming type stands in one file; `RewardSpec.builtIn` lists them. A function that looks
/// at completions one by one implements `score(_:)` for one; a function that compares them
/// implements the form for a group.
public protocol RewardFunction: Sendable {
    /// The word after `type:` in a spec.
    static var type: String { get }

    /// Reads the settings; the caller refuses whatever keys are left.
    init(_ settings: inout SpecReader) throws(RewardError)

    /// What may be known of its values before any text is scored.
    var traits: RewardTraits { get }

    /// Groups of completions, one of each problem: one result a completion, in order.
    ///
    /// A reward that waits for others (a process, a server) implements this form to have many
    /// completions under way at once.
    func score(batch: [[ScoringInput]]) -> [[RewardResult]]

    /// One result a completion, in order.
    func score(group: [ScoringInput]) -> [RewardResult]

    /// The result for one completion.
    func score(_ input: ScoringInput) -> RewardResult
}

/// What may be known of a reward's values before any text is scored: spec checks read it.
public struct RewardTraits: Sendable, Equatable {
    /// What the value looks at.
    public enum Basis: String, Sendable {
        /// Whether the answer is right.
        case correctness
        /// The shape of the text, right or wrong.
        case form
        /// How long the text is.
        case length
        /// A program, model or server decides.
        case external
    }

    /// Lowest and highest value, unweighted; an infinite end is unbounded.
    public var range: ClosedRange<Double>
    /// What the value looks at.
    public var basis: Basis
    /// What lengths are counted in, where it counts: `tokens`, `characters` or `words`.
    public var unit: String?
    /// Whether values depend on the other completions of the group.
    public var comparesGroup: Bool
    /// Whether it reads members of the row beside prompt, completion, gold and lengths.
    ///
    /// Whoever scores columns leaves them out where nothing does.
    public var readsFields: Bool

    /// Traits from their parts.
    public init(
        range: ClosedRange<Double> = 0...1, basis: Basis = .form, unit: String? = nil,
        comparesGroup: Bool = false, readsFields: Bool = false
    ) {
        self.range = range
        self.basis = basis
        self.unit = unit
        self.comparesGroup = comparesGroup
        self.readsFields = readsFields
    }
}

extension RewardFunction {
    /// A judgement of form between 0 and 1.
    public var traits: RewardTraits { RewardTraits() }

    /// One group after the other.
    public func score(batch: [[ScoringInput]]) -> [[RewardResult]] {
        batch.map { score(group: $0) }
    }

    /// Each completion on its own.
    public func score(group: [ScoringInput]) -> [RewardResult] { group.map { score($0) } }

    /// A group of one.
    public func score(_ input: ScoringInput) -> RewardResult {
        score(group: [input]).first
            ?? .unscored(.infrastructureError, "the reward \(Self.type) gave no result")
    }
}
