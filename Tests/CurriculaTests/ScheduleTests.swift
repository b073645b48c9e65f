import Curricula
import Foundation
import Rollouts
import Testing

@Suite struct ScheduleTests {
    private let sizes = [0: 30, 1: 7, 2: 100, 3: 5]

    private func staged() throws -> CurriculumSchedule {
        try CurriculumSchedule(
            .staged(
                StagedLevels(
                    stages: [[0, 1], [2], [3]], promoteAt: 0.8, demoteBelow: 0.1, decay: 0.9,
                    minimumGroups: 10, earlierShare: 0.3)), levels: [0, 1, 2, 3], seed: 3)
    }

    /// Every rule for levels, beside every rule for problems.
    private static let rules: [(name: String, rule: LevelRule)] = {
        guard
            let staged = try? StagedLevels(
                stages: [[0, 1], [2], [3]], promoteAt: 0.6, demoteBelow: 0.2, decay: 0.5,
                minimumGroups: 2, earlierShare: 0.3),
            let board = try? ScoreBoardLevel(most: 3, window: 6),
            let bandit = try? CategoryBandit(categories: 4),
            let confidence = try? ConfidenceBandit(categories: 4, window: 20),
            let target = try? AdaptiveTarget(step: 20),
            let bounds = try? LengthPhases(bounds: [20, 40]),
            let phases = try? PhasedLengths(bounds, startsAt: [4], hardShare: 0.5, seed: 5)
        else { return [] }
        return [
            ("fixed", .fixed(weights: [1, 2, 0, 4])), ("staged", .staged(staged)),
            ("board", .board(board)), ("sec", .bandit(bandit)), ("dump", .confidence(confidence)),
            ("cosine", .fade(.cosine)), ("gaussian", .fade(.gaussian())),
            ("target", .target(TargetDifficulty(target, levels: [0, 1, 2, 3], seed: 5))),
            ("phases", .phases(phases)),
        ]
    }()
    private static let choices: [ProblemRule] = [
        .inTurn, .weighted(.failure), .weighted(.learnability),
        .best(.learnability, candidates: 3), .nearest(goal: 0.5, candidates: 3),
    ]

    private func contents(known: Bool) -> CurriculumContents {
        var difficulties: [Int: [Double?]] = [:]
        var lengths: [Int: [Int]] = [:]
        for (level, size) in sizes {
            for ordinal in 0..<size {
                let difficulty: Double? = ordinal % 3 == 0 ? nil : Double(ordinal % 7) / 7
                if known { difficulties[level, default: []].append(difficulty) }
                lengths[level, default: []].append(1 + ordinal % 40)
            }
        }
        return CurriculumContents(sizes: sizes, difficulties: difficulties, lengths: lengths)
    }

    @Test(
        "any rule with any other: as many draws as asked, in range, and decoded it goes on the same"
    )
    func compositions() throws {
        #expect(Self.rules.count == 9)
        for (name, rule) in Self.rules {
            for (number, problems) in Self.choices.enumerated() {
                let contents = contents(known: number % 2 == 1)
                var schedule = try CurriculumSchedule(
                    rule, levels: [0, 1, 2, 3], problems: problems, exploration: 0.1,
                    retirement: Retirement(rate: 0.9, attempts: 4, retestAfter: 5), seed: 3)
                var rng = SplitMix64(seed: UInt64(number))
                for step in 0..<12 {
                    var copy = try JSONDecoder().decode(
                        CurriculumSchedule.self, from: JSONEncoder().encode(schedule))
                    #expect(copy == schedule)
                    var other = rng
                    let draws = play(&schedule, contents, step, &rng)
                    #expect(play(&copy, contents, step, &other) == draws && copy == schedule)
                    #expect(draws.count == 9, "\(name)")
                    for draw in draws {
                        #expect((0..<(sizes[draw.level] ?? 0)).contains(draw.ordinal), "\(name)")
                    }
                }
                #expect(schedule.metrics(progress: 0.5).values.allSatisfy { $0.isFinite })
                #expect(schedule.stage >= 0 && schedule.summary.book.problems.isEmpty)
            }
        }
    }

