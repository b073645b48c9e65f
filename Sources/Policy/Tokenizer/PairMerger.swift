/// Merges the symbols of one word, lowest rank first, then leftmost, in O(n log n).
///
/// Queued merges that later ones made stale are dropped when they come up, by the rule of
/// `tokenizers`: a merge still counts where the pair now at its place makes the same token.
struct PairMerger {
    private struct Symbol {
        /// The token, or -1 once it was merged into its left neighbour.
        var token: Int32
        var previous: Int32
        var next: Int32
    }

    private var symbols: [Symbol] = []
    /// A binary heap; rank in the upper half, position in the lower.
    private var queue: [UInt64] = []

    /// Starts a new word.
    mutating func reset() {
        symbols.removeAll(keepingCapacity: true)
        queue.removeAll(keepingCapacity: true)
    }

    /// Adds the word's next symbol.
    mutating func add(_ token: Int32) {
        let place = Int32(symbols.count)
        symbols.append(Symbol(token: token, previous: place - 1, next: place + 1))
    }

    /// The last symbol added.
    var last: Int32? { symbols.last?.token }

    /// Merges, and appends the tokens that remain.
    mutating func merge(with merges: MergeTable, into output: inout [Int32]) {
        for place in symbols.indices.dropLast() {
            enqueue(place, place + 1, merges)
        }
        while let entry = pop() {
            let place = Int(UInt32(truncatingIfNeeded: entry))
            let result = merges.results[Int(entry >> 32)]
            let next = Int(symbols[place].next)
            guard symbols[place].token >= 0, next < symbols.count,
                let rank = merges.rank(symbols[place].token, symbols[next].token),
                merges.results[Int(rank)] == result
            else { continue }
            join(place, next, as: result)
            if symbols[place].previous >= 0 {
                enqueue(Int(symbols[place].previous), place, merges)
            }
            if symbols[place].next < symbols.count {
                enqueue(place, Int(symbols[place].next), merges)
            }
        }
        for symbol in symbols where symbol.token >= 0 { output.append(symbol.token) }
    }

    private mutating func join(_ place: Int, _ next: Int, as token: Int32) {
        symbols[place].token = token
        symbols[next].token = -1
        let after = symbols[next].next
        symbols[place].next = after
        if after < symbols.count { symbols[Int(after)].previous = Int32(place) }
    }

    @inline(__always)
    private mutating func enqueue(_ left: Int, _ right: Int, _ merges: MergeTable) {
        guard let rank = merges.rank(symbols[left].token, symbols[right].token) else { return }
        queue.append(UInt64(rank) << 32 | UInt64(left))
        var child = queue.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard queue[child] < queue[parent] else { break }
            queue.swapAt(child, parent)
            child = parent
        }
    }

    @inline(__always)
    private mutating func pop() -> UInt64? {
        guard let top = queue.first, let last = queue.popLast() else { return nil }
        guard !queue.isEmpty else { return top }
        var parent = 0
        while true {
            var child = 2 * parent + 1
            guard child < queue.count else { break }
            if child + 1 < queue.count, queue[child + 1] < queue[child] { child += 1 }
            guard queue[child] < last else { break }
            queue[parent] = queue[child]
            parent = child
        }
        queue[parent] = last
        return top
    }
}
