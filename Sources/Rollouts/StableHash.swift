/// FNV-1a over UTF-8 with a final mix: stable across runs and platforms, not cryptographic.
///
/// Used for content-derived ids and for splitting problems into train and held-out.
public func stableHash(_ text: String) -> UInt64 {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
    var mixer = SplitMix64(seed: hash)
    return mixer.next()
}
