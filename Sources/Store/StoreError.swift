import Foundation
import GRDB
public import Rollouts

/// What can go wrong with a SQLite file.
public enum StoreError: UserError, Equatable {
    /// The file cannot be opened or created.
    case unreadable(path: String, reason: String)
    /// The file is SQLite's, but of another program, or no SQLite at all.
    case foreign(path: String, reason: String)
    /// A newer Assay has written the file.
    case tooNew(path: String, version: Int)
    /// Another process holds the file.
    case locked(path: String)
    /// The disk is full.
    case diskFull(path: String)
    /// The file is damaged.
    case damaged(path: String, reason: String)
    /// There is no problem at a place of the curriculum.
    case noProblem(curriculum: String, split: String, level: Int, ordinal: Int)
    /// Anything else that SQLite says.
    case failed(path: String, reason: String)

    /// What happened.
    public var description: String {
        switch self {
        case .unreadable(let path, let reason): "\(path): cannot be opened: \(reason)"
        case .foreign(let path, let reason): "\(path): not a store of Assay: \(reason)"
        case .tooNew(let path, let version):
            "\(path): written by a newer version of Assay (schema \(version))"
        case .locked(let path): "\(path): another process holds the file, and went on holding it"
        case .diskFull(let path): "\(path): the disk is full; nothing of this was stored"
        case .damaged(let path, let reason): "\(path): damaged: \(reason)"
        case .noProblem(let curriculum, let split, let level, let ordinal):
            "curriculum \(curriculum) has no \(split) problem \(ordinal) on level \(level)"
        case .failed(let path, let reason): "\(path): \(reason)"
        }
    }

    /// What would mend it.
    public var remedy: String {
        switch self {
        case .unreadable: "Check the path, that its folder exists, and its permissions."
        case .foreign: "Name another file; this one is left as it is."
        case .tooNew: "Update Assay, or name another file."
        case .locked: "Wait for it, or end it if it hangs; then call again (or --resume)."
        case .diskFull: "Free some space, then call again (or --resume)."
        case .damaged: "Restore the file from a copy, or start a new one."
        case .noProblem: "Import more problems, or change the levels of the recipe."
        case .failed: "Check the disk and its free space, then call again (or --resume)."
        }
    }

    /// Trouble with the machine is failed work; the rest is input.
    public var fault: Fault {
        switch self {
        case .diskFull, .locked, .failed: .work
        case .unreadable, .foreign, .tooNew, .damaged, .noProblem: .input
        }
    }

    /// Whether the path is one that can be opened, so that it is the disk that refuses.
    private static func isAllowed(_ path: String) -> Bool {
        let folder = (path as NSString).deletingLastPathComponent
        guard access(folder.isEmpty ? "." : folder, R_OK | W_OK | X_OK) == 0 else { return false }
        return access(path, R_OK | W_OK) == 0 || errno != EACCES
    }

    /// The typed error for one of SQLite's.
    init(_ error: any Error, path: String) {
        if let known = error as? StoreError {
            self = known
            return
        }
        guard let error = error as? DatabaseError else {
            self = .failed(path: path, reason: "\(error)")
            return
        }
        let reason = error.message ?? "SQLite error \(error.resultCode.rawValue)"
        switch error.resultCode {
        case .SQLITE_CANTOPEN where Self.isAllowed(path),
            .SQLITE_READONLY where Self.isAllowed(path):
            self = .failed(path: path, reason: reason)
        case .SQLITE_CANTOPEN, .SQLITE_READONLY, .SQLITE_PERM:
            self = .unreadable(path: path, reason: reason)
        case .SQLITE_NOTADB: self = .foreign(path: path, reason: reason)
        case .SQLITE_BUSY, .SQLITE_LOCKED: self = .locked(path: path)
        case .SQLITE_FULL: self = .diskFull(path: path)
        case .SQLITE_IOERR where error.extendedResultCode == .SQLITE_IOERR_WRITE:
            self = .failed(path: path, reason: "it cannot be written: \(reason)")
        case .SQLITE_CORRUPT: self = .damaged(path: path, reason: reason)
        default: self = .failed(path: path, reason: reason)
        }
    }
}
