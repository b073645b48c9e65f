/// What a run saw of each problem: estimates of success that fade, for choosing what comes next.
public struct ProblemBook: Sendable, Equatable {
    /// What is known of one problem.
    public struct Entry: Sendable, Equatable {
        /// Rollouts seen.
        public var attempts = 0
        /// Their outcomes, the newer the heavier.
        public var recent = FadingRate()
    }

    /// Steps after which an outcome counts half.
    public let halfLife: Double
    /// By problem: those that were tried.
    public private(set) var problems: [Draw: Entry] = [:]
    /// By level.
    public private(set) var levels: [Int: FadingRate] = [:]

    /// An empty book.
    ///
    /// - Parameter halfLife: in steps; above 0.
    public init(halfLife: Double = FadingRate.halfLife) { self.halfLife = halfLife }

    /// Takes what became of a problem.
    public mutating func observe(_ group: ObservedGroup, step: Int) {
        let known = group.outcomes.compactMap { $0 }.filter(\.isFinite)
        guard !known.isEmpty else { return }
        let sum = known.reduce(0, +)
        problems[group.draw, default: Entry()].attempts += known.count
        problems[group.draw]?.recent.observe(
            attempts: known.count, successes: sum, step: step, halfLife: halfLife)
        levels[group.draw.level, default: FadingRate()].observe(
            attempts: known.count, successes: sum, step: step, halfLife: halfLife)
    }

    /// The expected success rate of a problem: its own, which fades into that of its level.
    ///
    /// - Parameter difficulty: of the problem where it is known: what is expected in place of its level's.
    public func rate(_ draw: Draw, difficulty: Double?, step: Int) -> Double {
        let expected = difficulty.map { 1 - $0 } ?? levels[draw.level]?.mean ?? 0.5
        let own = problems[draw]?.recent ?? FadingRate()
        return min(max(own.mean(at: step, expected: expected, halfLife: halfLife), 0), 1)
    }
}

extension ProblemBook: Codable {
    private enum CodingKeys: String, CodingKey {
        case halfLife, levels, places, attempts, steps, weights, sums
    }

    /// Columns in the order of the problems, so that equal books have equal texts.
    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(halfLife, forKey: .halfLife)
        try values.encode(levels, forKey: .levels)
        let rows = problems.sorted { $0.key < $1.key }
        try values.encode(rows.flatMap { [$0.key.level, $0.key.ordinal] }, forKey: .places)
        try values.encode(rows.map(\.value.attempts), forKey: .attempts)
        try values.encode(rows.map(\.value.recent.lastStep), forKey: .steps)
        try values.encode(rows.map(\.value.recent.attempts), forKey: .weights)
        try values.encode(rows.map(\.value.recent.successes), forKey: .sums)
    }

    /// - Throws: `DecodingError` where the columns are not equally long.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        halfLife = try values.decode(Double.self, forKey: .halfLife)
        levels = try values.decode([Int: FadingRate].self, forKey: .levels)
        let places = try values.decode([Int].self, forKey: .places)
        let attempts = try values.decode([Int].self, forKey: .attempts)
        let steps = try values.decode([Int].self, forKey: .steps)
        let weights = try values.decode([Double].self, forKey: .weights)
        let sums = try values.decode([Double].self, forKey: .sums)
        let lengths = [attempts.count, steps.count, weights.count, sums.count]
        guard lengths.allSatisfy({ $0 * 2 == places.count }) else {
            throw DecodingError.dataCorruptedError(
                forKey: .places, in: values, debugDescription: "the columns differ in length")
        }
        for row in attempts.indices {
            problems[Draw(level: places[2 * row], ordinal: places[2 * row + 1])] = Entry(
                attempts: attempts[row],
                recent: FadingRate(
                    attempts: weights[row], successes: sums[row], lastStep: steps[row]))
        }
    }
}
