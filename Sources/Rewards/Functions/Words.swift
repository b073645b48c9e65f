/// Words of a text: runs of anything but Unicode white space, found in one pass over UTF-8.
///
/// Scripts that put no space between words, such as Chinese, give long words.
enum Words {
    /// How many there are.
    static func count(in text: String) -> Int {
        withBytes(of: text) { bytes in
            var count = 0
            forEachWord(in: bytes) { _, _ in count += 1 }
            return count
        }
    }

    /// A 64-bit hash of each word, in order.
    static func hashes(in text: String) -> [UInt64] {
        withBytes(of: text) { bytes in
            var hashes: [UInt64] = []
            hashes.reserveCapacity(bytes.count / 4 + 1)
            forEachWord(in: bytes) { start, end in
                hashes.append(hash(of: bytes, from: start, to: end))
            }
            return hashes
        }
    }

    /// The text's UTF-8, in which white space beyond ASCII has become ASCII spaces.
    private static func withBytes<Value>(
        of text: String, _ body: (UnsafeRawBufferPointer) -> Value
    ) -> Value {
        var text = text
        return text.withUTF8 { utf8 in
            if utf8.isASCII { return body(UnsafeRawBufferPointer(utf8)) }
            var bytes = Array(utf8)
            bytes.withUnsafeMutableBufferPointer { blankSpaces(in: $0) }
            return bytes.withUnsafeBytes(body)
        }
    }

    /// U+0085, U+00A0, U+1680, U+2000…200A, U+2028, U+2029, U+202F, U+205F and U+3000.
    private static func blankSpaces(in bytes: UnsafeMutableBufferPointer<UInt8>) {
        var index = 0
        while index + 1 < bytes.count {
            let length: Int
            switch bytes[index] {
            case 0xC2: length = bytes[index + 1] == 0x85 || bytes[index + 1] == 0xA0 ? 2 : 0
            case 0xE1, 0xE2, 0xE3:
                guard index + 2 < bytes.count else { return }
                switch (bytes[index], bytes[index + 1], bytes[index + 2]) {
                case (0xE1, 0x9A, 0x80), (0xE2, 0x80, 0x80...0x8A), (0xE2, 0x80, 0xA8...0xA9),
                    (0xE2, 0x80, 0xAF), (0xE2, 0x81, 0x9F), (0xE3, 0x80, 0x80):
                    length = 3
                default: length = 0
                }
            default: length = 0
            }
            for place in index..<index + length { bytes[place] = 0x20 }
            index += max(length, 1)
        }
    }

    /// Calls `body` with the bounds of every word, eight bytes at a time.
    @inline(__always)
    private static func forEachWord(
        in bytes: UnsafeRawBufferPointer, _ body: (_ start: Int, _ end: Int) -> Void
    ) {
        var start = 0
        var index = 0
        let ones: UInt64 = 0x0101_0101_0101_0101
        while index + 8 <= bytes.count {
            let word = UInt64(
                littleEndian: bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self))
            // The high bit of every byte below 0x21, and of some that a look will sort out.
            var found = (word &- ones &* 0x21) & ~word & (ones << 7)
            while found != 0 {
                let place = index + found.trailingZeroBitCount / 8
                found &= found &- 1
                guard isSpace(bytes[place]) else { continue }
                if place > start { body(start, place) }
                start = place + 1
            }
            index += 8
        }
        while index < bytes.count {
            if isSpace(bytes[index]) {
                if index > start { body(start, index) }
                start = index + 1
            }
            index += 1
        }
        if bytes.count > start { body(start, bytes.count) }
    }

    @inline(__always)
    private static func isSpace(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte &- 0x09 <= 4 || byte &- 0x1C <= 3
    }

    /// Eight bytes at a time, the length folded in.
    @inline(__always)
    private static func hash(
        of bytes: UnsafeRawBufferPointer, from start: Int, to end: Int
    ) -> UInt64 {
        var hash = seed ^ UInt64(end - start)
        var index = start
        while index + 8 <= end {
            hash = mixed(hash, bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self))
            index += 8
        }
        guard index < end else { return hash }
        var rest: UInt64 = 0
        if index + 8 <= bytes.count {
            let word = UInt64(
                littleEndian: bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self))
            rest = word & (UInt64.max >> UInt64(64 - 8 * (end - index)))
        } else {
            for place in stride(from: end - 1, through: index, by: -1) {
                rest = rest << 8 | UInt64(bytes[place])
            }
        }
        return mixed(hash, rest)
    }

    /// Where a hash starts; any odd number does.
    static let seed: UInt64 = 0xcbf2_9ce4_8422_2325

    /// `hash` with another value folded in: both halves of a 128-bit product.
    @inline(__always)
    static func mixed(_ hash: UInt64, _ value: UInt64) -> UInt64 {
        let product = (hash ^ value).multipliedFullWidth(by: 0x9E37_79B9_7F4A_7C15)
        return product.high ^ product.low ^ (hash << 17 | hash >> 47)
    }
}
