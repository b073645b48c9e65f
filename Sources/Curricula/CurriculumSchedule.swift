public import Rollouts

/// A place in a curriculum: the problem at `ordinal` of a level's stored order.
public struct Draw: Sendable, Equatable, Codable {
    /// Level of the problem.
    public let level: Int
    /// Place within the level, from 0.
    public let ordinal: Int

    /// A place from its parts.
    public init(level: Int, ordinal: Int) {
        self.level = level
        self.ordinal = ordinal
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

/// Which problems come next: counters and statistics in, draws out; no clock, no file, no model.
///
/// The value is the whole state: what is decoded from JSON draws what the original would have
/// drawn.
public enum CurriculumSchedule: Sendable, Equatable, Codable {
    /// Every level equally likely.
    case uniform(UniformSchedule)
    /// Easy to hard by stages.
    case staged(StagedSchedule)

    /// The next problems.
    ///
    /// - Parameters:
    ///   - count: how many.
    ///   - sizes: problems stored on each level; levels without problems are never drawn.
    ///   - rng: decides between levels. Within a level, problems follow a permutation.
    public mutating func draw(
        _ count: Int, sizes: [Int: Int], using rng: inout SplitMix64
    ) -> [Draw] {
        switch self {
        case .uniform(var schedule):
            defer { self = .uniform(schedule) }
            return schedule.draw(count, sizes: sizes, using: &rng)
        case .staged(var schedule):
            defer { self = .staged(schedule) }
            return schedule.draw(count, sizes: sizes, using: &rng)
        }
    }

    /// Learns from one group, before any gate; nil outcomes could not be scored and have no say.
    public mutating func observe(level: Int, outcomes: [Double?]) -> StageChange? {
        switch self {
        case .uniform: return nil
        case .staged(var schedule):
            defer { self = .staged(schedule) }
            return schedule.observe(level: level, outcomes: outcomes)
        }
    }

    /// The present stage, from 0; 0 where there are none.
    public var stage: Int {
        switch self {
        case .uniform: 0
        case .staged(let schedule): schedule.stage
        }
    }

    /// For a progress line, such as `stage 2/4`.
    public var stageName: String? {
        switch self {
        case .uniform: nil
        case .staged(let schedule): "stage \(schedule.stage + 1)/\(schedule.stages.count)"
        }
    }
}
