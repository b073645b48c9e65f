/// Finds added tokens in a text: leftmost first, of these the longest.
struct AddedTokenFinder: Sendable {
    /// A part of the text: an added token's place, or what lies between.
    struct Part {
        var range: Range<Int>
        /// The token's id; nil for text.
        var token: Int32?
    }

    private let tokens: [AddedToken]
    /// Children of the trie's nodes: the node in the upper bits, the byte in the lower eight.
    private let children: [UInt64: Int32]
    /// Index of the token that ends at a node, or -1.
    private let ends: [Int32]
    private let isFirst: [Bool]

    /// A finder of `tokens`, each by its spelling, of which a later one replaces an equal one.
    init(_ tokens: [(spelling: [UInt8], token: AddedToken)]) {
        var children: [UInt64: Int32] = [:]
        var ends: [Int32] = [-1]
        var isFirst = [Bool](repeating: false, count: 256)
        for (index, entry) in tokens.enumerated() {
            guard let first = entry.spelling.first else { continue }
            isFirst[Int(first)] = true
            var node: Int32 = 0
            for byte in entry.spelling {
                let key = UInt64(node) << 8 | UInt64(byte)
                if let child = children[key] {
                    node = child
                } else {
                    node = Int32(ends.count)
                    children[key] = node
                    ends.append(-1)
                }
            }
            ends[Int(node)] = Int32(index)
        }
        self.tokens = tokens.map(\.token)
        self.children = children
        self.ends = ends
        self.isFirst = isFirst
    }

    /// Whether there is nothing to find.
    var isEmpty: Bool { tokens.isEmpty }

    /// The parts of `bytes` in their order, none of text that is empty.
    func parts(of bytes: UnsafeBufferPointer<UInt8>) -> [Part] {
        var parts: [Part] = []
        var done = 0
        var position = 0
        while position < bytes.count {
            guard isFirst[Int(bytes[position])], let found = match(in: bytes, at: position) else {
                position += 1
                continue
            }
            var (start, end) = (position, found.end)
            position = found.end
            let token = tokens[found.token]
            if token.isSingleWord, bytes.isWord(before: start) || bytes.isWord(at: end) { continue }
            if token.stripsLeft { start = max(bytes.spaceStart(before: start), done) }
            if token.stripsRight { end = bytes.spaceEnd(from: end) }
            if done < start { parts.append(Part(range: done..<start, token: nil)) }
            parts.append(Part(range: min(start, end)..<end, token: token.id))
            done = end
        }
        if done < bytes.count { parts.append(Part(range: done..<bytes.count, token: nil)) }
        return parts
    }

    private func match(
        in bytes: UnsafeBufferPointer<UInt8>, at start: Int
    ) -> (token: Int, end: Int)? {
        var node: Int32 = 0
        var best: (Int, Int)?
        var position = start
        while position < bytes.count,
            let child = children[UInt64(node) << 8 | UInt64(bytes[position])]
        {
            node = child
            position += 1
            if ends[Int(node)] >= 0 { best = (Int(ends[Int(node)]), position) }
        }
        return best
    }
}

extension UnsafeBufferPointer<UInt8> {
    /// The scalar that begins at `index` of valid UTF-8, and its length; nil at the end.
    private func scalar(at index: Int) -> (scalar: Unicode.Scalar, length: Int)? {
        guard index < count else { return nil }
        var iterator = self[index...].prefix(4).makeIterator()
        var codec = UTF8()
        guard case .scalarValue(let scalar) = codec.decode(&iterator) else { return nil }
        return (scalar, UTF8.width(scalar))
    }

    /// Where the scalar before `index` begins.
    private func start(before index: Int) -> Int {
        var start = index - 1
        while start > 0, self[start] & 0xC0 == 0x80 { start -= 1 }
        return start
    }

    /// Whether a word character begins at `index`.
    func isWord(at index: Int) -> Bool {
        guard let found = scalar(at: index) else { return false }
        let properties = found.scalar.properties
        // `tokenizers` knows Unicode 16.
        guard let age = properties.age, age.major <= 16 else { return false }
        if properties.isAlphabetic || properties.isJoinControl { return true }
        switch properties.generalCategory {
        case .nonspacingMark, .spacingMark, .enclosingMark, .decimalNumber, .connectorPunctuation:
            return true
        default: return false
        }
    }

    /// Whether a word character ends at `index`.
    func isWord(before index: Int) -> Bool { index > 0 && isWord(at: start(before: index)) }

    /// Where the white space that ends at `index` begins.
    func spaceStart(before index: Int) -> Int {
        var index = index
        while index > 0, let found = scalar(at: start(before: index)),
            found.scalar.properties.isWhitespace
        {
            index = start(before: index)
        }
        return index
    }

    /// Where the white space that begins at `index` ends.
    func spaceEnd(from index: Int) -> Int {
        var index = index
        while let found = scalar(at: index), found.scalar.properties.isWhitespace {
            index += found.length
        }
        return index
    }
}
