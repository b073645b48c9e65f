/// What a length is counted in; a spec always says which.
enum TextUnit: String, Sendable, CaseIterable {
    /// Tokens of the policy's tokenizer, as the row counts them.
    case tokens
    /// Unicode scalars, as Python counts a string.
    case characters
    /// Runs of anything but white space, as Python splits a text.
    case words

    /// The length of the completion, or nil where tokens were not counted.
    func length(of input: ScoringInput) -> Int? {
        switch self {
        case .tokens: input.tokenCount.flatMap { $0 >= 0 ? $0 : nil }
        case .characters: Self.scalars(in: input.completion)
        case .words: Words.count(in: input.completion)
        }
    }

    /// Unicode scalars: bytes that continue none.
    private static func scalars(in text: String) -> Int {
        var text = text
        return text.withUTF8 { $0.count - $0.continuationCount }
    }

    /// Why `length` is nil.
    static let uncounted = "the row has no token count, and a length is never guessed"
}
