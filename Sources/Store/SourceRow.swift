import GRDB

/// The row of a source, whose hash may be known only after its last row.
struct SourceRow {
    let id: Int64
    private let db: Database

    /// The row of a source that is known whole.
    init(_ db: Database, _ source: SourceInfo) throws {
        try db.execute(
            sql: "INSERT INTO sources (name, format, hash, licence) VALUES (?, ?, ?, ?)"
                + " ON CONFLICT DO NOTHING",
            arguments: [source.name, source.format, source.hash, source.licence])
        id = try Self.key(db, source) ?? 0
        self.db = db
    }

    /// A row that gets its name by `finish`.
    init(unfinished db: Database) throws {
        try db.execute(
            sql: "INSERT INTO sources (name, format, hash) VALUES ('', '', 'unfinished')")
        id = db.lastInsertedRowID
        self.db = db
    }

    /// Names the source; one that was imported before takes over what this import added.
    func finish(_ source: SourceInfo) throws {
        guard let earlier = try Self.key(db, source) else {
            try db.execute(
                sql: "UPDATE sources SET name = ?, format = ?, hash = ?, licence = ? WHERE id = ?",
                arguments: [source.name, source.format, source.hash, source.licence, id])
            return
        }
        let move: StatementArguments = [earlier, id]
        try db.execute(sql: "UPDATE problems SET source = ? WHERE source = ?", arguments: move)
        // The same rates once more, not twice as many.
        try db.execute(
            sql: "UPDATE OR REPLACE reported_difficulty SET source = ? WHERE source = ?",
            arguments: move)
        try db.execute(sql: "DELETE FROM sources WHERE id = ?", arguments: [id])
        try db.execute(
            sql: "UPDATE sources SET licence = COALESCE(?, licence) WHERE id = ?",
            arguments: [source.licence, earlier])
    }

    private static func key(_ db: Database, _ source: SourceInfo) throws -> Int64? {
        try Int64.fetchOne(
            db, sql: "SELECT id FROM sources WHERE name = ? AND format = ? AND hash = ?",
            arguments: [source.name, source.format, source.hash])
    }
}
