import Curricula
import Foundation
import GRDB
import Rollouts
import Store
import Testing

/// A folder of its own for each test, gone afterwards.
final class Scratch {
    let folder: String

    init() throws {
        folder = NSTemporaryDirectory() + "assay-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    func path(_ name: String) -> String { folder + "/" + name }
}

@Suite struct AssayStoreTests {
    private let scratch: Scratch
    private let source = SourceInfo(name: "test", format: "plain", hash: "1")

    init() throws { scratch = try Scratch() }

    private func problem(_ id: String, level: Int? = 0) -> Problem {
        Problem(
            id: id, prompt: "p \(id)", answer: "a", level: level, tags: ["x", "y"],
            metadata: ["n": 3, "deep": .object(["k": .array([.null, "é"])])])
    }

    private func rollout(_ id: String, outcome: Double?, index: Int = 0) -> RolloutRecord {
        RolloutRecord(
            group: 0, index: index, problem: id, prompt: "p", answer: "a", text: "t \u{1F600}",
            tokenCount: 3, stopReason: .length, reward: outcome.map { $0 * 2 }, outcome: outcome,
            status: outcome == nil ? .resourceLimit : .scored,
            components: [
                ComponentScore(name: "math", value: outcome, weight: 1),
                ComponentScore(
                    name: "judge", value: nil, weight: 0.5, status: .timeout, reason: "slow"),
            ], advantage: -0.25, isTrained: false, fate: "not among the 2 shortest")
    }

