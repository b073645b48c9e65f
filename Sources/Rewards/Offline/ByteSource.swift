import CZlib
import CZstd
import Foundation

/// Bytes of a file or pipe in order; gzip and Zstandard are recognised by their first bytes and
/// undone.
///
/// Not a value that two may read at once.
final class ByteSource {
    private enum Form {
        case unknown
        case plain
        /// In a place of its own: zlib remembers where its stream stands.
        case gzip(UnsafeMutablePointer<z_stream>)
        case zstd(OpaquePointer)
    }

    private let handle: FileHandle
    private var form = Form.unknown
    /// Compressed bytes that wait, and how many of them are used.
    private var waiting: [UInt8] = []
    private var used = 0
    /// Compressed bytes before `waiting`.
    private var offset = 0
    private var atEnd = false
    /// Whether a compressed stream has begun and not ended.
    private var isInside = false

    /// A source of what `handle` reads.
    init(_ handle: FileHandle) { self.handle = handle }

    deinit {
        switch form {
        case .gzip(let stream):
            inflateEnd(stream)
            stream.deallocate()
        case .zstd(let stream): ZSTD_freeDStream(stream)
        case .unknown, .plain: break
        }
    }

    /// Up to `count` bytes, empty at the end.
    ///
    /// - Throws: `Fault` for bytes that are damaged or end too early, and what reading throws.
    func read(_ count: Int) throws -> [UInt8] {
        if case .unknown = form { try recognise() }
        switch form {
        case .unknown, .plain:
            if used < waiting.count {
                let rest = Array(waiting[used...])
                used = waiting.count
                return rest
            }
            return try next(count)
        case .gzip(let stream): return try inflated(stream, count)
        case .zstd(let stream): return try decompressed(stream, count)
        }
    }

    /// What is wrong with a compressed file.
    struct Fault: Error, LocalizedError {
        var reason: String
        var errorDescription: String? { reason }
    }

    private func next(_ count: Int) throws -> [UInt8] {
        guard !atEnd, let block = try handle.read(upToCount: count), !block.isEmpty else {
            atEnd = true
            return []
        }
        return Array(block)
    }

    private func recognise() throws {
        while waiting.count < 4, !atEnd { waiting += try next(4 - waiting.count) }
        if waiting.starts(with: [0x1F, 0x8B]) {
            let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
            stream.initialize(to: z_stream())
            form = .gzip(stream)
            // 32 lets zlib read the header; 15 is the largest window.
            guard
                inflateInit2_(stream, 15 + 32, zlibVersion(), Int32(MemoryLayout<z_stream>.size))
                    == Z_OK
            else { throw Fault(reason: "zlib could not be started") }
        } else if waiting == [0x28, 0xB5, 0x2F, 0xFD]
            || waiting.count == 4 && waiting[0] & 0xF0 == 0x50
                && waiting[1...] == [0x2A, 0x4D, 0x18]
        {
            // A frame of data, or one that is passed over.
            guard let stream = ZSTD_createDStream() else {
                throw Fault(reason: "Zstandard could not be started")
            }
            ZSTD_initDStream(stream)
            form = .zstd(stream)
        } else if waiting == Array("PAR1".utf8) {
            throw Fault(
                reason:
                    "it is Parquet, which is not read yet: write JSON lines, with pyarrow or DuckDB"
            )
        } else {
            form = .plain
        }
    }

    private func refill() throws {
        guard used == waiting.count else { return }
        offset += waiting.count
        waiting = try next(1 << 17)
        used = 0
    }

    private var place: String { "at byte \(offset + used) of the compressed file" }

    private func inflated(
        _ stream: UnsafeMutablePointer<z_stream>, _ count: Int
    ) throws -> [UInt8] {
        var out = [UInt8](repeating: 0, count: count)
        var written = 0
        while written == 0 {
            try refill()
            if used == waiting.count {
                if isInside { throw Fault(reason: "the gzip data ends too early, \(place)") }
                return []
            }
            let (input, room) = (waiting.count - used, count - written)
            let status = waiting.withUnsafeMutableBufferPointer { source in
                out.withUnsafeMutableBufferPointer { target in
                    stream.pointee.next_in = source.baseAddress.map { $0 + used }
                    stream.pointee.avail_in = UInt32(input)
                    stream.pointee.next_out = target.baseAddress.map { $0 + written }
                    stream.pointee.avail_out = UInt32(room)
                    return inflate(stream, Z_NO_FLUSH)
                }
            }
            used += input - Int(stream.pointee.avail_in)
            written += room - Int(stream.pointee.avail_out)
            switch status {
            case Z_OK, Z_BUF_ERROR: isInside = true
            case Z_STREAM_END:
                // Another member may follow; zeros behind the last one are padding.
                isInside = false
                inflateReset(stream)
                try refill()
                while used < waiting.count, waiting[used] == 0 {
                    used += 1
                    try refill()
                }
            default: throw Fault(reason: "the gzip data is damaged, \(place)")
            }
        }
        return Array(out[..<written])
    }

    private func decompressed(_ stream: OpaquePointer, _ count: Int) throws -> [UInt8] {
        var out = [UInt8](repeating: 0, count: count)
        var written = 0
        while written == 0 {
            try refill()
            let isDry = used == waiting.count
            if isDry, !isInside { return [] }
            let status = waiting.withUnsafeBufferPointer { source in
                out.withUnsafeMutableBufferPointer { target in
                    var input = ZSTD_inBuffer(
                        src: source.baseAddress, size: source.count, pos: used)
                    var output = ZSTD_outBuffer(dst: target.baseAddress, size: count, pos: written)
                    let status = ZSTD_decompressStream(stream, &output, &input)
                    used = input.pos
                    written = output.pos
                    return status
                }
            }
            guard ZSTD_isError(status) == 0 else {
                let name = String(cString: ZSTD_getErrorName(status))
                throw Fault(
                    reason: name.contains("memory")
                        ? "its Zstandard window is too large: unpack it with zstd -d --long=31"
                        : "the Zstandard data is damaged, \(place)")
            }
            isInside = status != 0
            if isDry, written == 0, isInside {
                throw Fault(reason: "the Zstandard data ends too early, \(place)")
            }
        }
        return Array(out[..<written])
    }
}
