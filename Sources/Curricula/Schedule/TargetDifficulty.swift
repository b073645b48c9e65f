import Rollouts

/// Draws the problems nearest to a difficulty that follows the policy, each once until all were drawn.
///
/// Difficulties are 0…100: those that are known of the problems, else by level, evenly spaced.
///
/// Source: AdaRFT, arXiv:2504.05520; `AdaptiveTarget` is its update.
public struct TargetDifficulty: Sendable, Equatable, Codable {
    /// The difficulty aimed at.
    public private(set) var target: AdaptiveTarget
    /// Levels in use, easy first.
    public let levels: [Int]
    private let seed: UInt64
    private var used: [Int: LevelCursor] = [:]
    /// Of problems whose difficulty is known: those drawn in this round.
    private var drawn: [Int: OrdinalSet] = [:]

    /// A schedule at the target's start.
    public init(_ target: AdaptiveTarget, levels: [Int], seed: UInt64) {
        self.target = target
        self.levels = levels
        self.seed = seed
    }

    mutating func observe(meanReward: Double) { target.observe(meanReward: meanReward) }

    /// The difficulty of each level without known ones: evenly over the target's range.
    func difficulty(ofLevel level: Int) -> Double {
        guard levels.count > 1, let place = levels.firstIndex(of: level) else {
            return target.least
        }
        let share = Double(place) / Double(levels.count - 1)
        return target.least + share * (target.most - target.least)
    }

    mutating func draw(_ count: Int, from contents: CurriculumContents) -> [Draw] {
        let open = levels.filter { contents.sizes[$0, default: 0] > 0 }
        guard !open.isEmpty else { return [] }
        guard contents.ranked.isEmpty else { return drawKnown(count, contents) }
        // All problems of a level are equally far: they go round in the level's order.
        let nearest = open.sorted {
            (abs(difficulty(ofLevel: $0) - target.target), $0)
                < (abs(difficulty(ofLevel: $1) - target.target), $1)
        }
        var draws: [Draw] = []
        for level in nearest where draws.count < count {
            let size = contents.sizes[level, default: 0]
            for _ in 0..<min(size, count - draws.count) {
                let ordinal = used[level, default: LevelCursor()].next(
                    size: size, level: level, seed: seed)
                draws.append(Draw(level: level, ordinal: ordinal))
            }
        }
        return draws
    }

    /// The nearest on both sides of the target, walking away from it over those drawn before.
    private mutating func drawKnown(_ count: Int, _ contents: CurriculumContents) -> [Draw] {
        let ranked = contents.ranked
        let scale = target.most - target.least
        let goal = (target.target - target.least) / scale
        var draws: [Draw] = []
        while draws.count < count {
            var above = contents.firstRanked(from: goal)
            var below = above - 1
            let before = draws.count
            while draws.count < count, below >= 0 || above < ranked.count {
                let takesBelow =
                    above >= ranked.count
                    || (below >= 0
                        && goal - ranked[below].difficulty <= ranked[above].difficulty - goal)
                let draw = ranked[takesBelow ? below : above].draw
                if takesBelow { below -= 1 } else { above += 1 }
                if drawn[draw.level, default: OrdinalSet()].insert(draw.ordinal) {
                    draws.append(draw)
                }
            }
            // All were drawn: another round begins.
            if draws.count == before { drawn = [:] }
        }
        return draws
    }
}

/// Places within a level, written down in order.
struct OrdinalSet: Sendable, Equatable, Codable {
    private var members: Set<Int> = []

    init() {}

    /// Whether it was new.
    mutating func insert(_ ordinal: Int) -> Bool { members.insert(ordinal).inserted }

    init(from decoder: any Decoder) throws {
        members = Set(try decoder.singleValueContainer().decode([Int].self))
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(members.sorted())
    }
}
