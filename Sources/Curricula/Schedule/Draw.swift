/// A place in a curriculum: the problem at `ordinal` of a level's stored order.
public struct Draw: Sendable, Hashable, Codable, Comparable {
    /// Level of the problem.
    public let level: Int
    /// Place within the level, from 0.
    public let ordinal: Int

    /// A place from its parts.
    public init(level: Int, ordinal: Int) {
        self.level = level
        self.ordinal = ordinal
    }

    /// By level, then by place.
    public static func < (a: Draw, b: Draw) -> Bool {
        (a.level, a.ordinal) < (b.level, b.ordinal)
    }
}

/// A move between stages, with what caused it.
public struct StageChange: Sendable, Equatable, Codable, CustomStringConvertible {
    /// Stage before.
    public let from: Int
    /// Stage after.
    public let to: Int
    /// In words, for logs and the report.
    public let cause: String

    /// A move from its parts.
    public init(from: Int, to: Int, cause: String) {
        self.from = from
        self.to = to
        self.cause = cause
    }

    /// `stage 1 → 2: …`, counted from 1 for people.
    public var description: String { "stage \(from + 1) → \(to + 1): \(cause)" }
}

/// What became of one drawn problem in a step.
public struct ObservedGroup: Sendable, Equatable {
    /// The problem.
    public var draw: Draw
    /// Outcomes of its rollouts, right from one half; nil could not be scored and has no say.
    public var outcomes: [Double?]
    /// Advantages of its rollouts; zeros where its group gave no gradient.
    public var advantages: [Double]

    /// A group from its parts.
    public init(draw: Draw, outcomes: [Double?], advantages: [Double] = []) {
        self.draw = draw
        self.outcomes = outcomes
        self.advantages = advantages
    }

    /// Mean of the outcomes that are known; nil of none.
    var meanOutcome: Double? {
        let known = outcomes.compactMap { $0 }.filter(\.isFinite)
        return known.isEmpty ? nil : known.reduce(0, +) / Double(known.count)
    }
}
