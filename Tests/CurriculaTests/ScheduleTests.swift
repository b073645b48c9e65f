import Curricula
import Foundation
import Rollouts
import Testing

@Suite struct ScheduleTests {
    private func staged() -> CurriculumSchedule {
        .staged(
            StagedSchedule(
                stages: [[0, 1], [2], [3]], promoteAt: 0.8, decay: 0.9, minimumGroups: 10,
                earlierShare: 0.3, seed: 3))
    }

    @Test("every problem of a level is drawn once an epoch", arguments: [1, 2, 5, 64, 100, 1023])
    func epochs(size: Int) {
        var schedule = CurriculumSchedule.uniform(UniformSchedule(levels: [4], seed: 9))
        var rng = SplitMix64(seed: 1)
        let first = schedule.draw(size, sizes: [4: size], using: &rng).map(\.ordinal)
        let second = schedule.draw(size, sizes: [4: size], using: &rng).map(\.ordinal)
        #expect(first.sorted() == Array(0..<size) && second.sorted() == Array(0..<size))
        if size >= 64 { #expect(first != second && first != first.sorted()) }
    }

    @Test("a decoded schedule goes on as the original", arguments: 1...20)
    func resume(seed: UInt64) throws {
        var original = staged()
        var rng = SplitMix64(seed: seed)
        let sizes = [0: 30, 1: 7, 2: 100, 3: 5]
        for _ in 0..<seed {
            _ = original.draw(13, sizes: sizes, using: &rng)
            _ = original.observe(level: original.stage, outcomes: [rng.uniform(), 1, nil])
        }
        var copy = try JSONDecoder().decode(
            CurriculumSchedule.self, from: JSONEncoder().encode(original))
        #expect(copy == original)
        var other = rng
        for _ in 0..<20 {
            #expect(
                copy.draw(5, sizes: sizes, using: &rng)
                    == original.draw(5, sizes: sizes, using: &other))
            let level = original.stage == 0 ? 1 : original.stage + 1
            #expect(
                copy.observe(level: level, outcomes: [0.9])
                    == original.observe(level: level, outcomes: [0.9]))
        }
    }

    @Test("a stage opens when the one before is mastered, one at a time")
    func promotion() {
        var schedule = staged()
        var changes = 0
        for group in 1...12 {
            if schedule.observe(level: 0, outcomes: [1, 1, 1, 0.9]) != nil {
                changes += 1
                #expect(group == 10)
            }
        }
        #expect(changes == 1 && schedule.stage == 1)
    }

    @Test("failures, unscored groups and other levels promote nobody")
    func noPromotion() {
        var schedule = staged()
        for _ in 0..<100 {
            #expect(schedule.observe(level: 0, outcomes: [0, 1, 1]) == nil)
            #expect(schedule.observe(level: 1, outcomes: [nil, nil]) == nil)
            #expect(schedule.observe(level: 2, outcomes: [1]) == nil)
            #expect(schedule.observe(level: 1, outcomes: [.nan]) == nil)
        }
        #expect(schedule.stage == 0)
    }

    @Test("earlier stages keep their share")
    func share() {
        var schedule = staged()
        for _ in 0..<10 { _ = schedule.observe(level: 1, outcomes: [1]) }
        var rng = SplitMix64(seed: 2)
        let draws = schedule.draw(4000, sizes: [0: 9, 1: 9, 2: 9, 3: 9], using: &rng)
        let earlier = Double(draws.count { $0.level < 2 }) / 4000
        #expect(abs(earlier - 0.3) < 0.04 && draws.allSatisfy { $0.level != 3 })
        #expect(schedule.draw(3, sizes: [:], using: &rng).isEmpty)
    }
}
