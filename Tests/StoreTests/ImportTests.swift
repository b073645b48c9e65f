import Curricula
import Foundation
import GRDB
import Rollouts
import Store
import Testing

/// Rows in memory, which may fail on the way.
struct TestRows: ImportStream {
    struct Fault: Error {}

    var rows: ArraySlice<ImportedRow>
    var hash = "h"
    var failsAtEnd = false
    var source: SourceInfo { SourceInfo(name: "t", format: "plain", hash: hash, licence: "MIT") }

    mutating func next() throws -> ImportLine? {
        if rows.isEmpty, failsAtEnd { throw Fault() }
        return rows.popFirst().map { ImportLine(place: "t:1", row: $0) }
    }
}

@Suite struct ImportTests {
    private let scratch: Scratch
    private let store: AssayStore

    init() throws {
        scratch = try Scratch()
        store = try AssayStore(path: scratch.path("a.db"))
    }

    private func problem(
        _ prompt: String, _ answer: String = "1", id: String? = nil, rates: [PassRate] = []
    ) -> ImportedRow {
        .problem(
            ProblemRow(
                problem: Problem(id: id ?? prompt, prompt: prompt, answer: answer),
                passRates: rates))
    }

    private func add(
        _ rows: [ImportedRow], split: ImportSplit = .all(.train), _ dedup: Deduplication = .exact,
        hash: String = "h", policy: String = "p", isDry: Bool = false
    ) throws -> ImportReport {
        var stream = TestRows(rows: rows[...], hash: hash)
        return try store.importRows(
            &stream,
            ImportSettings(
                curriculum: "c", split: split, deduplication: dedup, policy: policy, isDry: isDry))
    }

    private func count() throws -> Int { try store.problemKeys(ProblemFilter()).count }

    @Test("duplicates are told apart by where the first one stands")
    func duplicates() throws {
        let first = try add([problem("a"), problem("b"), problem("a")])
        #expect(first.added == 2 && first.duplicatesInFile == 1 && first.duplicatesStored == 0)
        let second = try add([problem("a"), problem("c"), problem("c")])
        #expect(second.added == 1 && second.duplicatesInFile == 1 && second.duplicatesStored == 1)
    }

    @Test("near duplicates are reported, and left out on demand")
    func near() throws {
        let rows = [problem("What is 2 + 2?"), problem("what is 2+2"), problem("What is 2 - 2?")]
        let kept = try add(rows, isDry: true)
        #expect(kept.added == 3 && kept.nearDuplicates == 1 && kept.duplicates == 0)
        #expect(try count() == 0)
        let dropped = try add(rows, .normalized)
        #expect(dropped.added == 2 && dropped.nearDuplicates == 1 && dropped.duplicates == 1)
    }

    @Test("the same prompt with another answer is a conflict, however many there are")
    func conflicts() throws {
        let report = try add((0..<100).map { problem("q", "\($0)") })
        #expect(report.added == 100 && report.conflicts == 99 && report.nearDuplicates == 0)
        #expect(report.findings.count(where: { $0.kind == .conflict }) == 20)
        #expect(report.renamed == 99)
    }

    @Test(
        "what stands on both sides of the wall is always reported",
        arguments: Deduplication.allCases)
    func wall(dedup: Deduplication) throws {
        _ = try add([problem("a"), problem("b"), problem("c")])
        let report = try add(
            [problem("a"), problem("B."), problem("c", "2"), problem("d")],
            split: .all(.heldOut), dedup)
        #expect(report.acrossWall == 3)
        #expect(report.added == (dedup == .normalized ? 1 : 3))
        #expect(report.findings.count(where: { $0.kind == .acrossWall }) == 3)
    }

    @Test("copies are kept on demand, on their own side of the wall only")
    func copies() throws {
        let rows = [problem("a"), problem("a"), problem("a")]
        #expect(try add(rows, .none).added == 3)
        #expect(try add(rows, split: .all(.heldOut), .none).added == 0)
        #expect(try add(rows, .exact).added == 0)
        #expect(try store.levelSizes(curriculum: "c", split: .train) == [0: 3])
    }

    @Test(
        "random rows: all are accounted for, and order decides nothing about the split",
        arguments: [
            1, 2, 3,
        ])
    func accounting(seed: UInt64) throws {
        var rng = SplitMix64(seed: seed)
        let rows = (0..<400).map { _ in
            problem(
                ["a", "A", "a.", "b", "c d", "c  d"][rng.below(6)] + " \(rng.below(40))",
                "\(rng.below(2))", id: "\(rng.below(50))")
        }
        let report = try add(rows, split: .heldOut(share: 0.4), .normalized)
        #expect(report.added + report.duplicates == 400)
        #expect(report.acrossWall == 0)
        let forwards = try held()
        try DatabaseQueue(path: scratch.path("a.db")).write {
            try $0.execute(sql: "DELETE FROM problems")
        }
        _ = try add(rows.reversed(), split: .heldOut(share: 0.4), .normalized)
        #expect(try held() == forwards)
        #expect(try add(rows, split: .heldOut(share: 0.4), .normalized).added == 0)
    }

