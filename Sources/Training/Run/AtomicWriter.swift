import Foundation

/// A file that is written piece by piece and takes its place when it is whole: long ones need not be in
/// memory at once.
final class AtomicWriter {
    private let path: String
    private let temporary: String
    private var handle: FileHandle?
    private var buffer = Data()
    private static let room = 1 << 20

    init(_ path: String) throws(TrainingError) {
        self.path = path
        temporary = path + AtomicFile.temporary
        guard FileManager.default.createFile(atPath: temporary, contents: nil),
            let handle = FileHandle(forWritingAtPath: temporary)
        else { throw .file(path: path, problem: "cannot be written: \(AtomicFile.reason)") }
        self.handle = handle
    }

    deinit {
        guard handle != nil else { return }
        try? handle?.close()
        unlink(temporary)
    }

    func write(_ bytes: some Sequence<UInt8>) throws(TrainingError) {
        buffer.append(contentsOf: bytes)
        if buffer.count >= Self.room { try flush() }
    }

    /// Puts the file in its place, once the disk has it.
    func commit() throws(TrainingError) {
        try flush()
        do {
            try handle?.synchronize()
            try handle?.close()
        } catch {
            throw .file(path: path, problem: error.localizedDescription)
        }
        handle = nil
        guard rename(temporary, path) == 0 else {
            let reason = AtomicFile.reason
            unlink(temporary)
            throw .file(path: path, problem: "rename failed: \(reason)")
        }
        try AtomicFile.synchronizeFolder(of: path)
    }

    private func flush() throws(TrainingError) {
        do {
            try handle?.write(contentsOf: buffer)
        } catch {
            throw .file(path: path, problem: error.localizedDescription)
        }
        buffer.removeAll(keepingCapacity: true)
    }
}
