import Rollouts

/// Phases of growing context: a phase trains on what is longer than the phase before could hold, and on
/// the problems of earlier phases that were never solved.
///
/// Source: QwenLong-L1, arXiv:2505.17667; `LengthPhases` has its bounds. Differs: the share of draws that go
/// back is a setting.
public struct PhasedLengths: Sendable, Equatable, Codable {
    /// The most tokens of each phase.
    public let phases: LengthPhases
    /// The steps from which the second and later phases train, ascending.
    public let startsAt: [Int]
    /// Share of draws that go to hard problems of earlier phases, where there are any.
    public let hardShare: Double
    /// The present phase, from 0.
    public private(set) var phase = 0
    private let seed: UInt64
    private var cursors: [Int: LevelCursor] = [:]

    /// Phases at the first of them.
    ///
    /// - Throws: `CurriculumError.outOfRange` unless each later phase has a start, ascending.
    public init(
        _ phases: LengthPhases, startsAt: [Int], hardShare: Double, seed: UInt64
    ) throws(CurriculumError) {
        guard startsAt.count == phases.bounds.count - 1 else {
            throw .outOfRange(what: "the number of starts of phases", value: Double(startsAt.count))
        }
        for (before, start) in zip([0] + startsAt, startsAt) where start <= before {
            throw .outOfRange(what: "the start of a phase", value: Double(start))
        }
        guard 0...1 ~= hardShare else {
            throw .outOfRange(what: "the share of hard problems", value: hardShare)
        }
        self.phases = phases
        self.startsAt = startsAt
        self.hardShare = hardShare
        self.seed = seed
    }

    /// Opens the phase of a step.
    mutating func begin(step: Int) -> StageChange? {
        let next = startsAt.count { $0 <= step }
        guard next != phase else { return nil }
        let change = StageChange(
            from: phase, to: next,
            cause: "step \(step) opens problems of up to \(phases.bounds[next]) tokens")
        phase = next
        return change
    }

    /// Draws from the phase, and from what earlier ones left unsolved.
    mutating func draw(
        _ count: Int, from contents: CurriculumContents, book: ProblemBook,
        using rng: inout SplitMix64
    ) -> [Draw] {
        let least = phase == 0 ? Int.min : phases.bounds[phase - 1]
        let present = contents.within(least, phases.bounds[phase])
        let hard = book.problems.filter { draw, entry in
            guard let lengths = contents.lengths[draw.level], lengths.indices.contains(draw.ordinal)
            else { return false }
            return lengths[draw.ordinal] <= least && entry.attempts > 0
                && LengthPhases.isRetained(meanReward: entry.recent.successes)
        }.keys.sorted()
        guard !present.isEmpty || !hard.isEmpty else { return [] }
        return (0..<max(0, count)).map { _ in
            let goesBack = rng.uniform() < hardShare
            if !hard.isEmpty, goesBack || present.isEmpty { return hard[rng.below(hard.count)] }
            // A phase's order is a permutation of its own.
            let place = cursors[phase, default: LevelCursor()].next(
                size: present.count, level: -1 - phase, seed: seed)
            return present[present.startIndex + place].draw
        }
    }
}
