/// What ends a completion before the limit.
public struct StopRule: Sendable {
    /// Tokens that end it; they stay in it.
    public var tokens: Set<Int32>
    /// Texts that end it once it holds one; the tokens that brought it stay.
    public var texts: [String]
    /// The bytes of a token; asked where there are texts.
    public var bytes: @Sendable (Int32) -> [UInt8]

    /// A rule of tokens alone.
    public init(tokens: Set<Int32>) {
        self.tokens = tokens
        texts = []
        bytes = { _ in [] }
    }

    /// A rule of tokens and texts; empty texts are left out.
    public init(
        tokens: Set<Int32>, texts: [String], bytes: @escaping @Sendable (Int32) -> [UInt8]
    ) {
        self.tokens = tokens
        self.texts = texts.filter { !$0.isEmpty }
        self.bytes = bytes
    }

    /// Bytes of a completion that may still become a stop text.
    struct Tail {
        private(set) var bytes: [UInt8] = []
    }

    /// Whether a completion ends with `token`; `tail` is what the tokens before it left.
    func ends(with token: Int32, _ tail: inout Tail) -> Bool {
        if tokens.contains(token) { return true }
        if texts.isEmpty { return false }
        return tail.take(bytes(token), texts)
    }
}

extension StopRule.Tail {
    fileprivate mutating func take(_ more: [UInt8], _ texts: [String]) -> Bool {
        let before = bytes.count
        bytes += more
        var longest = 0
        for text in texts where !text.isEmpty {
            let wanted = Array(text.utf8)
            longest = max(longest, wanted.count)
            // A text that was whole before this token would have ended the completion then.
            let first = max(0, before - wanted.count + 1)
            guard bytes.count - first >= wanted.count else { continue }
            for start in first...(bytes.count - wanted.count)
            where bytes[start..<start + wanted.count].elementsEqual(wanted) { return true }
        }
        bytes.removeFirst(max(0, bytes.count - max(0, longest - 1)))
        return false
    }
}
