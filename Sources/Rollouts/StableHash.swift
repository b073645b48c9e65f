/// FNV-1a over UTF-8 with a final mix: stable across runs and platforms, not cryptographic.
///
/// Used for content-derived ids and for splitting problems into train and held-out.
public func stableHash(_ text: String) -> UInt64 {
    var hasher = StableHasher()
    hasher.combine(text.utf8)
    return hasher.value
}

/// The stable hash of bytes that come piece by piece.
package struct StableHasher: Sendable {
    private var hash: UInt64 = 0xcbf2_9ce4_8422_2325

    /// A hasher of no bytes yet.
    package init() {}

    /// Goes on with `bytes`.
    package mutating func combine(_ bytes: some Sequence<UInt8>) {
        for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
    }

    /// Of all bytes so far.
    package var value: UInt64 {
        var mixer = SplitMix64(seed: hash)
        return mixer.next()
    }
}
