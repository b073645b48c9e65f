import Foundation
import GRDB
import Rollouts
import Testing

@testable import Store

/// Files as a process leaves them that ended at any moment.
@Suite struct CutShortTests {
    private let scratch: Scratch

    init() throws { scratch = try Scratch() }

    @Test("a log that ends anywhere holds the steps before that place, whole", arguments: 0...12)
    func cutLog(twelfths: Int) throws {
        let path = scratch.path("whole.db")
        let store = try AssayStore(path: path)
        let run = try store.beginRun(name: "main", recipe: "", seed: 1, curriculum: "c")
        for step in 1...6 {
            try store.commitStep(
                StepRecord(
                    run: run, step: step, metrics: ["reward": Double(step)], schedule: "{}",
                    rollouts: (0..<3).map { rollout("\(step)", outcome: 1, index: $0) }))
        }
        let log = try Data(contentsOf: URL(fileURLWithPath: path + "-wal"))
        let copy = scratch.path("cut.db")
        try FileManager.default.copyItem(atPath: path, toPath: copy)
        try log.prefix(log.count * twelfths / 12).write(to: URL(fileURLWithPath: copy + "-wal"))
        let found = try AssayStore(path: copy)
        let id = try found.beginRun(name: "main", recipe: "", seed: 1, curriculum: "c")
        let last = try found.lastStep(run: id)
        #expect(try found.metrics(run: id).map(\.step) == Array(1..<last + 1))
        for step in 1..<last + 1 { #expect(try found.rollouts(run: id, step: step).count == 3) }
        if twelfths == 12 { #expect(last == 6) }
    }

    @Test("a file whose making was cut short after the first of its tables is made whole")
    func halfMade() throws {
        let path = scratch.path("half.db")
        let queue = try DatabaseQueue(path: path)
        // What stands between claiming the file and the first migration.
        try queue.write { db in
            #expect(try Schema.isUnclaimed(db))
            try Schema.claim(db)
            try db.execute(
                sql: "CREATE TABLE grdb_migrations (identifier TEXT NOT NULL PRIMARY KEY)")
        }
        try queue.close()
        let store = try AssayStore(path: path)
        #expect(try store.runs().isEmpty)
    }

    @Test("parts of a reward are written as any JSON is, and read as they were")
    func components() throws {
        let names = ["math", "a \"b\"", "tab\t", "é", "\u{7F}\\", ""]
        let parts = names.enumerated().map { place, name in
            ComponentScore(
                name: name, value: place == 2 ? nil : Double(place) / 3, weight: 0.5,
                status: place % 2 == 0 ? .scored : .infrastructureError,
                reason: place % 2 == 0 ? "" : name)
        }
        var writer = ComponentWriter()
        for parts in [parts, [], parts.reversed(), [parts[4]], parts] {
            let json = writer.json(parts)
            #expect(try JSONValue.parse(Data(json.utf8)).serialized() == json)
            #expect(try ComponentCoding.components(json) == parts)
        }
    }

    @Test("a store is read where nobody may write, and nothing is left beside it")
    func readOnly() throws {
        let folder = scratch.path("locked; 100%?#")
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true)
        let path = folder + "/a.db"
        do {
            _ = try AssayStore(path: path).importProblems(
                [Problem(id: "a", prompt: "p", answer: "1")], curriculum: "c", split: .train,
                source: SourceInfo(name: "s", format: "plain", hash: "h"))
        }
        let store = try AssayStore(reading: path, mayWrite: false)
        #expect(try store.curriculumNames() == ["c"])
        #expect(throws: StoreError.self) {
            try store.beginRun(name: "r", recipe: "", seed: 1, curriculum: "c")
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["a.db"])
    }

    @Test("synchronizing works with a log and without one")
    func synchronize() throws {
        let store = try AssayStore(path: scratch.path("a.db"))
        try store.synchronize()
        _ = try store.beginRun(name: "main", recipe: "", seed: 1, curriculum: "c")
        try store.synchronize()
        #expect(store.elapsedInside.wall > 0)
    }

    private func rollout(_ problem: String, outcome: Double, index: Int) -> RolloutRecord {
        RolloutRecord(
            group: 0, index: index, problem: problem, prompt: "p", answer: "a",
            text: String(repeating: "text ", count: 300), tokenCount: 3, stopReason: .stop,
            reward: 1, outcome: outcome, status: .scored, components: [], advantage: 0,
            isTrained: true, fate: "trained")
    }
}
