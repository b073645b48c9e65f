import Foundation
import GRDB
import Synchronization

/// One SQLite file: problems, runs, steps, rollouts, evaluations.
///
/// People may query it; the tables
/// are described in `docs/store.md`.
///
/// Readers go on while a step is written. Every public call is one transaction.
public final class AssayStore: Sendable {
    /// The file.
    public let path: String
    private let database: any DatabaseWriter
    private let inside = Mutex(Elapsed())

    /// What calls have taken so far, waiting for other processes included.
    public var elapsedInside: Elapsed { inside.withLock { $0 } }

    /// Seconds for which a call waits for another process: a large import is one transaction of a minute
    /// or more.
    public static let patience = 300.0

    /// Opens a store, or creates one where there is no file, and brings its tables up to date.
    ///
    /// - Parameter busySeconds: how long a call waits for another process that writes.
    /// - Throws: `StoreError`; a file of another program, or of a newer Assay, is left untouched.
    public convenience init(
        path: String, busySeconds: Double = patience
    ) throws(StoreError) {
        try self.init(path: path, busySeconds: busySeconds, maximumPages: nil)
    }

    /// A store whose file may not grow beyond some pages, as if the disk were full.
    ///
    /// - Throws: `StoreError`.
    package init(path: String, busySeconds: Double = patience, maximumPages: Int?)
        throws(StoreError)
    {
        self.path = path
        var configuration = Self.configuration(busySeconds)
        try Self.refuseFolder(path)
        do {
            if FileManager.default.fileExists(atPath: path) {
                // A plain read-only look first: opening a pool would already turn WAL on.
                do {
                    try Self.look(path, configuration).read { db in
                        try Schema.checkOwner(db, path: path)
                    }
                } catch let error as DatabaseError
                    where error.extendedResultCode == .SQLITE_READONLY_ROLLBACK
                {
                    // A writer ended amid a transaction: whoever opens the file next takes it back.
                    try DatabaseQueue(path: path, configuration: configuration).read { db in
                        try Schema.checkOwner(db, path: path)
                    }
                }
            }
            configuration.prepareDatabase { db in
                try db.execute(sql: "PRAGMA synchronous = NORMAL")
                if let maximumPages {
                    try db.execute(sql: "PRAGMA max_page_count = \(maximumPages)")
                }
            }
            let pool = try DatabasePool(path: path, configuration: configuration)
            database = pool
            if try pool.read(Schema.migrator.hasBeenSuperseded) {
                let names = try pool.read(Schema.migrator.appliedIdentifiers)
                throw StoreError.tooNew(path: path, version: names.count)
            }
            // Before the first table, so that a file whose making was cut short is known as ours.
            if try pool.read(Schema.isUnclaimed) { try pool.write(Schema.claim) }
            try Schema.migrator.migrate(pool)
        } catch {
            throw StoreError(error, path: path)
        }
    }

    /// Opens a store that must exist, to read: where its tables are those of today, nothing of it is
    /// written, so that it may stand where nobody may write.
    ///
    /// - Throws: `StoreError`.
    public convenience init(reading path: String) throws(StoreError) {
        try self.init(reading: path, mayWrite: Self.mayWrite(path))
    }

    /// The same, told whether files may be put beside it.
    ///
    /// - Throws: `StoreError`.
    convenience init(reading path: String, mayWrite: Bool) throws(StoreError) {
        guard FileManager.default.fileExists(atPath: path) else {
            throw .unreadable(path: path, reason: "there is no such file")
        }
        try Self.refuseFolder(path)
        let configuration = Self.configuration(Self.patience)
        let isCurrent: Bool
        let queue: DatabaseQueue
        do {
            queue = try Self.look(path, configuration, mayWrite: mayWrite)
            isCurrent = try queue.read { db in
                try Schema.checkOwner(db, path: path)
                return try Schema.migrator.hasCompletedMigrations(db)
            }
        } catch {
            throw StoreError(error, path: path)
        }
        if isCurrent {
            self.init(path: path, database: queue)
        } else {
            try self.init(path: path)
        }
    }