    /// One step: easy levels are mostly solved.
    private func play(
        _ schedule: inout CurriculumSchedule, _ contents: CurriculumContents, _ step: Int,
        _ rng: inout SplitMix64
    ) -> [Draw] {
        _ = schedule.begin(step: step)
        let draws = schedule.draw(
            9, from: contents, step: step, progress: Double(step) / 12, using: &rng)
        var groups: [ObservedGroup] = []
        for draw in draws {
            let outcomes: [Double?] = (0..<4).map { _ in
                rng.uniform() < 0.1 ? nil : rng.uniform() < 1 - 0.3 * Double(draw.level) ? 1 : 0
            }
            let group = ObservedGroup(
                draw: draw, outcomes: outcomes, advantages: outcomes.map { ($0 ?? 0) - 0.5 })
            _ = schedule.observe(group, step: step)
            groups.append(group)
        }
        schedule.finish(groups)
        return draws
    }

    @Test("every problem of a level is drawn once an epoch", arguments: [1, 2, 5, 64, 100, 1023])
    func epochs(size: Int) throws {
        var schedule = try CurriculumSchedule(.fixed(weights: []), levels: [4], seed: 9)
        var rng = SplitMix64(seed: 1)
        let contents = CurriculumContents(sizes: [4: size])
        let first = schedule.draw(size, from: contents, step: 0, progress: 0, using: &rng)
        let second = schedule.draw(size, from: contents, step: 1, progress: 0, using: &rng)
        #expect(first.map(\.ordinal).sorted() == Array(0..<size))
        #expect(second.map(\.ordinal).sorted() == Array(0..<size))
        if size >= 64 { #expect(first != second && first != first.sorted()) }
    }

    // MARK: Stages

    private func see(
        _ schedule: inout CurriculumSchedule, _ level: Int, _ outcomes: [Double?]
    ) -> StageChange? {
        schedule.observe(
            ObservedGroup(draw: Draw(level: level, ordinal: 0), outcomes: outcomes), step: 0)
    }

    @Test(
        "a stage opens when the one before is mastered, one at a time, and comes back when it is lost"
    )
    func promotion() throws {
        var schedule = try staged()
        let changes = (1...12).filter { _ in see(&schedule, 0, [1, 1, 1, 0.9]) != nil }
        #expect(changes == [10] && schedule.stage == 1)
        let back = (1...12).filter { _ in see(&schedule, 2, [0, 0]) != nil }
        #expect(back == [10] && schedule.stage == 0)
        // There is nothing before the first.
        for _ in 0..<30 { #expect(see(&schedule, 0, [0]) == nil) }
    }

    @Test("failures, unscored groups and other levels promote nobody")
    func noPromotion() throws {
        var schedule = try staged()
        for _ in 0..<100 {
            #expect(see(&schedule, 0, [0, 1, 1]) == nil)
            #expect(see(&schedule, 1, [nil, nil]) == nil)
            #expect(see(&schedule, 2, [1]) == nil)
            #expect(see(&schedule, 1, [.nan]) == nil)
        }
        #expect(schedule.stage == 0)
    }

    @Test("earlier stages keep their share")
    func share() throws {
        var schedule = try staged()
        for _ in 0..<10 { _ = see(&schedule, 1, [1]) }
        var rng = SplitMix64(seed: 2)
        let contents = CurriculumContents(sizes: [0: 9, 1: 9, 2: 9, 3: 9])
        let draws = schedule.draw(4000, from: contents, step: 0, progress: 0, using: &rng)
        let earlier = Double(draws.count { $0.level < 2 }) / 4000
        #expect(abs(earlier - 0.3) < 0.04 && draws.allSatisfy { $0.level != 3 })
        let empty = CurriculumContents(sizes: [:])
        #expect(schedule.draw(3, from: empty, step: 0, progress: 0, using: &rng).isEmpty)
    }

    // MARK: Chances

    @Test("fixed weights are kept to, and a level of weight 0 is never drawn")
    func weights() throws {
        var schedule = try CurriculumSchedule(
            .fixed(weights: [1, 0, 3]), levels: [0, 1, 2], seed: 1)
        var rng = SplitMix64(seed: 4)
        let contents = CurriculumContents(sizes: [0: 50, 1: 50, 2: 50])
        let draws = schedule.draw(4000, from: contents, step: 0, progress: 0, using: &rng)
        #expect(!draws.contains { $0.level == 1 })
        #expect(abs(Double(draws.count { $0.level == 2 }) / 4000 - 0.75) < 0.04)
    }

    @Test("sources get their shares whatever their sizes, each in its own order")
    func sources() throws {
        let rare = [0: [3, 7], 1: [0]]
        let common = [0: (0..<50).filter { $0 != 3 && $0 != 7 }, 1: Array(1..<40)]
        let contents = CurriculumContents(
            sizes: [0: 50, 1: 40], sources: ["rare": rare, "common": common])
        for problems in [ProblemRule.inTurn, .weighted(.learnability)] {
            var schedule = try CurriculumSchedule(
                .fixed(weights: []), levels: [0, 1], problems: problems,
                sourceWeights: ["rare": 3, "common": 1, "absent": 9], seed: 1)
            var rng = SplitMix64(seed: 4)
            let draws = (0..<1000).flatMap { step in
                schedule.draw(4, from: contents, step: step, progress: 0, using: &rng)
            }
            let share = draws.count { rare[$0.level]?.contains($0.ordinal) ?? false }
            #expect(abs(Double(share) / 4000 - 0.75) < 0.04)
            #expect(Set(draws).count > 80)
        }
    }

    /// A schedule that saw each problem `ordinal` of level 0 solved with rate `ordinal / 10`.
    private func seen(
        _ problems: ProblemRule, exploration: Double = 0, retirement: Retirement? = nil
    ) throws -> CurriculumSchedule {
        var schedule = try CurriculumSchedule(
            .fixed(weights: []), levels: [0], problems: problems, exploration: exploration,
            retirement: retirement, book: ProblemBook(halfLife: 1e9), seed: 1)
        for _ in 0..<50 {
            for ordinal in 0...10 {
                let outcomes = (0..<10).map { $0 < ordinal ? 1.0 : 0 }
                let draw = Draw(level: 0, ordinal: ordinal)
                _ = schedule.observe(ObservedGroup(draw: draw, outcomes: outcomes), step: 0)
            }
        }
        return schedule
    }

    @Test(
        "problems are drawn in proportion to their weight",
        arguments: [SuccessWeights.failure, .learnability])
    func proportions(_ weights: SuccessWeights) throws {
        var schedule = try seen(.weighted(weights))
        var rng = SplitMix64(seed: 8)
        let contents = CurriculumContents(sizes: [0: 11])
        let count = 20_000
        var found = Array(repeating: 0.0, count: 11)
        for _ in 0..<count {
            for draw in schedule.draw(1, from: contents, step: 0, progress: 0, using: &rng) {
                found[draw.ordinal] += 1 / Double(count)
            }
        }
        let expected = try weights.chances((0...10).map { Double($0) / 10 })
        for (a, b) in zip(found, expected) {
            #expect(abs(a - b) < 5 * (max(b, 0.01) / Double(count)).squareRoot() + 0.002)
        }
    }

    @Test("of candidates the most learnable, or those nearest to a goal, are taken")
    func candidates() throws {
        var rng = SplitMix64(seed: 8)
        let contents = CurriculumContents(sizes: [0: 11])
        for problems in [
            ProblemRule.best(.learnability, candidates: 64), .nearest(goal: 0.5, candidates: 64),
        ] {
            var schedule = try seen(problems)
            let draws = schedule.draw(1, from: contents, step: 0, progress: 0, using: &rng)
            #expect(draws == [Draw(level: 0, ordinal: 5)])
        }
    }

    @Test("exploration keeps every level and problem possible")
    func exploration() throws {
        var schedule = try seen(.weighted(.failure), exploration: 0.2)
        var rng = SplitMix64(seed: 8)
        let contents = CurriculumContents(sizes: [0: 11])
        var solved = 0
        for _ in 0..<3000 {
            let draws = schedule.draw(1, from: contents, step: 0, progress: 0, using: &rng)
            if draws.first?.ordinal == 10 { solved += 1 }
        }
        // The solved problem has weight 0: its share is that of exploration.
        #expect(abs(Double(solved) / 3000 - 0.2 / 11) < 0.012)
    }

    @Test("what is solved retires, and is asked again after a while")
    func retirement() throws {
        let rule = Retirement(rate: 0.85, attempts: 100, retestAfter: 50)
        var schedule = try seen(.inTurn, retirement: rule)
        var rng = SplitMix64(seed: 8)
        let contents = CurriculumContents(sizes: [0: 11])
        func drawn(_ step: Int) -> Set<Int> {
            Set(
                schedule.draw(200, from: contents, step: step, progress: 0, using: &rng)
                    .map(\.ordinal))
        }
        #expect(drawn(1) == Set(0...8))
        #expect(drawn(49) == Set(0...8))
        #expect(drawn(50) == Set(0...10))
        #expect(schedule.metrics(progress: 0)["curriculum/retired"] == 2)
    }

    @Test("estimates fade into what is expected, and a reported difficulty is what is expected")
    func ageing() throws {
        var book = ProblemBook(halfLife: 10)
        let draw = Draw(level: 0, ordinal: 3)
        book.observe(ObservedGroup(draw: draw, outcomes: [1, 1, 1, 1, nil]), step: 0)
        let fresh = book.rate(draw, difficulty: 0.8, step: 0)
        #expect(abs(fresh - 4.2 / 5) < 1e-12)
        #expect(book.rate(draw, difficulty: 0.8, step: 10) < fresh)
        #expect(abs(book.rate(draw, difficulty: 0.8, step: 10_000) - 0.2) < 1e-9)
        #expect(book.rate(Draw(level: 0, ordinal: 9), difficulty: 0.3, step: 0) == 0.7)
        #expect(book.rate(Draw(level: 0, ordinal: 9), difficulty: nil, step: 0) == 1)
        #expect(book.rate(Draw(level: 7, ordinal: 9), difficulty: nil, step: 0) == 0.5)
    }

    // MARK: Rules of papers in a schedule

    @Test("AdaRFT's draws climb as the policy succeeds, each problem once a round")
    func target() throws {
        for known in [false, true] {
            let easy: [Double?] = (0..<10).map { Double($0) / 20 }
            let hard: [Double?] = (10..<20).map { Double($0) / 20 }
            let contents = CurriculumContents(
                sizes: [0: 10, 1: 10], difficulties: known ? [0: easy, 1: hard] : [:])
            let rule = LevelRule.target(
                TargetDifficulty(try AdaptiveTarget(step: 10), levels: [0, 1], seed: 2))
            var schedule = try CurriculumSchedule(rule, levels: [0, 1], seed: 1)
            var rng = SplitMix64(seed: 1)
            var all: [Draw] = []
            for step in 0..<4 {
                let draws = schedule.draw(5, from: contents, step: step, progress: 0, using: &rng)
                schedule.finish(draws.map { ObservedGroup(draw: $0, outcomes: [1, 1]) })
                all += draws
            }
            #expect(all.prefix(5).allSatisfy { $0.level == 0 })
            if known {
                #expect(Set(all).count == 20 && all.prefix(5) == all.prefix(5).sorted()[...])
            }
            let target = try #require(schedule.metrics(progress: 0)["curriculum/target"])
            #expect(target > 20)
        }
    }

    @Test("a length phase draws its own lengths and what earlier ones never solved")
    func phases() throws {
        let rule = LevelRule.phases(
            try PhasedLengths(
                try LengthPhases(bounds: [10, 20]), startsAt: [3], hardShare: 0.5, seed: 2))
        var schedule = try CurriculumSchedule(rule, levels: [0], seed: 1)
        let contents = CurriculumContents(sizes: [0: 30], lengths: [0: Array(1...30)])
        var rng = SplitMix64(seed: 1)
        for step in 0..<8 {
            let change = schedule.begin(step: step)
            #expect((change != nil) == (step == 3))
            let draws = schedule.draw(20, from: contents, step: step, progress: 0, using: &rng)
            if step < 3 {
                #expect(draws.allSatisfy { $0.ordinal < 10 })
            } else {
                // Those of even length were solved.
                #expect(
                    draws.allSatisfy {
                        $0.ordinal < 20 && ($0.ordinal >= 10 || $0.ordinal % 2 == 0)
                    })
                #expect(draws.contains { $0.ordinal < 10 } && draws.contains { $0.ordinal >= 10 })
            }
            for draw in draws {
                let outcome: Double = draw.ordinal % 2 == 0 ? 0 : 1
                _ = schedule.observe(ObservedGroup(draw: draw, outcomes: [outcome]), step: step)
            }
        }
        #expect(schedule.stage == 1 && schedule.stageName == "stage 2/2")
    }

    @Test("bandits go where advantages are")
    func bandits() throws {
        for rule in [
            LevelRule.bandit(try CategoryBandit(categories: 3, temperature: 0.1)),
            .confidence(try ConfidenceBandit(categories: 3)),
        ] {
            var schedule = try CurriculumSchedule(
                rule, levels: [5, 6, 7], exploration: 0.05, seed: 1)
            let contents = CurriculumContents(sizes: [5: 9, 6: 9, 7: 9])
            var rng = SplitMix64(seed: 1)
            var last: [Draw] = []
            for step in 0..<60 {
                last = schedule.draw(30, from: contents, step: step, progress: 0, using: &rng)
                schedule.finish(
                    last.map {
                        ObservedGroup(
                            draw: $0, outcomes: [1, 0],
                            advantages: $0.level == 6 ? [1, -1] : [0, 0])
                    })
            }
            #expect(last.count { $0.level == 6 } > 20)
            let chance = try #require(schedule.metrics(progress: 0)["curriculum/chance/6"])
            #expect(chance > 0.8)
        }
    }

    @Test("what makes no sense is refused")
    func refused() throws {
        let rule = LevelRule.fixed(weights: [])
        #expect(throws: CurriculumError.self) { try CurriculumSchedule(rule, levels: [], seed: 1) }
        #expect(throws: CurriculumError.self) {
            try CurriculumSchedule(rule, levels: [0], exploration: 1.5, seed: 1)
        }
        for weights in [[1.0], [0, 0], [-1, 2], [.infinity, 1]] {
            #expect(throws: CurriculumError.self) {
                try CurriculumSchedule(.fixed(weights: weights), levels: [0, 1], seed: 1)
            }
        }
        let bounds = try LengthPhases(bounds: [5, 9])
        for starts in [[], [0], [1, 2]] {
            #expect(throws: CurriculumError.self) {
                try PhasedLengths(bounds, startsAt: starts, hardShare: 0, seed: 1)
            }
        }
        #expect(throws: DecodingError.self) {
            let text =
                #"{"halfLife":1,"levels":{},"places":[0,1,2],"attempts":[1],"steps":[1],"weights":[1],"sums":[1]}"#
            _ = try JSONDecoder().decode(ProblemBook.self, from: Data(text.utf8))
        }
    }
}
