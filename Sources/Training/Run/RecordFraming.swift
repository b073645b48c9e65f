import Foundation

/// TensorFlow's record format: length, its masked CRC-32C, the data, its masked CRC-32C; numbers are
/// little-endian.
enum RecordFraming {
    /// One record around `data`.
    static func record(_ data: [UInt8]) -> [UInt8] {
        let length = littleEndian(UInt64(data.count))
        return length + littleEndian(CRC32C.masked(length)) + data
            + littleEndian(CRC32C.masked(data))
    }

    /// Hands over the data of the whole records at the front of `bytes`; what follows the first that is cut
    /// or damaged is left out.
    static func eachRecord(in bytes: Data, _ body: (Data) -> Void) {
        var rest = bytes
        while rest.count >= 16 {
            let length = rest.prefix(8)
            let count = number(length)
            guard number(rest.dropFirst(8).prefix(4)) == UInt64(CRC32C.masked(length)),
                count <= UInt64(rest.count - 16)
            else { break }
            let data = rest.dropFirst(12).prefix(Int(count))
            rest = rest.dropFirst(12 + Int(count))
            guard number(rest.prefix(4)) == UInt64(CRC32C.masked(data)) else { break }
            rest = rest.dropFirst(4)
            body(data)
        }
    }

    static func littleEndian(_ value: some FixedWidthInteger) -> [UInt8] {
        withUnsafeBytes(of: value.littleEndian) { [UInt8]($0) }
    }

    /// The little-endian number in up to 8 bytes.
    static func number(_ bytes: some BidirectionalCollection<UInt8>) -> UInt64 {
        bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }
}
