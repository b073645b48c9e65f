/// Text to token ids, and back.
public protocol Tokenizer: Sendable {
    /// One more than the greatest id: the rows that a model's embedding needs.
    var count: Int { get }
    /// The id of the token that ends a text; -1, which no token has, where none is known.
    var endOfText: Int32 { get }

    /// The tokens of a text; none is added.
    ///
    /// - Throws: `PolicyError` where the text cannot be written in tokens.
    func encode(_ text: String) throws(PolicyError) -> [Int32]

    /// The text of tokens, special ones included.
    ///
    /// - Throws: `PolicyError.unknownToken`.
    func decode(_ tokens: some Sequence<Int32>) throws(PolicyError) -> String

    /// The id of a token, or nil.
    func id(of token: String) -> Int32?
}

extension CharacterTokenizer: Tokenizer {}
