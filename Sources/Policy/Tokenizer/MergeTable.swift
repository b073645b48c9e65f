/// Which pairs of tokens merge, in which order, and into what.
struct MergeTable: Sendable {
    private struct Slot: Sendable {
        /// Left id in the upper half, right id in the lower; all ones where the slot is free.
        var pair = UInt64.max
        var rank: UInt32 = 0
    }

    private var slots: [Slot]
    /// The token that the merge of each rank makes.
    private(set) var results: [Int32]
    private let seed = HashMixing.start

    /// A table for about `capacity` merges.
    init(capacity: Int) {
        var size = 16
        while size < capacity * 2 { size *= 2 }
        slots = [Slot](repeating: Slot(), count: size)
        results = []
        results.reserveCapacity(capacity)
    }

    /// Adds the merge of the next rank; a pair that is there already moves to this rank.
    mutating func append(left: Int32, right: Int32, result: Int32) {
        if (results.count + 1) * 2 > slots.count { grow() }
        let pair = Self.pair(left, right)
        let place = slot(of: pair)
        slots[place] = Slot(pair: pair, rank: UInt32(results.count))
        results.append(result)
    }

    /// The rank of a pair, or nil where it does not merge.
    @inline(__always)
    func rank(_ left: Int32, _ right: Int32) -> UInt32? {
        let pair = Self.pair(left, right)
        let found = slots[slot(of: pair)]
        return found.pair == pair ? found.rank : nil
    }

    @inline(__always)
    private static func pair(_ left: Int32, _ right: Int32) -> UInt64 {
        UInt64(UInt32(bitPattern: left)) << 32 | UInt64(UInt32(bitPattern: right))
    }

    @inline(__always)
    private func slot(of pair: UInt64) -> Int {
        let mask = slots.count - 1
        var place = Int(truncatingIfNeeded: HashMixing.mix(pair ^ seed)) & mask
        while slots[place].pair != pair, slots[place].pair != .max { place = (place + 1) & mask }
        return place
    }

    private mutating func grow() {
        let old = slots
        slots = [Slot](repeating: Slot(), count: old.count * 2)
        for entry in old where entry.pair != .max { slots[slot(of: entry.pair)] = entry }
    }
}
