extension UnsafeBufferPointer<UInt8> {
    /// Whether no byte has its high bit set.
    var isASCII: Bool {
        reduceWords(0) { $0 | $1 } & (ones << 7) == 0
    }

    /// How many bytes continue a character of UTF-8, 10xxxxxx.
    var continuationCount: Int {
        reduceWords(0) { count, word in
            count &+ UInt64(((word >> 7) & ~(word >> 6) & ones).nonzeroBitCount)
        }.asInt
    }

    private var ones: UInt64 { 0x0101_0101_0101_0101 }

    /// Folds the bytes, eight at a time; the last ones stand in a word of zeros.
    @inline(__always)
    private func reduceWords(_ start: UInt64, _ fold: (UInt64, UInt64) -> UInt64) -> UInt64 {
        guard let base = UnsafeRawPointer(baseAddress) else { return start }
        var result = start
        var index = 0
        while index + 8 <= count {
            result = fold(result, base.loadUnaligned(fromByteOffset: index, as: UInt64.self))
            index += 8
        }
        var rest: UInt64 = 0
        while index < count {
            rest = rest << 8 | UInt64(self[index])
            index += 1
        }
        return fold(result, rest)
    }
}

extension UInt64 {
    fileprivate var asInt: Int { Int(truncatingIfNeeded: self) }
}
