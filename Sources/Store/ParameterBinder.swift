import GRDB
import GRDBSQLite

/// Gives a statement its values, one after the other.
///
/// They go to SQLite as they are: boxing them first cost as much as the insert itself.
struct ParameterBinder {
    private let statement: Statement
    private var place: Int32 = 0
    private var code: Int32 = SQLITE_OK

    init(_ statement: Statement) { self.statement = statement }

    /// The next value.
    mutating func bind(_ value: Int64) {
        place += 1
        note(sqlite3_bind_int64(statement.sqliteStatement, place, value))
    }

    /// The next value.
    mutating func bind(_ value: Int) { bind(Int64(value)) }

    /// The next value; nil is NULL, and so is what is no number.
    mutating func bind(_ value: Double?) {
        place += 1
        note(
            value.map { sqlite3_bind_double(statement.sqliteStatement, place, $0) }
                ?? sqlite3_bind_null(statement.sqliteStatement, place))
    }

    /// The next value.
    mutating func bind(_ value: String) {
        place += 1
        // SQLite copies the bytes while it is called.
        let copies = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
        note(
            value.withCString {
                sqlite3_bind_text64(
                    statement.sqliteStatement, place, $0, UInt64(value.utf8.count), copies,
                    UInt8(SQLITE_UTF8))
            })
    }

    /// The next value is that of the first parameter again.
    ///
    /// - Throws: `DatabaseError` where a value was refused.
    mutating func check() throws {
        defer {
            place = 0
            code = SQLITE_OK
        }
        if code != SQLITE_OK { throw DatabaseError(code, of: statement) }
    }

    private mutating func note(_ code: Int32) { if self.code == SQLITE_OK { self.code = code } }
}

extension DatabaseError {
    /// What SQLite says of a statement that failed.
    init(_ code: Int32, of statement: Statement) {
        self.init(
            resultCode: ResultCode(rawValue: code),
            message: String(cString: sqlite3_errmsg(sqlite3_db_handle(statement.sqliteStatement))))
    }
}
