import Foundation

/// Writing so that a reader, or a restart after a crash, sees the old content or the new, never a
/// part: temporary file, fsync, rename, fsync of the folder.
enum AtomicFile {
    /// How names end that stand for nothing yet, or for nothing any more.
    static let temporary = ".tmp"
    /// How the name of a folder ends whose successor is about to take its place.
    static let replaced = ".old"

    /// Replaces the file at `path`.
    static func write(_ data: Data, to path: String) throws(TrainingError) {
        let temporary = path + Self.temporary
        do throws(TrainingError) {
            try writeDurably(data, to: temporary)
            guard rename(temporary, path) == 0 else { throw failure(path, "rename") }
        } catch {
            unlink(temporary)
            throw error
        }
        try synchronizeFolder(of: path)
    }

    /// Makes a folder and those above it that are missing, so that the disk has them.
    static func createFolder(_ path: String) throws(TrainingError) {
        guard !FileManager.default.fileExists(atPath: path) else { return }
        let parent = (path as NSString).deletingLastPathComponent
        if !parent.isEmpty { try createFolder(parent) }
        guard mkdir(path, 0o755) == 0 || errno == EEXIST else { throw failure(path, "mkdir") }
        try synchronizeFolder(of: path)
    }

    /// Adds to the end of a file that is there.
    static func append(_ data: Data, to path: String) throws(TrainingError) {
        guard let handle = FileHandle(forWritingAtPath: path) else {
            throw .file(path: path, problem: "cannot be opened")
        }
        defer { try? handle.close() }
        do {
            try handle.seekToEnd()
            try handle.write(contentsOf: data)
        } catch {
            throw .file(path: path, problem: "\(error.localizedDescription)")
        }
    }

    /// Writes a file and waits until the disk has it.
    static func writeDurably(_ data: Data, to path: String) throws(TrainingError) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw failure(path, "open") }
        defer { close(descriptor) }
        let isWritten = data.withUnsafeBytes { bytes -> Bool in
            var done = 0
            while done < bytes.count {
                let count = Foundation.write(
                    descriptor, bytes.baseAddress?.advanced(by: done), bytes.count - done)
                if count < 0 && errno == EINTR { continue }
                if count <= 0 { return false }
                done += count
            }
            return true
        }
        guard isWritten else { throw failure(path, "write") }
        guard fsync(descriptor) == 0 else { throw failure(path, "fsync") }
    }

    /// Makes renames in the folder of `path` durable.
    static func synchronizeFolder(of path: String) throws(TrainingError) {
        let folder = (path as NSString).deletingLastPathComponent
        let descriptor = open(folder.isEmpty ? "." : folder, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure(folder, "open") }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw failure(folder, "fsync") }
    }

    /// Renames a finished temporary folder into place.
    ///
    /// A folder that has the place steps aside first and goes last, so that at every moment one of the two is
    /// whole; `putBack` undoes the first half.
    static func moveFolder(_ temporary: String, to path: String) throws(TrainingError) {
        try synchronizeFolder(of: temporary + "/.")
        let old = path + replaced
        let isReplacing = FileManager.default.fileExists(atPath: path)
        if isReplacing {
            guard rename(path, old) == 0 else { throw failure(path, "rename") }
        }
        guard rename(temporary, path) == 0 else {
            let error = failure(path, "rename")
            if isReplacing { rename(old, path) }
            throw error
        }
        try synchronizeFolder(of: path)
        if isReplacing { try? FileManager.default.removeItem(atPath: old) }
    }

    /// Gives a folder that stepped aside its place again, unless its successor has it.
    static func putBack(_ path: String) throws(TrainingError) {
        let old = path + replaced
        if FileManager.default.fileExists(atPath: path) {
            try? FileManager.default.removeItem(atPath: old)
        } else {
            guard rename(old, path) == 0 else { throw failure(path, "rename") }
            try synchronizeFolder(of: path)
        }
    }

    /// Removes a folder: it loses its name before its first file, so that no half of it is taken for it.
    static func discardFolder(_ path: String) {
        guard rename(path, path + temporary) == 0 else { return }
        try? FileManager.default.removeItem(atPath: path + temporary)
    }

    /// Why the last call of the system failed.
    static var reason: String { String(cString: strerror(errno)) }

    private static func failure(_ path: String, _ call: String) -> TrainingError {
        .file(path: path, problem: "\(call) failed: \(reason)")
    }
}
