public import Foundation

/// A file that appears whole or not at all: written beside its final name, renamed at the end.
public final class RecordFile: Sendable {
    /// Where it will stand.
    public let path: String
    /// Where it stands until then; nil where the path is a pipe or device, which is written as is.
    public let temporaryPath: String?
    /// Takes the bytes.
    public let handle: FileHandle

    /// Creates the temporary file beside `path`.
    ///
    /// - Throws: `RewardError.unwritable`.
    public init(path: String) throws(RewardError) {
        self.path = path
        var status = stat()
        let kind = stat(path, &status) == 0 ? status.st_mode & S_IFMT : S_IFREG
        guard kind != S_IFDIR else { throw .unwritable(path: path, reason: "it is a folder") }
        let temporary = kind == S_IFREG ? "\(path).partial-\(getpid())" : nil
        temporaryPath = temporary
        let flags = O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC
        let descriptor = open(temporary ?? path, flags, 0o644)
        guard descriptor >= 0 else {
            throw .unwritable(path: path, reason: String(cString: strerror(errno)))
        }
        handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    }

    /// Makes the bytes durable and gives the file its name.
    public func finish() throws(RewardError) {
        do {
            if temporaryPath != nil { try handle.synchronize() }
            try handle.close()
        } catch {
            throw .unwritable(path: path, reason: error.localizedDescription)
        }
        guard let temporaryPath else { return }
        guard rename(temporaryPath, path) == 0 else {
            throw .unwritable(path: path, reason: String(cString: strerror(errno)))
        }
    }

    /// Removes the temporary file; nothing of the run remains.
    public func discard() {
        if let temporaryPath { unlink(temporaryPath) }
    }
}
