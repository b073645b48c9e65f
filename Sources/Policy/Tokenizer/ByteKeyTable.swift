/// A hash table from byte strings to positive numbers, all keys in one array.
struct ByteKeyTable: Sendable {
    private struct Slot: Sendable {
        /// Index of the entry, or -1.
        var entry: Int32 = -1
        /// The upper half of the key's hash, so that few keys are compared.
        var tag: UInt32 = 0
    }

    private struct Entry: Sendable {
        var start: Int
        var length: Int
        var value: Int32
    }

    private var slots = [Slot](repeating: Slot(), count: 64)
    private var entries: [Entry] = []
    private var keys: [UInt8] = []
    private let seed = HashMixing.start

    /// Number of keys.
    var count: Int { entries.count }
    /// Bytes of all keys.
    var keyBytes: Int { keys.count }

    /// Forgets every key.
    mutating func removeAll() {
        slots = [Slot](repeating: Slot(), count: 64)
        entries.removeAll()
        keys.removeAll()
    }

    /// The value of a key, or -1.
    @inline(__always)
    func value(_ key: UnsafeBufferPointer<UInt8>) -> Int32 {
        let hash = HashMixing.hash(key, seed: seed)
        let found = slots[slot(of: key, hash)].entry
        return found < 0 ? -1 : entries[Int(found)].value
    }

    /// Adds a key; one that is there already keeps its value.
    ///
    /// - Returns: the value that was there, or -1.
    @discardableResult
    mutating func insert(_ key: UnsafeBufferPointer<UInt8>, _ value: Int32) -> Int32 {
        let hash = HashMixing.hash(key, seed: seed)
        let place = slot(of: key, hash)
        if slots[place].entry >= 0 { return entries[Int(slots[place].entry)].value }
        slots[place] = Slot(entry: Int32(entries.count), tag: UInt32(hash >> 32))
        entries.append(Entry(start: keys.count, length: key.count, value: value))
        keys.append(contentsOf: key)
        if entries.count * 2 > slots.count { grow() }
        return -1
    }

    @inline(__always)
    private func slot(of key: UnsafeBufferPointer<UInt8>, _ hash: UInt64) -> Int {
        let mask = slots.count - 1
        let tag = UInt32(hash >> 32)
        var place = Int(truncatingIfNeeded: hash) & mask
        while slots[place].entry >= 0 {
            if slots[place].tag == tag, isKey(key, of: entries[Int(slots[place].entry)]) { break }
            place = (place + 1) & mask
        }
        return place
    }

    @inline(__always)
    private func isKey(_ key: UnsafeBufferPointer<UInt8>, of entry: Entry) -> Bool {
        guard entry.length == key.count else { return false }
        return keys.withUnsafeBufferPointer { all in
            for index in 0..<key.count where all[entry.start + index] != key[index] { return false }
            return true
        }
    }

    private mutating func grow() {
        let old = slots
        slots = [Slot](repeating: Slot(), count: old.count * 2)
        let mask = slots.count - 1
        keys.withUnsafeBufferPointer { all in
            for (index, entry) in entries.enumerated() {
                let key = UnsafeBufferPointer(
                    rebasing: all[entry.start..<entry.start + entry.length])
                let hash = HashMixing.hash(key, seed: seed)
                var place = Int(truncatingIfNeeded: hash) & mask
                while slots[place].entry >= 0 { place = (place + 1) & mask }
                slots[place] = Slot(entry: Int32(index), tag: UInt32(hash >> 32))
            }
        }
    }
}
