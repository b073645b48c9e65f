import GRDB
import GRDBSQLite

/// A statement that is asked for one row many times.
///
/// Values come from SQLite as they are, without the copy of a row in between.
struct RowReader {
    private let statement: Statement

    init(_ db: Database, sql: String) throws { statement = try db.cachedStatement(sql: sql) }

    /// What `body` makes of the row that the values name; nil where there is none.
    ///
    /// - Parameter bind: binds the values, in the order of the statement's parameters.
    func first<Value>(
        _ bind: (inout ParameterBinder) -> Void, _ body: (RowReader) throws -> Value
    ) throws -> Value? {
        var binder = ParameterBinder(statement)
        bind(&binder)
        defer { sqlite3_reset(statement.sqliteStatement) }
        try binder.check()
        switch sqlite3_step(statement.sqliteStatement) {
        case SQLITE_ROW: return try body(self)
        case SQLITE_DONE: return nil
        case let code: throw DatabaseError(code, of: statement)
        }
    }

    /// A column of the row, from 0, as text; empty where it is NULL.
    func text(_ column: Int32) -> String {
        guard let bytes = sqlite3_column_text(statement.sqliteStatement, column) else { return "" }
        let count = Int(sqlite3_column_bytes(statement.sqliteStatement, column))
        return String(decoding: UnsafeBufferPointer(start: bytes, count: count), as: UTF8.self)
    }

    /// A column of the row, from 0, as a number; 0 where it is NULL.
    func double(_ column: Int32) -> Double {
        sqlite3_column_double(statement.sqliteStatement, column)
    }

    /// A column of the row, from 0, as an integer; 0 where it is NULL.
    func integer(_ column: Int32) -> Int {
        Int(sqlite3_column_int64(statement.sqliteStatement, column))
    }
}
