import Rollouts

/// Walks a level's problems in a shuffled order, each once an epoch, with nothing but a counter.
///
/// The order is a bijection of 0..<size: a four-round Feistel network over the next power of four,
/// walked until it lands inside (cycle walking). The epoch re-keys it.
struct LevelCursor: Sendable, Equatable, Codable {
    /// Problems drawn from the level so far.
    private(set) var drawn = 0

    /// The next ordinal.
    mutating func next(size: Int, level: Int, seed: UInt64) -> Int {
        let (epoch, place) = drawn.quotientAndRemainder(dividingBy: size)
        drawn += 1
        var keys = SplitMix64(seed: seed, UInt64(bitPattern: Int64(level)), UInt64(epoch))
        let rounds = (0..<4).map { _ in keys.next() }
        return Self.permute(place, size: size, keys: rounds)
    }

    /// Where a bijection of 0..<size takes `value`.
    static func permute(_ value: Int, size: Int, keys: [UInt64]) -> Int {
        guard size > 1 else { return 0 }
        let bits = UInt64.bitWidth - UInt64(size - 1).leadingZeroBitCount
        let half = UInt64((bits + 1) / 2)
        let mask = (UInt64(1) << half) - 1
        var current = UInt64(value)
        repeat {
            var (left, right) = (current >> half, current & mask)
            for key in keys {
                var mixer = SplitMix64(seed: key ^ right)
                (left, right) = (right, left ^ (mixer.next() & mask))
            }
            current = left << half | right
        } while current >= UInt64(size)
        return Int(current)
    }
}
