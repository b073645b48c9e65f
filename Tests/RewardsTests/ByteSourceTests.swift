import CZlib
import CZstd
import Foundation
import Rollouts
import Testing

@testable import Rewards

@Suite struct ByteSourceTests {
    private func gzip(_ bytes: [UInt8]) -> [UInt8] {
        let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
        stream.initialize(to: z_stream())
        defer { stream.deallocate() }
        let size = Int32(MemoryLayout<z_stream>.size)
        deflateInit2_(stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY, zlibVersion(), size)
        var source = bytes
        var out = [UInt8](repeating: 0, count: bytes.count + 1000)
        let count = source.withUnsafeMutableBufferPointer { input in
            out.withUnsafeMutableBufferPointer { output in
                stream.pointee.next_in = input.baseAddress
                stream.pointee.avail_in = UInt32(input.count)
                stream.pointee.next_out = output.baseAddress
                stream.pointee.avail_out = UInt32(output.count)
                #expect(deflate(stream, Z_FINISH) == Z_STREAM_END)
                return output.count - Int(stream.pointee.avail_out)
            }
        }
        deflateEnd(stream)
        return Array(out[..<count])
    }

    private func zstd(_ bytes: [UInt8]) -> [UInt8] {
        var out = [UInt8](repeating: 0, count: ZSTD_compressBound(bytes.count))
        let count = ZSTD_compress(&out, out.count, bytes, bytes.count, 3)
        #expect(ZSTD_isError(count) == 0)
        return Array(out[..<count])
    }

    private func read(_ bytes: [UInt8], _ block: Int = 1000) throws -> [UInt8] {
        let path = NSTemporaryDirectory() + "assay-\(UUID().uuidString)"
        try Data(bytes).write(to: URL(filePath: path))
        defer { unlink(path) }
        let source = ByteSource(try #require(FileHandle(forReadingAtPath: path)))
        var all: [UInt8] = []
        while true {
            let part = try source.read(block)
            if part.isEmpty { return all }
            all += part
        }
    }

    private static let texts: [[UInt8]] = [
        [], Array("{\"a\":1}\n".utf8), Array("PAR".utf8), [0x1F], [0x28, 0xB5],
        (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* $0 >> 7) },
        Array(String(repeating: "the same line\n", count: 50_000).utf8),
    ]

    @Test("what was packed comes back, in one piece or several, whatever the block")
    func roundTrip() throws {
        for text in Self.texts {
            for block in [1000, 1 << 18] {
                #expect(try read(text, block) == text)
                #expect(try read(gzip(text), block) == text)
                #expect(try read(zstd(text), block) == text)
                #expect(try read(gzip(text) + gzip(text), block) == text + text)
                #expect(try read(zstd(text) + zstd(text), block) == text + text)
                #expect(try read(gzip(text) + [0, 0, 0], block) == text)
            }
        }
    }

    @Test("damaged and cut files are told, never taken for the end")
    func damage() throws {
        let text = Self.texts[6]
        for packed in [gzip(text), zstd(text)] {
            for cut in [packed.count - 1, packed.count / 2, 20] {
                #expect(throws: ByteSource.Fault.self) { try read(Array(packed[..<cut])) }
            }
            var broken = packed
            for index in stride(from: 12, to: broken.count, by: 7) { broken[index] ^= 0x55 }
            #expect(throws: ByteSource.Fault.self) { try read(broken) }
        }
        #expect(throws: ByteSource.Fault.self) { try read(Array("PAR1rest".utf8)) }
    }
}
