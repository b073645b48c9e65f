/// What a length is counted in; a spec always says which.
enum TextUnit: String, Sendable, CaseIterable {
    /// Tokens of the policy's tokenizer, as the row counts them.
    case tokens
    /// Unicode scalars, as Python counts a string.
    case characters
    /// Runs of anything but ASCII white space.
    case words

    /// The length of the completion, or nil where tokens were not counted.
    func length(of input: ScoringInput) -> Int? {
        switch self {
        case .tokens: input.tokenCount.flatMap { $0 >= 0 ? $0 : nil }
        case .characters: input.completion.unicodeScalars.count
        case .words: Words.count(in: input.completion)
        }
    }

    /// Why `length` is nil.
    static let uncounted = "the row has no token count, and a length is never guessed"
}
