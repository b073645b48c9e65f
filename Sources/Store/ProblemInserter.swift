import Curricula
import GRDB
import Rollouts

/// Adds problems to a curriculum within a transaction, and knows the ones that it has.
struct ProblemInserter {
    /// A problem that the curriculum has.
    struct Known {
        var key: Int64
        var id: String
        var split: Split
    }

    private let db: Database
    private let curriculum: String
    private let source: Int64
    private let insertion: Statement
    private let isTaken: Statement
    private let twins: Statement
    private let places: Statement
    /// The next place of each level; nobody else writes within the transaction.
    private var ordinals: [Place: Int] = [:]

    private struct Place: Hashable {
        var split: Split
        var level: Int
    }

    init(_ db: Database, curriculum: String, source: Int64) throws {
        self.db = db
        self.curriculum = curriculum
        self.source = source
        insertion = try db.cachedStatement(
            sql: """
                INSERT INTO problems (curriculum, split, source, id, level, ordinal, prompt, answer,
                  tags, metadata, content, prompt_key, answer_key)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """)
        isTaken = try db.cachedStatement(
            sql: "SELECT EXISTS (SELECT 1 FROM problems WHERE curriculum = ? AND id = ?)")
        twins = try db.cachedStatement(
            sql: """
                SELECT key, id, split FROM problems
                WHERE curriculum = ? AND content = ? AND prompt = ? AND answer = ?
                """)
        places = try db.cachedStatement(
            sql: """
                SELECT COALESCE(MAX(ordinal) + 1, 0) FROM problems
                WHERE curriculum = ? AND split = ? AND level = ?
                """)
    }

    /// The problem with the same prompt and answer.
    func twin(of problem: Problem, _ key: ContentKey) throws -> Known? {
        try GRDB.Row.fetchOne(
            twins,
            arguments: [curriculum, Self.text(key.content), problem.prompt, problem.answer]
        ).map(Self.known)
    }

    static func known(_ row: GRDB.Row) -> Known {
        Known(
            key: row["key"], id: row["id"], split: Split(rawValue: row["split"]) ?? .train)
    }

    /// Adds a problem at the end of its level.
    ///
    /// - Parameter isCopy: whether one of the same content stands there already.
    /// - Returns: its key and the id that it got.
    mutating func insert(
        _ problem: Problem, _ key: ContentKey, split: Split, isCopy: Bool = false
    ) throws -> Known {
        let place = Place(split: split, level: problem.level ?? 0)
        let ordinal =
            try ordinals[place] ?? Int.fetchOne(
                places, arguments: [curriculum, split.rawValue, place.level]) ?? 0
        var content = Self.text(key.content)
        // Also where another text has the same hash.
        if try isCopy || isContentTaken(content) { content += "-\(try nextKey())" }
        let id = try freeID(problem.id, content)
        try insertion.execute(arguments: [
            curriculum, split.rawValue, source, id, place.level, ordinal, problem.prompt,
            problem.answer, JSONValue.array(problem.tags.map { .string($0) }).serialized(),
            JSONValue.object(problem.metadata).serialized(), content,
            Int64(bitPattern: key.prompt), Int64(bitPattern: key.answer),
        ])
        ordinals[place] = ordinal + 1
        return Known(key: db.lastInsertedRowID, id: id, split: split)
    }

    /// The key of a problem, which is added for training where the curriculum does not have it.
    mutating func key(of problem: Problem) throws -> Int64 {
        let key = ContentKey(problem)
        if let twin = try twin(of: problem, key) { return twin.key }
        return try insert(problem, key, split: .train).key
    }

    private func isContentTaken(_ content: String) throws -> Bool {
        try Bool.fetchOne(
            db.cachedStatement(
                sql: "SELECT EXISTS (SELECT 1 FROM problems WHERE curriculum = ? AND content = ?)"),
            arguments: [curriculum, content]) ?? false
    }

    private func nextKey() throws -> Int64 {
        try Int64.fetchOne(
            db.cachedStatement(sql: "SELECT COALESCE(MAX(key), 0) + 1 FROM problems")) ?? 1
    }

    private func freeID(_ id: String, _ content: String) throws -> String {
        var candidate = id
        var number: Int64 = 0
        while try Bool.fetchOne(isTaken, arguments: [curriculum, candidate]) == true {
            switch number {
            case 0: candidate = "\(id)-\(content)"
            case 1: candidate = "\(id)-\(content)-\(try nextKey())"
            default: candidate += "-\(number)"
            }
            number += 1
        }
        return candidate
    }

    static func text(_ content: UInt64) -> String { String(content, radix: 16) }
}
