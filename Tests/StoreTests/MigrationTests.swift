import Curricula
import Foundation
import GRDB
import Rollouts
import Testing

@testable import Store

@Suite struct MigrationTests {
    private let scratch: Scratch

    init() throws { scratch = try Scratch() }

    /// A file as the program before schema 3 left it, with a run of two steps.
    private func older(_ name: String) throws -> String {
        let path = scratch.path(name)
        let queue = try DatabaseQueue(path: path)
        try Schema.migrator.migrate(queue, upTo: "2 scorings")
        try queue.write { db in
            try db.execute(
                sql: """
                    INSERT INTO sources (name, format, hash) VALUES ('s', 'plain', 'h');
                    INSERT INTO problems (curriculum, id, split, level, ordinal, prompt, answer, tags,
                      metadata, content, source) VALUES
                      ('c', 'a', 'train', 0, 0, 'What is 2 + 2?', '4', '[]', '{}', 'x', 1),
                      ('c', 'b', 'train', 0, 1, 'q', '4', '["t"]', '{}', 'y', 1);
                    INSERT INTO runs (name, recipe, seed) VALUES ('main', '', '1');
                    INSERT INTO steps VALUES (1, 1, '{}', '{}', '{"a":[4,1.0]}');
                    INSERT INTO steps VALUES (1, 101, '{}', '{"n":1}', '{"a":[4,4.0],"b":[2,0.0]}');
                    INSERT INTO difficulty VALUES (1, 'a', 8, 5.0), (1, 'b', 2, 0.0);
                    INSERT INTO rollouts VALUES
                      (7, 1, 1, 0, 0, 'a', 3, 'stop', 1, 1, 'scored', '[]', 0.5, 1, 'trained'),
                      (9, 1, 1, 0, 1, 'a', 2, 'length', NULL, NULL, 'scored', '[]', 0, 0, 'masked');
                    INSERT INTO rollout_texts VALUES (7, 'What is 2 + 2?', '4', 'it is 4'),
                      (9, 'What is 2 + 2?', '4', '');
                    INSERT INTO stage_changes VALUES (1, 101, 0, '{"cause":"x","from":0,"to":1}');
                    """)
        }
        return path
    }

    @Test("a file of the older schema opens with all that it held")
    func upgrade() throws {
        let path = try older("old.db")
        let store = try AssayStore(path: path)
        let history = try #require(try store.history(id: "a").first)
        let known = try #require(history.difficulties.first)
        #expect(known.policy == "main" && known.attempts == 8 && known.passRate == 0.625)
        // The first step is a half-life old.
        let recent = try #require(known.recentPassRate)
        #expect(abs(recent - 4.5 / 6) < 1e-12 && known.lastStep == 101)
        #expect(try store.curricula().first?.levels.first?.attempts == 10)
        var rows = TestRows(rows: [
            .problem(ProblemRow(problem: Problem(id: "n", prompt: "what is 2+2", answer: "4")))
        ])
        let report = try store.importRows(
            &rows, ImportSettings(curriculum: "c", split: .all(.heldOut)))
        #expect(report.nearDuplicates == 1 && report.acrossWall == 1)
        let queue = try DatabaseQueue(path: path)
        func text(_ sql: String) throws -> String? {
            try queue.read { try String.fetchOne($0, sql: sql) }
        }
        #expect(try text("PRAGMA user_version") == "\(Schema.version)")
        #expect(try text("SELECT cause FROM stage_history") == "x")
        #expect(try text("SELECT schedule FROM cursors") == "{\"n\":1}")
        #expect(try text("SELECT 1 FROM pragma_foreign_key_check") == nil)
        let rollouts = try store.rollouts(run: 1, step: 1)
        #expect(rollouts.map(\.text) == ["it is 4", ""])
        #expect(rollouts.map(\.fate) == ["trained", "masked"])
        #expect(rollouts.allSatisfy { $0.prompt == "What is 2 + 2?" && $0.answer == "4" })
        #expect(try text("SELECT text FROM rollout_texts WHERE rollout = 7") == "it is 4")
    }

    @Test("a migrated file has the tables of a new one")
    func same() throws {
        let (old, new) = (try older("old.db"), scratch.path("new.db"))
        _ = (try AssayStore(path: old), try AssayStore(path: new))
        let tables = try [old, new].map { path in
            try DatabaseQueue(path: path).read {
                try String.fetchAll($0, sql: "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL")
            }
        }
        #expect(tables[0] == tables[1])
    }

    @Test("migrations that have shipped stay what they were")
    func frozen() throws {
        for (name, hash) in [
            ("1 runs", "93ef8253d3ec8007"), ("2 scorings", "0b120c65e3c23cb9"),
            ("3 curricula", "2c0bd2e8702c010a"), ("4 rollouts", "31be0a454869a206"),
        ] {
            let queue = try DatabaseQueue()
            try Schema.migrator.migrate(queue, upTo: name)
            let tables = try queue.read {
                try String.fetchAll(
                    $0, sql: "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY name")
            }
            #expect(SHA256.hex(of: tables.joined(separator: "\n")).prefix(16) == hash, "\(name)")
        }
    }

    @Test("a file of a newer version is refused and left as it is, whichever way it tells")
    func newer() throws {
        let path = scratch.path("new.db")
        do { _ = try AssayStore(path: path) }
        try DatabaseQueue(path: path).write { try $0.execute(sql: "PRAGMA user_version = 99") }
        let before = try Data(contentsOf: URL(fileURLWithPath: path))
        let expected = StoreError.tooNew(path: path, version: 99)
        #expect(throws: expected) { try AssayStore(path: path) }
        #expect(throws: expected) { try AssayStore(reading: path) }
        #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == before)
    }

    @Test("reading writes nothing, and a store that may not be written refuses to be")
    func reading() throws {
        let path = scratch.path("a.db")
        do {
            _ = try AssayStore(path: path).importProblems(
                [Problem(id: "a", prompt: "p", answer: "1")], curriculum: "c", split: .train,
                source: SourceInfo(name: "s", format: "plain", hash: "h"))
        }
        let before = try Data(contentsOf: URL(fileURLWithPath: path))
        let store = try AssayStore(reading: path)
        #expect(try store.curriculumNames() == ["c"])
        #expect(throws: StoreError.self) {
            try store.beginRun(name: "r", recipe: "", seed: 1, curriculum: "c")
        }
        #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == before)
        #expect(throws: StoreError.self) { try AssayStore(reading: path + ".missing") }
    }
}
