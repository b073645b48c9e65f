import Foundation

/// A file that appears under its name whole or not at all: written beside it, then renamed.
struct OutputFile: ~Copyable {
    private let path: String
    private let descriptor: Int32
    private var isFinished = false

    private var temporary: String { path + ".tmp" }

    init(_ url: URL) throws(PolicyError) {
        path = url.path(percentEncoded: false)
        descriptor = open(path + ".tmp", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw Self.failure(path) }
    }

    deinit {
        close(descriptor)
        if !isFinished { unlink(temporary) }
    }

    func write(_ bytes: UnsafeRawBufferPointer) throws(PolicyError) {
        var done = 0
        while done < bytes.count {
            let count = Foundation.write(
                descriptor, bytes.baseAddress?.advanced(by: done), bytes.count - done)
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw Self.failure(path) }
            done += count
        }
    }

    /// Gives the file its name.
    ///
    /// - Parameter durably: whether to wait until the disk has it.
    mutating func finish(durably: Bool) throws(PolicyError) {
        guard !durably || fsync(descriptor) == 0 else { throw Self.failure(path) }
        guard rename(temporary, path) == 0 else { throw Self.failure(path) }
        isFinished = true
        if durably { try Self.synchronize(folderOf: path) }
    }

    /// Makes a new name in a folder durable.
    private static func synchronize(folderOf path: String) throws(PolicyError) {
        let folder = URL(filePath: path).deletingLastPathComponent().path(percentEncoded: false)
        let descriptor = open(folder, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure(folder) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw failure(folder) }
    }

    private static func failure(_ path: String) -> PolicyError {
        .file(path: path, reason: String(cString: strerror(errno)))
    }
}
