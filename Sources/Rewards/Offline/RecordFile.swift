public import Foundation

/// A file that appears whole or not at all: written beside its final name, renamed at the end.
public final class RecordFile: Sendable {
    /// Where it will stand.
    public let path: String
    /// Where it stands until then.
    public let temporaryPath: String
    /// Takes the bytes.
    public let handle: FileHandle

    /// Creates the temporary file beside `path`.
    ///
    /// - Throws: `RewardError.unwritable`.
    public init(path: String) throws(RewardError) {
        self.path = path
        temporaryPath = "\(path).partial-\(getpid())"
        let descriptor = open(temporaryPath, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else {
            throw .unwritable(path: path, reason: String(cString: strerror(errno)))
        }
        handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    }

    /// Makes the bytes durable and gives the file its name.
    public func finish() throws(RewardError) {
        do {
            try handle.synchronize()
            try handle.close()
        } catch {
            throw .unwritable(path: path, reason: error.localizedDescription)
        }
        guard rename(temporaryPath, path) == 0 else {
            throw .unwritable(path: path, reason: String(cString: strerror(errno)))
        }
    }

    /// Removes the temporary file; nothing of the run remains.
    public func discard() { unlink(temporaryPath) }
}
