/// SHA-256 of what comes piece by piece: names configurations in records and the state of a run.
///
/// Source: FIPS 180-4.
package struct SHA256 {
    private var state = Self.initialState
    /// What does not fill a block yet.
    private var rest: [UInt8] = []
    private var count: UInt64 = 0

    package init() {}

    /// The digest of the UTF-8 of `text` in 64 hexadecimal digits.
    package static func hex(of text: String) -> String { hex(of: Array(text.utf8)) }

    /// The digest of `bytes` in 64 hexadecimal digits.
    package static func hex(of bytes: [UInt8]) -> String {
        var hash = SHA256()
        hash.update(bytes)
        return hash.hex
    }

    /// Appends the UTF-8 of `text`.
    package mutating func update(_ text: String) { update(Array(text.utf8)) }

    /// Appends `bytes`.
    package mutating func update(_ bytes: [UInt8]) {
        count += UInt64(bytes.count)
        var taken = 0
        if !rest.isEmpty {
            taken = min(64 - rest.count, bytes.count)
            rest += bytes[..<taken]
            guard rest.count == 64 else { return }
            rest.withUnsafeBufferPointer { Self.compress($0, into: &state) }
            rest.removeAll(keepingCapacity: true)
        }
        let whole = taken + (bytes.count - taken) / 64 * 64
        bytes.withUnsafeBufferPointer { buffer in
            Self.compress(UnsafeBufferPointer(rebasing: buffer[taken..<whole]), into: &state)
        }
        rest += bytes[whole...]
    }

    /// The digest of everything so far in 64 hexadecimal digits.
    package var hex: String {
        var last = rest
        last.append(0x80)
        while last.count % 64 != 56 { last.append(0) }
        for shift in stride(from: 56, through: 0, by: -8) {
            last.append(UInt8(truncatingIfNeeded: (count * 8) >> UInt64(shift)))
        }
        var state = state
        last.withUnsafeBufferPointer { Self.compress($0, into: &state) }
        return state.map { word in
            let digits = String(word, radix: 16)
            return String(repeating: "0", count: 8 - digits.count) + digits
        }.joined()
    }

    /// Takes whole blocks in.
    private static func compress(_ bytes: UnsafeBufferPointer<UInt8>, into state: inout [UInt32]) {
        withUnsafeTemporaryAllocation(of: UInt32.self, capacity: 64) { words in
            constants.withUnsafeBufferPointer { constants in
                for block in stride(from: 0, to: bytes.count, by: 64) {
                    for index in 0..<16 {
                        let at = block + index * 4
                        words[index] =
                            UInt32(bytes[at]) << 24 | UInt32(bytes[at + 1]) << 16
                            | UInt32(bytes[at + 2]) << 8 | UInt32(bytes[at + 3])
                    }
                    schedule(words)
                    rounds(words, constants, &state)
                }
            }
        }
    }

    private static func schedule(_ words: UnsafeMutableBufferPointer<UInt32>) {
        for index in 16..<64 {
            let (early, late) = (words[index - 15], words[index - 2])
            let s0 = rotate(early, 7) ^ rotate(early, 18) ^ (early >> 3)
            let s1 = rotate(late, 17) ^ rotate(late, 19) ^ (late >> 10)
            words[index] = words[index - 16] &+ s0 &+ words[index - 7] &+ s1
        }
    }

    private static func rounds(
        _ words: UnsafeMutableBufferPointer<UInt32>, _ constants: UnsafeBufferPointer<UInt32>,
        _ state: inout [UInt32]
    ) {
        var (a, b, c, d) = (state[0], state[1], state[2], state[3])
        var (e, f, g, h) = (state[4], state[5], state[6], state[7])
        for index in 0..<64 {
            let s1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)
            let first = h &+ s1 &+ ((e & f) ^ (~e & g)) &+ constants[index] &+ words[index]
            let s0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)
            let majority = (a & b) ^ (a & c) ^ (b & c)
            (h, g, f, e) = (g, f, e, d &+ first)
            (d, c, b, a) = (c, b, a, first &+ s0 &+ majority)
        }
        for (index, word) in [a, b, c, d, e, f, g, h].enumerated() { state[index] &+= word }
    }

    private static func rotate(_ word: UInt32, _ by: UInt32) -> UInt32 {
        word >> by | word << (32 - by)
    }

    private static let initialState: [UInt32] = [
        0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab,
        0x5be0_cd19,
    ]

    private static let constants: [UInt32] = [
        0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4,
        0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe,
        0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f,
        0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7,
        0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc,
        0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b,
        0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116,
        0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
        0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7,
        0xc67178f2,
    ]
}
