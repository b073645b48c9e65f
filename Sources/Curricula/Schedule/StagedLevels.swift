import Foundation
import Rollouts

/// Easy to hard, a stage after the other.
///
/// A stage's levels are drawn until their running mean outcome passes a threshold, then the next stage
/// opens; a share of the draws keeps going to the stages behind. Where the mean falls below another
/// threshold the stage before comes back.
///
/// Source: staged curricula as in Kimi k1.5 (arXiv:2501.12599), with the promotion by a running
/// mean that Reasoning Gym (arXiv:2505.24760) and others use.
public struct StagedLevels: Sendable, Equatable, Codable {
    /// Levels of each stage, easy first.
    public let stages: [[Int]]
    /// Running mean outcome from which the next stage opens.
    public let promoteAt: Double
    /// Running mean outcome below which the stage before comes back; 0: never.
    public let demoteBelow: Double
    /// Weight of the past in the running mean, a group at a time.
    public let decay: Double
    /// Groups of the stage to see before a change.
    public let minimumGroups: Int
    /// Share of draws from earlier stages.
    public let earlierShare: Double
    /// The present stage, from 0.
    public private(set) var stage = 0
    /// Running mean outcome of the present stage's groups, bias-corrected; nil before the first.
    public var meanOutcome: Double? {
        seen == 0 ? nil : weightedSum / (1 - pow(decay, Double(seen)))
    }

    private var seen = 0
    private var weightedSum = 0.0

    /// A schedule at its first stage.
    ///
    /// - Throws: `CurriculumError.outOfRange` without stages, for a stage without levels, or where a stage
    ///   would be left below what opens it.
    public init(
        stages: [[Int]], promoteAt: Double, demoteBelow: Double = 0, decay: Double,
        minimumGroups: Int, earlierShare: Double
    ) throws(CurriculumError) {
        guard !stages.isEmpty, stages.allSatisfy({ !$0.isEmpty }) else {
            throw .outOfRange(what: "the number of levels of a stage", value: 0)
        }
        guard demoteBelow < promoteAt || demoteBelow == 0 else {
            throw .outOfRange(what: "the mean outcome to go back below", value: demoteBelow)
        }
        self.stages = stages
        self.promoteAt = promoteAt
        self.demoteBelow = demoteBelow
        self.decay = decay
        self.minimumGroups = minimumGroups
        self.earlierShare = earlierShare
    }

    /// A level to draw from; nil where none of this and the earlier stages holds problems.
    func level(_ sizes: [Int: Int], using rng: inout SplitMix64) -> Int? {
        let present = stages[stage].filter { sizes[$0, default: 0] > 0 }
        let earlier = stages[..<stage].flatMap { $0 }.filter { sizes[$0, default: 0] > 0 }
        guard !present.isEmpty || !earlier.isEmpty else { return nil }
        let looksBack = rng.uniform() < earlierShare
        let pool = earlier.isEmpty || (!looksBack && !present.isEmpty) ? present : earlier
        return pool[rng.below(pool.count)]
    }

    mutating func observe(_ group: ObservedGroup) -> StageChange? {
        guard let mean = group.meanOutcome, stages[stage].contains(group.draw.level) else {
            return nil
        }
        weightedSum = decay * weightedSum + (1 - decay) * mean
        seen += 1
        guard seen >= minimumGroups, let running = meanOutcome else { return nil }
        if running >= promoteAt, stage + 1 < stages.count {
            return move(
                to: stage + 1,
                String(
                    format: "mean outcome %.3f over %d groups reached %.2f", running, seen,
                    promoteAt))
        }
        if running < demoteBelow, stage > 0 {
            return move(
                to: stage - 1,
                String(
                    format: "mean outcome %.3f over %d groups fell below %.2f", running, seen,
                    demoteBelow))
        }
        return nil
    }

    private mutating func move(to next: Int, _ cause: String) -> StageChange {
        let change = StageChange(from: stage, to: next, cause: cause)
        stage = next
        seen = 0
        weightedSum = 0
        return change
    }
}
