import Foundation
import GRDB

/// One SQLite file: problems, runs, steps, rollouts, evaluations.
///
/// People may query it; the tables
/// are described in `docs/store.md`.
///
/// Readers go on while a step is written. Every public call is one transaction.
public final class AssayStore: Sendable {
    /// The file.
    public let path: String
    private let pool: DatabasePool

    /// Opens a store, or creates one where there is no file, and brings its tables up to date.
    ///
    /// - Parameter busySeconds: how long a call waits for another process that writes.
    /// - Throws: `StoreError`; a file of another program is left untouched.
    public init(path: String, busySeconds: Double = 5) throws(StoreError) {
        self.path = path
        var configuration = Configuration()
        configuration.busyMode = .timeout(busySeconds)
        configuration.foreignKeysEnabled = true
        configuration.label = "assay"
        do {
            if FileManager.default.fileExists(atPath: path) {
                // A plain read-only look first: opening a pool would already turn WAL on.
                var readOnly = configuration
                readOnly.readonly = true
                try DatabaseQueue(path: path, configuration: readOnly).read { db in
                    try Schema.checkOwner(db, path: path)
                }
            }
            configuration.prepareDatabase { db in
                try db.execute(sql: "PRAGMA synchronous = NORMAL")
            }
            pool = try DatabasePool(path: path, configuration: configuration)
            if try pool.read(Schema.migrator.hasBeenSuperseded) {
                let names = try pool.read(Schema.migrator.appliedIdentifiers)
                throw StoreError.tooNew(path: path, version: names.count)
            }
            try Schema.migrator.migrate(pool)
        } catch {
            throw StoreError(error, path: path)
        }
    }

    /// A consistent view for reading.
    func read<Value>(_ body: (Database) throws -> Value) throws(StoreError) -> Value {
        do {
            return try pool.read(body)
        } catch {
            throw StoreError(error, path: path)
        }
    }

    /// A transaction: all of it is stored, or none.
    func write<Value>(_ body: (Database) throws -> Value) throws(StoreError) -> Value {
        do {
            return try pool.write(body)
        } catch {
            throw StoreError(error, path: path)
        }
    }
}
