/// Goes through the JSON of a tensor file or of an index, whose grammar is known beforehand.
///
/// Unlike a general reader it sees keys that are there twice, refuses halves of surrogate pairs, and
/// builds nothing but what is asked for.
struct StrictScanner {
    /// Nesting beyond this is refused, so that a hostile file cannot exhaust the stack.
    static let deepest = 32

    private let bytes: UnsafeRawBufferPointer
    /// What the bytes are, for errors.
    private let document: String
    private var index = 0

    init(_ bytes: UnsafeRawBufferPointer, of document: String) {
        self.bytes = bytes
        self.document = document
    }

    func failure(_ reason: String) -> PolicyError {
        .tensorFile(tensor: "", reason: "\(document): \(reason)")
    }

    /// Checks that nothing but space follows.
    mutating func end() throws(PolicyError) {
        skipSpace()
        guard index == bytes.count else { throw failure("text after the JSON object") }
    }

    /// `{"key": …, …}`, with `read` for each value.
    mutating func members(
        _ read: (inout StrictScanner, String) throws(PolicyError) -> Void
    ) throws(PolicyError) {
        try expect("{")
        if take("}") { return }
        repeat {
            skipSpace()
            let key = try string()
            try expect(":")
            try read(&self, key)
        } while take(",")
        try expect("}")
    }

    /// `[…]` of whole numbers that are not negative, at most `limit` of them.
    mutating func integers(limit: Int) throws(PolicyError) -> [Int] {
        try expect("[")
        var values: [Int] = []
        if take("]") { return values }
        repeat {
            guard values.count < limit else { throw failure("over \(limit) numbers at \(index)") }
            values.append(try integer())
        } while take(",")
        try expect("]")
        return values
    }

    private mutating func integer() throws(PolicyError) -> Int {
        skipSpace()
        let start = index
        var value = 0
        while index < bytes.count, 0x30...0x39 ~= bytes[index] {
            let (product, isLarge) = value.multipliedReportingOverflow(by: 10)
            let (sum, isLarger) = product.addingReportingOverflow(Int(bytes[index] - 0x30))
            guard !isLarge, !isLarger else { throw failure("too great a number at byte \(start)") }
            value = sum
            index += 1
        }
        guard index > start, index - start == 1 || bytes[start] != 0x30 else {
            throw failure("no whole number at byte \(start)")
        }
        return value
    }

    /// Any value, which is not kept.
    mutating func skipValue(depth: Int = 0) throws(PolicyError) {
        guard depth < Self.deepest else { throw failure("nested deeper than \(Self.deepest)") }
        skipSpace()
        switch index < bytes.count ? bytes[index] : 0 {
        case UInt8(ascii: "{"):
            try members { (scanner: inout StrictScanner, _) throws(PolicyError) in
                try scanner.skipValue(depth: depth + 1)
            }
        case UInt8(ascii: "["):
            index += 1
            if take("]") { return }
            repeat { try skipValue(depth: depth + 1) } while take(",")
            try expect("]")
        case UInt8(ascii: "\""): _ = try string()
        default: try skipWord()
        }
    }

    /// A number, `true`, `false` or `null`; which number is not looked at.
    private mutating func skipWord() throws(PolicyError) {
        let start = index
        while index < bytes.count, Self.isOfWord(bytes[index]) { index += 1 }
        let word = bytes[start..<index]
        let isNumber =
            word.first.map { $0 == UInt8(ascii: "-") || 0x30...0x39 ~= $0 } ?? false
        guard
            isNumber || ["true", "false", "null"].contains(where: { word.elementsEqual($0.utf8) })
        else { throw failure("no value at byte \(start)") }
    }

    private static func isOfWord(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2B, 0x2D, 0x2E: true
        default: false
        }
    }

    mutating func string() throws(PolicyError) -> String {
        try expect("\"")
        var start = index
        var text: [UInt8] = []
        while index < bytes.count, bytes[index] != UInt8(ascii: "\"") {
            let byte = bytes[index]
            guard byte >= 0x20 else { throw failure("control byte at \(index)") }
            index += 1
            if byte == UInt8(ascii: "\\") {
                text.append(contentsOf: bytes[start..<index - 1])
                text.append(contentsOf: String(try escaped()).utf8)
                start = index
            }
        }
        guard index < bytes.count else { throw failure("ends in a string") }
        let plain = bytes[start..<index]
        index += 1
        let string =
            text.isEmpty
            ? String(validating: plain, as: UTF8.self)
            : String(validating: text + plain, as: UTF8.self)
        guard let string else { throw failure("invalid UTF-8 before byte \(index)") }
        return string
    }

    private mutating func escaped() throws(PolicyError) -> Unicode.Scalar {
        guard index < bytes.count else { throw failure("ends in a string") }
        index += 1
        switch bytes[index - 1] {
        case UInt8(ascii: "\""): return "\""
        case UInt8(ascii: "\\"): return "\\"
        case UInt8(ascii: "/"): return "/"
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{c}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"): return try unicodeEscape()
        default: throw failure("unknown escape at byte \(index)")
        }
    }

    private mutating func unicodeEscape() throws(PolicyError) -> Unicode.Scalar {
        let high = try hexadecimal()
        if let scalar = Unicode.Scalar(high) { return scalar }
        guard high < 0xDC00, index + 1 < bytes.count, bytes[index] == UInt8(ascii: "\\"),
            bytes[index + 1] == UInt8(ascii: "u")
        else { throw failure("lone surrogate at byte \(index)") }
        index += 2
        let low = try hexadecimal()
        guard 0xDC00...0xDFFF ~= low,
            let scalar = Unicode.Scalar(0x10000 + (high - 0xD800) << 10 + (low - 0xDC00))
        else { throw failure("lone surrogate at byte \(index)") }
        return scalar
    }

    private mutating func hexadecimal() throws(PolicyError) -> UInt32 {
        guard index + 4 <= bytes.count else { throw failure("ends in a string") }
        var value: UInt32 = 0
        for _ in 0..<4 {
            let byte = bytes[index]
            switch byte {
            case 0x30...0x39: value = value << 4 | UInt32(byte - 0x30)
            case 0x41...0x46: value = value << 4 | UInt32(byte - 0x37)
            case 0x61...0x66: value = value << 4 | UInt32(byte - 0x57)
            default: throw failure("bad escape at byte \(index)")
            }
            index += 1
        }
        return value
    }

    private mutating func skipSpace() {
        while index < bytes.count {
            switch bytes[index] {
            case 0x20, 0x09, 0x0A, 0x0D: index += 1
            default: return
            }
        }
    }

    private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
        skipSpace()
        guard index < bytes.count, bytes[index] == UInt8(ascii: scalar) else { return false }
        index += 1
        return true
    }

    private mutating func expect(_ scalar: Unicode.Scalar) throws(PolicyError) {
        guard take(scalar) else { throw failure("no \(scalar) at byte \(index)") }
    }
}
