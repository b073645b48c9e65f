import Rollouts

/// Draws every level equally often in the long run.
public struct UniformSchedule: Sendable, Equatable, Codable {
    /// Levels in use.
    public let levels: [Int]
    private let seed: UInt64
    private var cursors: [Int: LevelCursor] = [:]

    /// A schedule over `levels`, each level's order keyed by `seed`.
    public init(levels: [Int], seed: UInt64) {
        self.levels = levels
        self.seed = seed
    }

    mutating func draw(
        _ count: Int, sizes: [Int: Int], using rng: inout SplitMix64
    ) -> [Draw] {
        let open = levels.filter { sizes[$0, default: 0] > 0 }
        guard !open.isEmpty else { return [] }
        return (0..<max(count, 0)).map { _ in
            let level = open[rng.below(open.count)]
            let ordinal = cursors[level, default: LevelCursor()].next(
                size: sizes[level, default: 1], level: level, seed: seed)
            return Draw(level: level, ordinal: ordinal)
        }
    }
}
