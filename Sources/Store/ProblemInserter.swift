import GRDB
import Rollouts

/// Adds problems to one split of a curriculum within a transaction.
struct ProblemInserter {
    private let db: Database
    private let curriculum: String
    private let insertion: Statement
    private let isTaken: Statement
    private let known: Statement
    private let fixed: StatementArguments

    init(_ db: Database, curriculum: String, split: Split, _ source: SourceInfo) throws {
        self.db = db
        self.curriculum = curriculum
        try db.execute(
            sql: "INSERT INTO sources (name, format, hash, licence) VALUES (?, ?, ?, ?)"
                + " ON CONFLICT DO NOTHING",
            arguments: [source.name, source.format, source.hash, source.licence])
        let sourceID =
            try Int64.fetchOne(
                db, sql: "SELECT id FROM sources WHERE name = ? AND format = ? AND hash = ?",
                arguments: [source.name, source.format, source.hash]) ?? 0
        // The next place of a level is one behind its last; the unique index finds it at once.
        insertion = try db.cachedStatement(
            sql: """
                INSERT INTO problems
                  (curriculum, split, source, id, level, prompt, answer, tags, metadata, content,
                   ordinal)
                VALUES (:curriculum, :split, :source, :id, :level, :prompt, :answer, :tags,
                  :metadata, :content, (SELECT COALESCE(MAX(ordinal) + 1, 0) FROM problems
                  WHERE curriculum = :curriculum AND split = :split AND level = :level))
                ON CONFLICT (curriculum, content) DO NOTHING
                """)
        isTaken = try db.cachedStatement(
            sql: """
                SELECT EXISTS (SELECT 1 FROM problems
                WHERE curriculum = ? AND id = ? AND content <> ?)
                """)
        known = try db.cachedStatement(
            sql: "SELECT key FROM problems WHERE curriculum = ? AND content = ?")
        fixed = ["curriculum": curriculum, "split": split.rawValue, "source": sourceID]
    }

    /// Adds a problem; false where the curriculum has its prompt and answer already.
    func insert(_ problem: Problem) throws -> Bool {
        let content = Self.content(of: problem)
        let clash = try Bool.fetchOne(isTaken, arguments: [curriculum, problem.id, content])
        let arguments: StatementArguments = [
            "id": clash == true ? "\(problem.id)-\(content)" : problem.id,
            "level": problem.level ?? 0, "prompt": problem.prompt, "answer": problem.answer,
            "tags": JSONValue.array(problem.tags.map { .string($0) }).serialized(),
            "metadata": JSONValue.object(problem.metadata).serialized(), "content": content,
        ]
        try insertion.execute(arguments: fixed + arguments)
        return db.changesCount > 0
    }

    /// The key of a problem, which is added where the curriculum does not have it.
    func key(of problem: Problem) throws -> Int64? {
        let content = Self.content(of: problem)
        if let key = try Int64.fetchOne(known, arguments: [curriculum, content]) { return key }
        _ = try insert(problem)
        return try Int64.fetchOne(known, arguments: [curriculum, content])
    }

    private static func content(of problem: Problem) -> String {
        String(stableHash(problem.prompt + "\u{0}" + problem.answer), radix: 16)
    }
}
