import GRDB
import GRDBSQLite

/// A statement that is run for many rows.
struct RowWriter {
    private let statement: Statement
    private var binder: ParameterBinder

    init(_ db: Database, sql: String) throws {
        statement = try db.cachedStatement(sql: sql)
        binder = ParameterBinder(statement)
    }

    /// Runs the statement with the values that `bind` gives it, in the order of its parameters.
    mutating func run(_ bind: (inout ParameterBinder) -> Void) throws {
        bind(&binder)
        try binder.check()
        let code = sqlite3_step(statement.sqliteStatement)
        let error = code == SQLITE_DONE ? nil : DatabaseError(code, of: statement)
        sqlite3_reset(statement.sqliteStatement)
        if let error { throw error }
    }
}