    /// Held-out prompts as they read.
    private func held() throws -> Set<UInt64> {
        let keys = try store.problemKeys(ProblemFilter(split: .heldOut))
        return Set(try store.problems(keys: keys).map { ContentKey($0.problem).prompt })
    }

    @Test("an import that fails leaves nothing, and so does a dry one")
    func undone() throws {
        var stream = TestRows(rows: [problem("a")], failsAtEnd: true)
        #expect(throws: TestRows.Fault.self) {
            try store.importRows(
                &stream, ImportSettings(curriculum: "c", split: .all(.train)))
        }
        #expect(try add([problem("a")], isDry: true).added == 1)
        #expect(try count() == 0)
        let sources = try DatabaseQueue(path: scratch.path("a.db")).read {
            try Int.fetchOne($0, sql: "SELECT COUNT(*) FROM sources")
        }
        #expect(sources == 0)
    }

    @Test("a full disk is a typed error, and what was stored before stays")
    func full() throws {
        let path = scratch.path("full.db")
        let small = try AssayStore(path: path, maximumPages: 60)
        var first = TestRows(rows: [problem("a")])
        let settings = ImportSettings(curriculum: "c", split: .all(.train))
        _ = try small.importRows(&first, settings)
        var rows = TestRows(rows: (0..<5000).map { problem("problem \($0)") }[...])
        #expect(throws: StoreError.diskFull(path: path)) {
            try small.importRows(&rows, settings)
        }
        #expect(try small.problemKeys(ProblemFilter()).count == 1)
    }

    @Test("rates and judged completions become difficulty, and the same file counts once")
    func difficulty() throws {
        let rows: [ImportedRow] = [
            problem("a", rates: [PassRate(policy: "llama", mean: 0.25)]), problem("b"),
        ]
        #expect(try add(rows).rates == 1)
        let judged: [ImportedRow] =
            [true, false, true, nil].map {
                .judged(JudgedRow(id: "b", isCorrect: $0))
            } + [.judged(JudgedRow(id: "nobody", isCorrect: true))]
        for _ in 0..<2 {
            let report = try add(judged, hash: "scored")
            #expect(report.rates == 3 && report.unscored == 1 && report.unknownProblems == 1)
        }
        #expect(try add(rows, hash: "again").duplicatesStored == 2)
        let listed = try store.listing(ProblemFilter(curriculum: "c"), limit: 9)
        #expect(listed.map(\.passRate) == [0.25, 2.0 / 3])
        #expect(listed.map(\.attempts) == [0, 3])
        let between = ProblemFilter(difficulty: 0.3...0.4)
        #expect(try store.problems(keys: store.problemKeys(between)).map(\.problem.id) == ["b"])
        let ours = ProblemFilter(difficulty: 0...1, policy: "p")
        #expect(try store.problemKeys(ours).count == 1)
        let history = try #require(try store.history(id: "b").first)
        #expect(history.difficulties.map(\.policy) == ["p"])
        #expect(history.difficulties.map(\.attempts) == [3])
    }

    @Test(
        "statistics add up, however problems are told apart",
        arguments: [
            ProblemStatistics.Grouping.split, .level, .source,
        ])
    func statistics(grouping: ProblemStatistics.Grouping) throws {
        var rng = SplitMix64(seed: 4)
        let rows = (0..<300).map { index in
            ImportedRow.problem(
                ProblemRow(
                    problem: Problem(
                        id: "\(index)", prompt: "p\(index)", answer: "1", level: rng.below(4)),
                    passRates: rng.below(2) == 0
                        ? [PassRate(policy: "x", mean: Double(rng.below(11)) / 10)] : []))
        }
        let report = try add(rows, split: .heldOut(share: 0.3))
        let groups = try store.statistics(ProblemFilter(curriculum: "c"), by: grouping)
        #expect(groups.reduce(0) { $0 + $1.count } == 300)
        #expect(groups.reduce(0) { $0 + $1.tried } == report.rates)
        #expect(groups.allSatisfy { $0.histogram.reduce(0, +) == $0.tried })
        #expect(
            groups.filter { $0.split == .heldOut }.reduce(0) { $0 + $1.count }
                == report.addedHeldOut)
    }
}
