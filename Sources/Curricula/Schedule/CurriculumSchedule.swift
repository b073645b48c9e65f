public import Rollouts

/// Which problems come next: counters and statistics in, draws out; no clock, no file, no model.
///
/// A rule for levels, a rule for problems within them, a share of draws that explores, and who retires:
/// any goes with any. The value is the whole state: what is decoded from JSON draws what the original
/// would have drawn.
public struct CurriculumSchedule: Sendable, Equatable, Codable {
    /// Which levels are drawn from.
    public private(set) var rule: LevelRule
    /// Which of their problems.
    public let problems: ProblemRule
    /// Levels in use, easy first.
    public let levels: [Int]
    /// Share of draws that take any level with equal chances, and weigh no problem.
    public let exploration: Double
    /// Shares of the draws that each source gets; empty where sources do not matter.
    public let sourceWeights: [String: Double]
    /// Who is left out.
    public let retirement: Retirement?
    /// What was seen of problems.
    public private(set) var book: ProblemBook
    private let seed: UInt64
    /// By level, or by source and level.
    private var cursors: [String: LevelCursor] = [:]

    /// A schedule at its start.
    ///
    /// - Throws: `CurriculumError.outOfRange` for no level, a share outside of 0…1, or weights that are not
    ///   one a level, negative or all 0.
    public init(
        _ rule: LevelRule, levels: [Int], problems: ProblemRule = .inTurn, exploration: Double = 0,
        sourceWeights: [String: Double] = [:], retirement: Retirement? = nil,
        book: ProblemBook = ProblemBook(), seed: UInt64
    ) throws(CurriculumError) {
        guard !levels.isEmpty else { throw .outOfRange(what: "the number of levels", value: 0) }
        guard 0...1 ~= exploration else {
            throw .outOfRange(what: "the share that explores", value: exploration)
        }
        if case .fixed(let weights) = rule, !weights.isEmpty {
            let sum = weights.reduce(0, +)
            guard weights.count == levels.count, weights.allSatisfy({ $0 >= 0 }), sum > 0,
                sum.isFinite
            else { throw .outOfRange(what: "the sum of the levels' weights", value: sum) }
        }
        let shares = sourceWeights.values.reduce(0, +)
        guard sourceWeights.isEmpty || (shares > 0 && shares.isFinite),
            sourceWeights.values.allSatisfy({ $0 >= 0 })
        else { throw .outOfRange(what: "the sum of the sources' weights", value: shares) }
        if case .fade(let fade) = rule { _ = try fade.chances(levels: levels.count, share: 0) }
        self.rule = rule
        self.levels = levels
        self.problems = problems
        self.exploration = exploration
        self.sourceWeights = sourceWeights
        self.retirement = retirement
        self.book = book
        self.seed = seed
    }

    // MARK: Draws

    /// What a step opens, before it draws.
    public mutating func begin(step: Int) -> StageChange? {
        guard case .phases(var phases) = rule else { return nil }
        let change = phases.begin(step: step)
        rule = .phases(phases)
        return change
    }

    /// The next problems.
    ///
    /// - Parameters:
    ///   - count: how many.
    ///   - contents: what there is to draw from.
    ///   - step: of the run, by which estimates age.
    ///   - progress: share of the run that is done, in 0…1.
    ///   - rng: decides between levels and problems.
    public mutating func draw(
        _ count: Int, from contents: CurriculumContents, step: Int, progress: Double,
        using rng: inout SplitMix64
    ) -> [Draw] {
        switch rule {
        case .target(var target):
            let explored = (0..<max(0, count)).count { _ in
                exploration > 0 && rng.uniform() < exploration
            }
            let near = target.draw(max(0, count) - explored, from: contents)
            rule = .target(target)
            return near + drawByLevel(explored, contents, step, progress, &rng)
        case .phases(var phases):
            defer { rule = .phases(phases) }
            return phases.draw(count, from: contents, book: book, using: &rng)
        default: return drawByLevel(count, contents, step, progress, &rng)
        }
    }