    @Test("problems come back as they went in, in their order, also after reopening")
    func problems() throws {
        let path = scratch.path("a.db")
        let problems = [
            problem("1"), problem("2", level: 1), problem("3"), problem("4", level: nil),
        ]
        do {
            let store = try AssayStore(path: path)
            let report = try store.importProblems(
                problems, curriculum: "c", split: .train, source: source)
            #expect(report.added == 4 && report.duplicates == 0)
        }
        let store = try AssayStore(path: path)
        #expect(try store.levelSizes(curriculum: "c", split: .train) == [0: 3, 1: 1])
        #expect(
            try store.problem(curriculum: "c", split: .train, level: 0, ordinal: 1) == problem("3"))
        #expect(
            try store.problems(curriculum: "c", split: .train).map(\.id) == ["1", "3", "4", "2"])
        #expect(try store.problems(curriculum: "c", split: .train, level: 0, limit: 1).count == 1)
        #expect(throws: StoreError.self) {
            try store.problem(curriculum: "c", split: .train, level: 9, ordinal: 0)
        }
    }

    @Test("importing again adds nothing, and no problem stands in both splits")
    func duplicates() throws {
        let store = try AssayStore(path: scratch.path("a.db"))
        let first = [problem("1"), problem("2")]
        _ = try store.importProblems(first, curriculum: "c", split: .train, source: source)
        let again = try store.importProblems(
            first + [problem("3")], curriculum: "c", split: .train, source: source)
        #expect(again.added == 1 && again.duplicates == 2)
        let other = try store.importProblems(
            first, curriculum: "c", split: .heldOut, source: source)
        #expect(other.added == 0 && other.duplicates == 2)
        #expect(
            try store.problems(curriculum: "c", split: .train, level: 0).map(\.id)
                == ["1", "2", "3"])
    }

    @Test("ids of a source neither lose other problems nor open the wall")
    func identifiers() throws {
        let store = try AssayStore(path: scratch.path("a.db"))
        func add(_ id: String, _ prompt: String, _ split: Split) throws -> Int {
            try store.importProblems(
                [Problem(id: id, prompt: prompt, answer: "a")], curriculum: "c", split: split,
                source: source
            ).added
        }
        #expect(try add("0", "first", .train) == 1)
        #expect(try add("0", "second", .train) == 1)
        #expect(try add("7", "first", .heldOut) == 0)
        let ids = try store.problems(curriculum: "c", split: .train).map(\.id)
        #expect(ids.count == 2 && Set(ids).count == 2)
    }

    @Test("a step comes back whole; numbers that are none are left out")
    func step() throws {
        let store = try AssayStore(path: scratch.path("a.db"))
        let run = try store.beginRun(name: "main", recipe: "r", seed: .max, curriculum: "c")
        #expect(try store.beginRun(name: "main", recipe: "r2", seed: 1, curriculum: "c") == run)
        let change = StageChange(from: 0, to: 1, cause: "mastered")
        let rollouts = [rollout("1", outcome: 1), rollout("1", outcome: nil, index: 1)]
        try store.commitStep(
            StepRecord(
                run: run, step: 1, metrics: ["reward": 0.1 + 0.2, "bad": .nan, "worse": .infinity],
                schedule: "{}", stageChanges: [change], rollouts: rollouts))
        #expect(try store.metrics(run: run).map(\.metrics) == [["reward": 0.1 + 0.2]])
        #expect(try store.rollouts(run: run, step: 1) == rollouts)
        #expect(try store.stageChanges(run: run).map(\.change) == [change])
        #expect(try store.runs().map(\.recipe) == ["r2"])
        #expect(throws: StoreError.self) {
            try store.commitStep(StepRecord(run: run, step: 1, metrics: [:], schedule: "{}"))
        }
    }

    @Test("discarding later steps leaves what was there before them", arguments: [true, false])
    func discard(keepsRollouts: Bool) throws {
        let store = try AssayStore(path: scratch.path("a.db"))
        _ = try store.importProblems(
            [problem("1"), problem("2")], curriculum: "c", split: .train, source: source)
        let run = try store.beginRun(name: "main", recipe: "", seed: 1, curriculum: "c")
        func commit(_ step: Int, _ rollouts: [RolloutRecord]) throws {
            try store.commitStep(
                StepRecord(
                    run: run, step: step, metrics: [:], schedule: "{}", rollouts: rollouts,
                    keepsRollouts: keepsRollouts))
            try store.recordEvaluation(run: run, step: step, json: "{}")
        }
        try commit(1, [rollout("1", outcome: 0.1), rollout("2", outcome: 1, index: 1)])
        let before = try store.curricula()
        try commit(2, [rollout("1", outcome: 0.7), rollout("1", outcome: nil, index: 1)])
        #expect(try store.curricula() != before)
        let later = try store.history(id: "1")[0].difficulties
        #expect(later.map(\.lastStep) == [2])
        try store.discardSteps(run: run, after: 1)
        #expect(try store.curricula() == before)
        #expect(try store.metrics(run: run).map(\.step) == [1])
        #expect(try store.evaluations(run: run).map(\.step) == [1])
        #expect(try store.stepsWithRollouts(run: run) == (keepsRollouts ? [1] : []))
        try commit(2, [])
    }

    @Test("a completion with a NUL is stored whole, the NUL as its symbol")
    func zero() throws {
        let store = try AssayStore(path: scratch.path("a.db"))
        let run = try store.beginRun(name: "main", recipe: "", seed: 1, curriculum: "c")
        var sampled = rollout("1", outcome: 1)
        sampled.text = "a\u{0}b"
        try store.commitStep(
            StepRecord(run: run, step: 1, metrics: [:], schedule: "{}", rollouts: [sampled]))
        #expect(try store.rollouts(run: run, step: 1).map(\.text) == ["a\u{2400}b"])
    }

    @Test("files that are not ours are refused and left as they are")
    func foreign() throws {
        let text = scratch.path("text.db")
        try Data("not a database, but long enough to look like one".utf8).write(
            to: URL(fileURLWithPath: text))
        let other = scratch.path("other.db")
        try DatabaseQueue(path: other).write { try $0.execute(sql: "CREATE TABLE t (a)") }
        for path in [text, other] {
            let before = try Data(contentsOf: URL(fileURLWithPath: path))
            #expect {
                try AssayStore(path: path)
            } throws: { error in
                guard case .foreign? = error as? StoreError else { return false }
                return true
            }
            #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == before)
        }
    }

    @Test("a missing folder and a folder in the file's place are typed errors")
    func unreachable() {
        #expect(throws: StoreError.self) { try AssayStore(path: scratch.path("no/such/a.db")) }
        #expect(throws: StoreError.self) { try AssayStore(path: scratch.folder) }
    }

    @Test("a file of a newer version is refused")
    func newer() throws {
        let path = scratch.path("a.db")
        do { _ = try AssayStore(path: path) }
        try DatabaseQueue(path: path).write {
            try $0.execute(sql: "INSERT INTO grdb_migrations VALUES ('9 later')")
        }
        #expect {
            try AssayStore(path: path)
        } throws: { error in
            guard case .tooNew? = error as? StoreError else { return false }
            return true
        }
    }

    @Test("a writer elsewhere makes a commit wait and then fail as locked, with nothing stored")
    func locked() throws {
        let path = scratch.path("a.db")
        let store = try AssayStore(path: path, busySeconds: 0.2)
        let run = try store.beginRun(name: "main", recipe: "", seed: 1, curriculum: "c")
        let other = try DatabaseQueue(path: path)
        try other.inDatabase { db in
            try db.execute(sql: "BEGIN IMMEDIATE")
            #expect(throws: StoreError.locked(path: path)) {
                try store.commitStep(StepRecord(run: run, step: 1, metrics: [:], schedule: "{}"))
            }
            try db.execute(sql: "ROLLBACK")
        }
        #expect(try store.metrics(run: run).isEmpty)
    }
}

