/// What a curriculum holds, as a schedule needs to know it: no text, no answers.
public struct CurriculumContents: Sendable {
    /// Training problems stored on each level; levels without problems are never drawn.
    public let sizes: [Int: Int]
    /// Difficulty of problems, 0 easy…1 hard, by place; levels that are missing have none known.
    public let difficulties: [Int: [Double?]]
    /// Tokens of problems, prompt and answer together, by place: for phases of length.
    public let lengths: [Int: [Int]]

    /// Places of the problems of each source, by level: for shares of sources.
    public let sources: [String: [Int: [Int]]]
    /// All problems by difficulty, the easiest first, where any is known; those that are not stand where
    /// their level does, evenly spaced.
    let ranked: [(difficulty: Double, draw: Draw)]

    /// Contents from their parts.
    public init(
        sizes: [Int: Int], difficulties: [Int: [Double?]] = [:], lengths: [Int: [Int]] = [:],
        sources: [String: [Int: [Int]]] = [:]
    ) {
        self.sizes = sizes
        self.sources = sources
        self.difficulties = difficulties
        self.lengths = lengths
        byLength = lengths.flatMap { level, column in
            column.enumerated().map { ($1, Draw(level: level, ordinal: $0)) }
        }.sorted { ($0.length, $0.draw) < ($1.length, $1.draw) }
        let levels = sizes.keys.sorted()
        var ranked: [(difficulty: Double, draw: Draw)] = []
        for (place, level) in levels.enumerated() where !difficulties.isEmpty {
            let usual = levels.count > 1 ? Double(place) / Double(levels.count - 1) : 0.5
            let known = difficulties[level] ?? []
            for ordinal in 0..<sizes[level, default: 0] {
                let own = known.indices.contains(ordinal) ? known[ordinal] : nil
                ranked.append((own ?? usual, Draw(level: level, ordinal: ordinal)))
            }
        }
        self.ranked = ranked.sorted { ($0.difficulty, $0.draw) < ($1.difficulty, $1.draw) }
    }

    /// All problems whose length is known, the shortest first.
    let byLength: [(length: Int, draw: Draw)]

    /// Those of more than `least` and at most `most` tokens.
    func within(_ least: Int, _ most: Int) -> ArraySlice<(length: Int, draw: Draw)> {
        func first(above length: Int) -> Int {
            var (low, high) = (0, byLength.count)
            while low < high {
                let middle = (low + high) / 2
                if byLength[middle].length <= length { low = middle + 1 } else { high = middle }
            }
            return low
        }
        return byLength[first(above: least)..<first(above: most)]
    }

    /// The first place among the ranked whose difficulty is `least` or more.
    func firstRanked(from least: Double) -> Int {
        var (low, high) = (0, ranked.count)
        while low < high {
            let middle = (low + high) / 2
            if ranked[middle].difficulty < least { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// The difficulty of a problem, where it is known.
    func difficulty(_ draw: Draw) -> Double? {
        guard let known = difficulties[draw.level], known.indices.contains(draw.ordinal) else {
            return nil
        }
        return known[draw.ordinal]
    }
}