    private mutating func drawByLevel(
        _ count: Int, _ contents: CurriculumContents, _ step: Int, _ progress: Double,
        _ rng: inout SplitMix64
    ) -> [Draw] {
        guard count > 0 else { return [] }
        var candidates: [(draw: Draw, rate: Double)] = []
        var taken: Set<Draw> = []
        for _ in 0..<count * problems.candidates {
            let shelf = Shelf(chooseSource(contents, &rng), contents)
            let open = levels.filter { shelf.size($0) > 0 }
            guard !open.isEmpty, let (level, explores) = chooseLevel(open, shelf, progress, &rng)
            else { return [] }
            let draw = propose(level, explores, shelf, contents, step, taken, &rng)
            taken.insert(draw)
            let rate =
                problems.candidates == 1
                ? 0 : book.rate(draw, difficulty: contents.difficulty(draw), step: step)
            candidates.append((draw, rate))
        }
        return problems.choose(count, of: candidates)
    }

    /// The problems of one source, or of all.
    private struct Shelf {
        let source: String?
        private let places: [Int: [Int]]
        private let sizes: [Int: Int]

        init(_ source: String?, _ contents: CurriculumContents) {
            self.source = source
            places = source.flatMap { contents.sources[$0] } ?? [:]
            sizes = source == nil ? contents.sizes : places.mapValues(\.count)
        }

        func size(_ level: Int) -> Int { sizes[level, default: 0] }

        var allSizes: [Int: Int] { sizes }

        /// The place within the level of the shelf's `index`-th problem on it.
        func ordinal(_ level: Int, _ index: Int) -> Int {
            source == nil ? index : places[level]?[index] ?? 0
        }
    }

    private func chooseSource(_ contents: CurriculumContents, _ rng: inout SplitMix64) -> String? {
        guard !sourceWeights.isEmpty else { return nil }
        let known = sourceWeights.filter { source, weight in
            weight > 0 && levels.contains { contents.sources[source]?[$0]?.isEmpty == false }
        }.sorted { $0.key < $1.key }
        return Self.choose(known.map(\.value), &rng).map { known[$0].key }
    }

    /// An index with a chance in proportion to its weight; nil where all are 0.
    private static func choose(_ weights: [Double], _ rng: inout SplitMix64) -> Int? {
        var left = rng.uniform() * weights.reduce(0, +)
        for (index, weight) in weights.enumerated() where weight > 0 {
            left -= weight
            if left < 0 { return index }
        }
        return weights.lastIndex { $0 > 0 }
    }

    /// A level, and whether it was drawn to explore.
    private func chooseLevel(
        _ open: [Int], _ shelf: Shelf, _ progress: Double, _ rng: inout SplitMix64
    ) -> (level: Int, explores: Bool)? {
        if exploration > 0, rng.uniform() < exploration {
            return (open[rng.below(open.count)], true)
        }
        if case .staged(let staged) = rule {
            return staged.level(shelf.allSizes, using: &rng).map { ($0, false) }
        }
        if case .fixed(let weights) = rule, weights.isEmpty {
            return (open[rng.below(open.count)], false)
        }
        let chances = rule.chances(levels, progress: progress) ?? levels.map { _ in 1 }
        let weights = zip(levels, chances).map { open.contains($0) ? $1 : 0 }
        // A source may hold nothing on the levels that the rule wants.
        guard let place = Self.choose(weights, &rng) else {
            return (open[rng.below(open.count)], false)
        }
        return (levels[place], false)
    }

    /// A problem of a level: in turn, or thrown and kept with the chance that its weight gives it.
    private mutating func propose(
        _ level: Int, _ explores: Bool, _ shelf: Shelf, _ contents: CurriculumContents, _ step: Int,
        _ taken: Set<Draw>, _ rng: inout SplitMix64
    ) -> Draw {
        let size = max(1, shelf.size(level))
        let order = shelf.source.map { "\($0)/\(level)" } ?? "\(level)"
        let key = shelf.source.map { seed ^ stableHash($0) } ?? seed
        var draw = Draw(level: level, ordinal: shelf.ordinal(level, 0))
        // Enough throws for weights down to some hundredths; then the last one is taken.
        for _ in 0..<256 {
            if case .inTurn = problems {
                let place = cursors[order, default: LevelCursor()].next(
                    size: size, level: level, seed: key)
                draw = Draw(level: level, ordinal: shelf.ordinal(level, place))
            } else {
                draw = Draw(level: level, ordinal: shelf.ordinal(level, rng.below(size)))
                // No problem twice in a batch, as long as there are others.
                if taken.contains(draw), taken.count < size / 2 { continue }
            }
            if let retirement, retirement.excludes(book.problems[draw], step: step) { continue }
            guard case .weighted(let weights) = problems, !explores else { return draw }
            let rate = book.rate(draw, difficulty: contents.difficulty(draw), step: step)
            if rng.uniform() * weights.largest < weights.weight(rate) { return draw }
        }
        return draw
    }

