import Foundation

/// Writing so that a reader, or a restart after a crash, sees the old content or the new, never a
/// part: temporary file, fsync, rename, fsync of the folder.
enum AtomicFile {
    /// Replaces the file at `path`.
    static func write(_ data: Data, to path: String) throws(TrainingError) {
        let temporary = path + ".tmp"
        try writeDurably(data, to: temporary)
        guard rename(temporary, path) == 0 else {
            throw failure(path, "rename")
        }
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
    static func moveFolder(_ temporary: String, to path: String) throws(TrainingError) {
        try synchronizeFolder(of: temporary + "/.")
        guard rename(temporary, path) == 0 else { throw failure(path, "rename") }
        try synchronizeFolder(of: path)
    }

    private static func failure(_ path: String, _ call: String) -> TrainingError {
        .file(path: path, problem: "\(call) failed: \(String(cString: strerror(errno)))")
    }
}
