/// The header of a safetensors file: a small JSON reader for its fixed grammar, which, unlike a
/// general one, sees repeated keys.
struct SafeTensorsHeader {
    struct Entry: Equatable {
        var name: String
        var type: String
        var shape: [Int]
        var begin: Int
        var end: Int
    }

    private(set) var entries: [Entry] = []
    private(set) var metadata: [String: String] = [:]

    private let bytes: [UInt8]
    private var index = 0

    /// Reads a header.
    ///
    /// - Throws: `PolicyError.tensorFile` naming the tensor where it is known.
    init(_ bytes: [UInt8]) throws(PolicyError) {
        self.bytes = bytes
        var names: Set<String> = []
        guard bytes.first == UInt8(ascii: "{") else { throw Self.failure("no JSON object") }
        try members { (header: inout SafeTensorsHeader, name) throws(PolicyError) in
            guard names.insert(name).inserted else {
                throw .tensorFile(tensor: name, reason: "the key is there twice")
            }
            if name == "__metadata__" {
                try header.readMetadata()
            } else {
                try header.readEntry(name)
            }
        }
        skipSpace()
        guard index == bytes.count else { throw Self.failure("text after the JSON object") }
    }

    static func failure(_ reason: String) -> PolicyError {
        .tensorFile(tensor: "", reason: "header: \(reason)")
    }

    private mutating func readMetadata() throws(PolicyError) {
        try members { (header: inout SafeTensorsHeader, key) throws(PolicyError) in
            let value = try header.string()
            guard header.metadata.updateValue(value, forKey: key) == nil else {
                throw .tensorFile(tensor: "__metadata__", reason: "\(key) is there twice")
            }
        }
    }

    private mutating func readEntry(_ name: String) throws(PolicyError) {
        var type: String?
        var shape: [Int]?
        var offsets: [Int]?
        try members { (header: inout SafeTensorsHeader, key) throws(PolicyError) in
            switch key {
            case "dtype" where type == nil: type = try header.string()
            case "shape" where shape == nil: shape = try header.integers()
            case "data_offsets" where offsets == nil: offsets = try header.integers()
            default: throw .tensorFile(tensor: name, reason: "unexpected or repeated key \(key)")
            }
        }
        guard let type, let shape, let offsets, offsets.count == 2 else {
            throw .tensorFile(tensor: name, reason: "lacks dtype, shape or two data_offsets")
        }
        entries.append(
            Entry(name: name, type: type, shape: shape, begin: offsets[0], end: offsets[1]))
    }

    /// `{"key": …, …}`, with `read` for each value.
    private mutating func members(
        _ read: (inout SafeTensorsHeader, String) throws(PolicyError) -> Void
    ) throws(PolicyError) {
        try expect("{")
        if take("}") { return }
        repeat {
            let key = try string()
            try expect(":")
            try read(&self, key)
        } while take(",")
        try expect("}")
    }

    private mutating func integers() throws(PolicyError) -> [Int] {
        try expect("[")
        var values: [Int] = []
        if take("]") { return values }
        repeat {
            skipSpace()
            let start = index
            while index < bytes.count, UInt8(ascii: "0")...UInt8(ascii: "9") ~= bytes[index] {
                index += 1
            }
            let digits = bytes[start..<index]
            guard let value = Int(String(decoding: digits, as: UTF8.self)),
                digits.count == 1 || digits.first != UInt8(ascii: "0")
            else { throw Self.failure("no whole number at byte \(start)") }
            values.append(value)
        } while take(",")
        try expect("]")
        return values
    }

    private mutating func string() throws(PolicyError) -> String {
        try expect("\"")
        var text: [UInt8] = []
        while index < bytes.count, bytes[index] != UInt8(ascii: "\"") {
            let byte = bytes[index]
            guard byte >= 0x20 else { throw Self.failure("control byte at \(index)") }
            index += 1
            if byte == UInt8(ascii: "\\") {
                text += Array(String(try escaped()).utf8)
            } else {
                text.append(byte)
            }
        }
        try expect("\"", skippingSpace: false)
        guard let string = String(validating: text, as: UTF8.self) else {
            throw Self.failure("invalid UTF-8 before byte \(index)")
        }
        return string
    }

    private mutating func escaped() throws(PolicyError) -> Unicode.Scalar {
        guard index < bytes.count else { throw Self.failure("ends in a string") }
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
        case UInt8(ascii: "u"):
            let high = try hexadecimal()
            if let scalar = Unicode.Scalar(high) { return scalar }
            guard high < 0xDC00, index + 1 < bytes.count, bytes[index] == UInt8(ascii: "\\"),
                bytes[index + 1] == UInt8(ascii: "u")
            else { throw Self.failure("lone surrogate at byte \(index)") }
            index += 2
            let low = try hexadecimal()
            guard 0xDC00...0xDFFF ~= low,
                let scalar = Unicode.Scalar(0x10000 + (high - 0xD800) << 10 + (low - 0xDC00))
            else { throw Self.failure("lone surrogate at byte \(index)") }
            return scalar
        default: throw Self.failure("unknown escape at byte \(index)")
        }
    }

    private mutating func hexadecimal() throws(PolicyError) -> UInt32 {
        guard index + 4 <= bytes.count else { throw Self.failure("ends in a string") }
        let digits = bytes[index..<index + 4]
        let letters = digits.allSatisfy { Character(Unicode.Scalar($0)).isHexDigit }
        guard letters, let value = UInt32(String(decoding: digits, as: UTF8.self), radix: 16) else {
            throw Self.failure("bad escape at byte \(index)")
        }
        index += 4
        return value
    }

    private mutating func skipSpace() {
        while index < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[index]) { index += 1 }
    }

    private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
        skipSpace()
        guard index < bytes.count, bytes[index] == UInt8(ascii: scalar) else { return false }
        index += 1
        return true
    }

    private mutating func expect(
        _ scalar: Unicode.Scalar, skippingSpace: Bool = true
    ) throws(PolicyError) {
        if skippingSpace { skipSpace() }
        guard index < bytes.count, bytes[index] == UInt8(ascii: scalar) else {
            throw Self.failure("no \(scalar) at byte \(index)")
        }
        index += 1
    }
}