    // MARK: What was seen

    /// Learns from one group, before any gate.
    public mutating func observe(_ group: ObservedGroup, step: Int) -> StageChange? {
        if keepsBook { book.observe(group, step: step) }
        switch rule {
        case .staged(var staged):
            defer { rule = .staged(staged) }
            return staged.observe(group)
        case .board(var board):
            defer { rule = .board(board) }
            let before = board.level
            guard levels.indices.contains(before), group.draw.level == levels[before] else {
                return nil
            }
            board.observe(group.outcomes.compactMap { $0 })
            guard board.level != before else { return nil }
            return StageChange(
                from: before, to: board.level,
                cause: board.level > before
                    ? "the mean of the last outcomes passed \(board.rises)"
                    : "the mean of the last outcomes fell below \(board.falls)")
        default: return nil
        }
    }

    /// Learns from a whole step, its advantages known.
    public mutating func finish(_ groups: [ObservedGroup]) {
        switch rule {
        case .target(var target):
            let means = groups.compactMap(\.meanOutcome)
            guard !means.isEmpty else { return }
            target.observe(meanReward: means.reduce(0, +) / Double(means.count))
            rule = .target(target)
        case .bandit(var bandit):
            let sizes = advantages(of: groups).mapValues { values in
                values.reduce(0, +) / Double(values.count)
            }
            // Only finite numbers of known levels are left.
            try? bandit.observe(sizes)
            rule = .bandit(bandit)
        case .confidence(var bandit):
            for (category, values) in advantages(of: groups).sorted(by: { $0.key < $1.key }) {
                try? bandit.observe(category, advantages: values)
            }
            rule = .confidence(bandit)
        default: break
        }
    }

    /// |advantages| by place of their level.
    private func advantages(of groups: [ObservedGroup]) -> [Int: [Double]] {
        var found: [Int: [Double]] = [:]
        for group in groups {
            guard let category = levels.firstIndex(of: group.draw.level) else { continue }
            let values = group.advantages.filter(\.isFinite).map { abs($0) }
            if !values.isEmpty { found[category, default: []] += values }
        }
        return found
    }

    /// Whether any rule reads what problems did.
    private var keepsBook: Bool {
        if retirement != nil { return true }
        if case .phases = rule { return true }
        return problems != .inTurn
    }

    // MARK: For people

    /// The present stage, from 0; 0 where there are none.
    public var stage: Int { rule.stage }

    /// For a progress line, such as `stage 2/4`.
    public var stageName: String? { rule.stages(levels).map { "stage \(rule.stage + 1)/\($0)" } }

    /// What moves, by the names of metrics.
    public func metrics(progress: Double) -> [String: Double] {
        var found = ["curriculum/stage": Double(stage)]
        if case .target(let target) = rule { found["curriculum/target"] = target.target.target }
        switch rule {
        case .bandit, .confidence, .fade:
            let chances = rule.chances(levels, progress: progress) ?? []
            for (level, chance) in zip(levels, chances) {
                found["curriculum/chance/\(level)"] = chance
            }
        default: break
        }
        if let retirement {
            found["curriculum/retired"] = Double(
                book.problems.values.count {
                    retirement.excludes($0, step: $0.recent.lastStep)
                })
        }
        return found
    }

    /// The schedule without what it saw of single problems: small enough to be written at every step.
    public var summary: CurriculumSchedule {
        var light = self
        light.book = ProblemBook(halfLife: book.halfLife)
        return light
    }
}