    private init(path: String, database: any DatabaseWriter) {
        self.path = path
        self.database = database
    }

    private static func configuration(_ busySeconds: Double) -> Configuration {
        var configuration = Configuration()
        configuration.busyMode = .timeout(busySeconds)
        configuration.foreignKeysEnabled = true
        configuration.label = "assay"
        return configuration
    }

    private static func refuseFolder(_ path: String) throws(StoreError) {
        var isFolder: ObjCBool = false
        if FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue
        {
            throw .unreadable(path: path, reason: "it is a folder")
        }
    }

    private static func look(
        _ path: String, _ configuration: Configuration, mayWrite: Bool = true
    ) throws -> DatabaseQueue {
        var readOnly = configuration
        readOnly.readonly = true
        return try DatabaseQueue(
            path: mayWrite || hasLog(path) ? path : settledName(path), configuration: readOnly)
    }

    private static func mayWrite(_ path: String) -> Bool {
        let folder = (path as NSString).deletingLastPathComponent
        let places: [String] = [path, folder.isEmpty ? "." : folder]
        return places.allSatisfy { faccessat(AT_FDCWD, $0, W_OK, AT_EACCESS) == 0 }
    }

    private static func hasLog(_ path: String) -> Bool {
        var log = stat()
        return stat(path + "-wal", &log) == 0 && log.st_size > 0
    }

    /// A URI that tells SQLite that the file is all there is: it would put others beside it even to read.
    private static func settledName(_ path: String) -> String {
        let escaped = path.addingPercentEncoding(
            withAllowedCharacters: .urlPathAllowed.subtracting(CharacterSet(charactersIn: ";")))
        return "file:\(escaped ?? path)?immutable=1"
    }

    /// Waits until the disk has every transaction so far.
    ///
    /// Commits alone are safe from the end of the process, not from that of the machine's power, which may
    /// take the last ones.
    public func synchronize() throws(StoreError) {
        let folder = (path as NSString).deletingLastPathComponent
        // Connections sync the file itself before they take a page out of the log.
        for name in [path + "-wal", folder.isEmpty ? "." : folder] {
            let descriptor = open(name, O_RDONLY | O_CLOEXEC)
            if descriptor < 0, errno == ENOENT { continue }
            defer { close(descriptor) }
            guard descriptor >= 0, fsync(descriptor) == 0 else {
                throw .failed(
                    path: name, reason: "fsync failed: \(String(cString: strerror(errno)))")
            }
        }
    }

    /// A consistent view for reading.
    func read<Value>(_ body: (Database) throws -> Value) throws(StoreError) -> Value {
        let begin = Elapsed.now
        defer { count(since: begin) }
        do {
            return try database.read(body)
        } catch {
            throw StoreError(error, path: path)
        }
    }

    /// A transaction: all of it is stored, or none.
    func write<Value>(_ body: (Database) throws -> Value) throws(StoreError) -> Value {
        let begin = Elapsed.now
        defer { count(since: begin) }
        do {
            return try database.write(body)
        } catch {
            throw StoreError(error, path: path)
        }
    }

    private func count(since begin: Elapsed) {
        let taken = Elapsed.now - begin
        inside.withLock { $0 = $0 + taken }
    }

    /// A transaction that is kept or taken back as `body` says; errors that are not SQLite's pass.
    func writeOrUndo<Value>(
        _ body: (Database) throws -> (Value, isKept: Bool)
    ) throws -> Value {
        do {
            return try database.writeWithoutTransaction { db in
                var result: Value?
                try db.inTransaction(.immediate) {
                    let (value, isKept) = try body(db)
                    result = value
                    return isKept ? .commit : .rollback
                }
                guard let result else { throw StoreError.failed(path: path, reason: "no result") }
                return result
            }
        } catch let error as DatabaseError {
            throw StoreError(error, path: path)
        }
    }
}
