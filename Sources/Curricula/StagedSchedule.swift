import Foundation
import Rollouts

/// Easy to hard: a stage's levels are drawn until their running mean outcome passes a threshold,
/// then the next stage opens; a share of the draws keeps going to the stages behind.
///
/// Source: staged curricula as in Kimi k1.5 (arXiv:2501.12599), with the promotion by a running
/// mean that Reasoning Gym (arXiv:2505.24760) and others use.
public struct StagedSchedule: Sendable, Equatable, Codable {
    /// Levels of each stage, easy first.
    public let stages: [[Int]]
    /// Running mean outcome from which the next stage opens.
    public let promoteAt: Double
    /// Weight of the past in the running mean, a group at a time.
    public let decay: Double
    /// Groups of the stage to see before a promotion.
    public let minimumGroups: Int
    /// Share of draws from earlier stages.
    public let earlierShare: Double
    /// The present stage, from 0.
    public private(set) var stage = 0
    /// Running mean outcome of the present stage's groups, bias-corrected; nil before the first.
    public var meanOutcome: Double? {
        seen == 0 ? nil : weightedSum / (1 - pow(decay, Double(seen)))
    }

    private let seed: UInt64
    private var seen = 0
    private var weightedSum = 0.0
    private var cursors: [Int: LevelCursor] = [:]

    /// A schedule at its first stage.
    public init(
        stages: [[Int]], promoteAt: Double, decay: Double, minimumGroups: Int,
        earlierShare: Double, seed: UInt64
    ) {
        precondition(!stages.isEmpty && stages.allSatisfy { !$0.isEmpty }, "a stage has levels")
        self.stages = stages
        self.promoteAt = promoteAt
        self.decay = decay
        self.minimumGroups = minimumGroups
        self.earlierShare = earlierShare
        self.seed = seed
    }

    mutating func draw(
        _ count: Int, sizes: [Int: Int], using rng: inout SplitMix64
    ) -> [Draw] {
        let present = stages[stage].filter { sizes[$0, default: 0] > 0 }
        let earlier = stages[..<stage].flatMap { $0 }.filter { sizes[$0, default: 0] > 0 }
        guard !present.isEmpty || !earlier.isEmpty else { return [] }
        return (0..<max(count, 0)).map { _ in
            let looksBack = rng.uniform() < earlierShare
            let pool = earlier.isEmpty || (!looksBack && !present.isEmpty) ? present : earlier
            let level = pool[rng.below(pool.count)]
            let ordinal = cursors[level, default: LevelCursor()].next(
                size: sizes[level, default: 1], level: level, seed: seed)
            return Draw(level: level, ordinal: ordinal)
        }
    }

    mutating func observe(level: Int, outcomes: [Double?]) -> StageChange? {
        let known = outcomes.compactMap { $0 }.filter(\.isFinite)
        guard !known.isEmpty, stages[stage].contains(level) else { return nil }
        let mean = known.reduce(0, +) / Double(known.count)
        weightedSum = decay * weightedSum + (1 - decay) * mean
        seen += 1
        guard seen >= minimumGroups, let running = meanOutcome, running >= promoteAt,
            stage + 1 < stages.count
        else { return nil }
        let change = StageChange(
            from: stage, to: stage + 1,
            cause: String(
                format: "mean outcome %.3f over %d groups reached %.2f", running, seen, promoteAt))
        stage += 1
        seen = 0
        weightedSum = 0
        return change
    }
}
