/// The tokens of words seen before; short words only, and forgotten at once when they are many.
struct WordCache {
    private static let longestWord = 256
    private static let wordLimit = 1 << 16
    private static let byteLimit = 1 << 21

    private var words = ByteKeyTable()
    private var tokens: [Int32] = []
    private var starts: [Int32] = []

    /// Appends the tokens of a word that is known.
    @inline(__always)
    func append(_ word: UnsafeBufferPointer<UInt8>, to output: inout [Int32]) -> Bool {
        guard word.count <= Self.longestWord else { return false }
        let place = Int(words.value(word))
        guard place >= 0 else { return false }
        let end = place + 1 < starts.count ? Int(starts[place + 1]) : tokens.count
        for index in Int(starts[place])..<end { output.append(tokens[index]) }
        return true
    }

    /// Remembers a word that is not known.
    mutating func insert(_ word: UnsafeBufferPointer<UInt8>, _ found: ArraySlice<Int32>) {
        guard word.count <= Self.longestWord else { return }
        if words.count >= Self.wordLimit || words.keyBytes >= Self.byteLimit {
            self = WordCache()
        }
        words.insert(word, Int32(starts.count))
        starts.append(Int32(tokens.count))
        tokens += found
    }
}
