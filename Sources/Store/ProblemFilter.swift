import GRDB
public import Rollouts

/// Which problems of a store are meant; what is nil does not matter.
public struct ProblemFilter: Sendable, Equatable {
    /// The curriculum's name.
    public var curriculum: String?
    /// Side of the wall.
    public var split: Split?
    /// The level.
    public var level: Int?
    /// A tag among the problem's.
    public var tag: String?
    /// The name of the source.
    public var source: String?
    /// One minus the pass rate; a problem that nobody tried is never within.
    public var difficulty: ClosedRange<Double>?
    /// Whose pass rates count; nil counts all policies together.
    public var policy: String?

    /// A filter from its parts.
    public init(
        curriculum: String? = nil, split: Split? = nil, level: Int? = nil, tag: String? = nil,
        source: String? = nil, difficulty: ClosedRange<Double>? = nil, policy: String? = nil
    ) {
        self.curriculum = curriculum
        self.split = split
        self.level = level
        self.tag = tag
        self.source = source
        self.difficulty = difficulty
        self.policy = policy
    }

    /// What is known of each problem by the policies that count: `problem attempts weight mean`.
    ///
    /// A rate without a number of attempts weighs as one.
    static let known = """
        WITH known AS (SELECT problem, SUM(COALESCE(attempts, 0)) AS attempts,
            SUM(COALESCE(attempts, 1)) AS weight,
            SUM(mean * COALESCE(attempts, 1)) / SUM(COALESCE(attempts, 1)) AS mean
          FROM difficulties WHERE :policy IS NULL OR policy = :policy GROUP BY problem)
        """

    /// A condition on `problems p`, `sources s` and `known k`.
    var condition: String {
        var parts = ["TRUE"]
        if curriculum != nil { parts.append("p.curriculum = :curriculum") }
        if split != nil { parts.append("p.split = :split") }
        if level != nil { parts.append("p.level = :level") }
        if source != nil { parts.append("s.name = :source") }
        if tag != nil {
            parts.append("EXISTS (SELECT 1 FROM json_each(p.tags) WHERE value = :tag)")
        }
        if difficulty != nil { parts.append("1 - k.mean BETWEEN :easiest AND :hardest") }
        return parts.joined(separator: " AND ")
    }

    /// The values of `condition` and of `known`.
    func arguments(_ more: [String: (any DatabaseValueConvertible)?] = [:]) -> StatementArguments {
        var values: [String: (any DatabaseValueConvertible)?] = more
        values.updateValue(policy, forKey: "policy")
        if let curriculum { values["curriculum"] = curriculum }
        if let split { values["split"] = split.rawValue }
        if let level { values["level"] = level }
        if let source { values["source"] = source }
        if let tag { values["tag"] = tag }
        if let difficulty {
            // A pass rate of 0.7 is a difficulty of 0.3, although 1 − 0.7 is not.
            values["easiest"] = difficulty.lowerBound - 1e-9
            values["hardest"] = difficulty.upperBound + 1e-9
        }
        return StatementArguments(values)
    }
}

/// A problem with its place and what is known of it.
public struct StoredProblem: Sendable, Equatable {
    /// The problem.
    public var problem: Problem
    /// The curriculum's name.
    public var curriculum: String
    /// Side of the wall.
    public var split: Split
    /// Place within the level.
    public var ordinal: Int
    /// The name of its source.
    public var source: String
    /// The licence of its source.
    public var licence: String?
    /// Completions that were judged.
    public var attempts: Int
    /// Share of right ones; nil where nothing is known.
    public var passRate: Double?

    /// One minus the pass rate.
    public var difficulty: Double? { passRate.map { 1 - $0 } }
}