@Suite struct ScoringStoreTests {
    private let scratch: Scratch
    private let source = SourceInfo(name: "test", format: "scored", hash: "1")

    init() throws { scratch = try Scratch() }

    private func completion(
        _ line: Int, _ sample: Int, outcome: Double?, gold: String? = "4"
    ) -> ScoredCompletion {
        ScoredCompletion(
            input: 0, line: line, sample: sample, row: "r",
            problem: gold.map { Problem(id: "r", prompt: "p\(line)", answer: $0, level: line) },
            score: Score(
                reward: outcome, outcome: outcome, status: outcome == nil ? .timeout : .scored,
                components: [], reason: ""))
    }

    @Test("difficulty is one minus the pass rate, whatever was stored twice or not judged")
    func difficulty() throws {
        let store = try AssayStore(path: scratch.path("a.db"))
        let info = ScoringInfo(
            identity: "i", verifier: "v@1", configHash: "h", policy: "p", inputs: ["f"])
        let key = try store.beginScoring(info, keepsScores: false)
        let first = [
            completion(1, 0, outcome: 1), completion(1, 1, outcome: 0),
            completion(1, 2, outcome: nil), completion(2, 0, outcome: 0),
            completion(3, 0, outcome: 1, gold: nil),
        ]
        try store.commit(first, scoring: key, curriculum: "c", source: source)
        // As after a kill: the same lines once more.
        #expect(try store.beginScoring(info, keepsScores: true) == key)
        try store.commit(
            first + [completion(2, 1, outcome: 1)], scoring: key, curriculum: "c", source: source)
        try store.finishScoring(key, summary: .object(["n": .integer(6)]))
        let levels = try #require(try store.curricula().first).levels
        #expect(levels.map(\.level) == [1, 2])
        #expect(levels.map(\.count) == [1, 1])
        #expect(levels.map(\.attempts) == [2, 2])
        #expect(levels.map(\.successes) == [1, 1])
        let rows = try DatabaseQueue(path: scratch.path("a.db")).read {
            try Row.fetchAll($0, sql: "SELECT difficulty, policy FROM problem_difficulty")
        }
        #expect(rows.map { $0["difficulty"] } == [0.5, 0.5])
        // Scoring the same anew leaves nothing of before.
        _ = try store.beginScoring(info, keepsScores: false)
        #expect(try store.curricula()[0].levels.map(\.attempts) == [0, 0])
    }
}
