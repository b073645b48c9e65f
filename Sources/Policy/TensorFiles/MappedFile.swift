import Foundation

/// A file's bytes in memory's address range, read from the disk when they are touched.
final class MappedFile: @unchecked Sendable {
    /// All bytes; they stay while this object does.
    let bytes: UnsafeRawBufferPointer
    private let path: String
    private let descriptor: Int32

    /// Maps a regular file, or what a link to one leads to.
    ///
    /// - Throws: `PolicyError.file`.
    init(_ url: URL) throws(PolicyError) {
        path = url.path(percentEncoded: false)
        // Without O_NONBLOCK a pipe by this name would be waited for.
        descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw Self.failure(path) }
        do throws(PolicyError) {
            let size = try Self.size(descriptor, path)
            guard size > 0 else {
                bytes = UnsafeRawBufferPointer(start: nil, count: 0)
                return
            }
            let address = mmap(nil, size, PROT_READ, MAP_PRIVATE, descriptor, 0)
            guard let address, address != MAP_FAILED else { throw Self.failure(path) }
            bytes = UnsafeRawBufferPointer(start: address, count: size)
        } catch {
            close(descriptor)
            throw error
        }
    }

    deinit {
        if let start = bytes.baseAddress {
            munmap(UnsafeMutableRawPointer(mutating: start), bytes.count)
        }
        close(descriptor)
    }

    /// Checks that the file has not become shorter, where touching its end would end the process.
    ///
    /// - Throws: `PolicyError.file`.
    func checkSize() throws(PolicyError) {
        let size = try Self.size(descriptor, path)
        guard size >= bytes.count else {
            throw .file(path: path, reason: "was cut from \(bytes.count) to \(size) bytes")
        }
    }

    /// Gives back the memory of bytes that were read; touched again, they are read again.
    ///
    /// Else a process would seem to hold the whole file beside what it made of it.
    func release(_ range: Range<Int>) {
        let page = Int(sysconf(Int32(_SC_PAGESIZE)))
        let start = (range.lowerBound + page - 1) / page * page
        let end = range.upperBound / page * page
        guard end > start, let address = bytes.baseAddress else { return }
        madvise(UnsafeMutableRawPointer(mutating: address + start), end - start, MADV_DONTNEED)
    }

    private static func size(_ descriptor: Int32, _ path: String) throws(PolicyError) -> Int {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw failure(path) }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw .file(path: path, reason: "is no regular file")
        }
        return Int(status.st_size)
    }

    private static func failure(_ path: String) -> PolicyError {
        .file(path: path, reason: String(cString: strerror(errno)))
    }
}
