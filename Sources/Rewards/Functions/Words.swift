/// Words of a text: runs of bytes other than ASCII white space, found in one pass over UTF-8.
enum Words {
    /// How many there are.
    static func count(in text: String) -> Int {
        var count = 0
        forEachHash(in: text) { _ in count += 1 }
        return count
    }

    /// A 64-bit hash of each word, in order.
    static func hashes(in text: String) -> [UInt64] {
        var hashes: [UInt64] = []
        hashes.reserveCapacity(text.utf8.count / 5)
        forEachHash(in: text) { hashes.append($0) }
        return hashes
    }

    private static func forEachHash(in text: String, _ body: (UInt64) -> Void) {
        var text = text
        text.withUTF8 { bytes in
            var hash = seed
            var isInside = false
            for byte in bytes {
                if byte == 0x20 || (0x09...0x0D).contains(byte) {
                    if isInside { body(hash) }
                    (hash, isInside) = (seed, false)
                } else {
                    hash = mixed(hash, UInt64(byte))
                    isInside = true
                }
            }
            if isInside { body(hash) }
        }
    }

    /// FNV-1a's offset, where a hash starts.
    static let seed: UInt64 = 0xcbf2_9ce4_8422_2325

    /// `hash` with another value folded in.
    static func mixed(_ hash: UInt64, _ value: UInt64) -> UInt64 {
        let folded = (hash ^ value) &* 0x0000_0100_0000_01b3
        return folded ^ (folded >> 29)
    }
}
