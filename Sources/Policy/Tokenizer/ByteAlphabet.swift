/// The printable characters that stand for bytes in the tokens of a byte-level vocabulary.
///
/// Bytes that print as they are in Latin-1 stand for themselves; the others take the scalars from
/// U+0100 on, in order. Source: the byte encoder of GPT-2.
enum ByteAlphabet {
    /// The scalar of each byte.
    static let scalars: [Unicode.Scalar] = {
        var next: UInt32 = 0x100
        return (0..<256).map { byte in
            let value = UInt32(byte)
            if isPlain(value) { return Unicode.Scalar(UInt8(byte)) }
            defer { next += 1 }
            return Unicode.Scalar(next) ?? "\u{FFFD}"
        }
    }()

    /// The byte of each scalar below U+0144, or -1.
    private static let bytes: [Int16] = {
        var table = [Int16](repeating: -1, count: 0x144)
        for (byte, scalar) in scalars.enumerated() { table[Int(scalar.value)] = Int16(byte) }
        return table
    }()

    private static func isPlain(_ value: UInt32) -> Bool {
        0x21...0x7E ~= value || 0xA1...0xAC ~= value || 0xAE...0xFF ~= value
    }

    /// The bytes that a token stands for, or nil where a character stands for none.
    static func bytes(of token: String) -> [UInt8]? {
        var result: [UInt8] = []
        result.reserveCapacity(token.utf8.count)
        for scalar in token.unicodeScalars {
            guard scalar.value < bytes.count, bytes[Int(scalar.value)] >= 0 else { return nil }
            result.append(UInt8(bytes[Int(scalar.value)]))
        }
        return result
    }

    /// The token that stands for `bytes`.
    static func text(of bytes: some Sequence<UInt8>) -> String {
        var text = ""
        for byte in bytes { text.unicodeScalars.append(scalars[Int(byte)]) }
        return text
    }
}
