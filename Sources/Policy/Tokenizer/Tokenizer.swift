public import Foundation
import Rollouts

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

    /// The tokens that end a text; none where none is known.
    var endTokens: [Int32] { get }

    /// Whether an id is a token's: models may be wider than their vocabulary.
    func has(_ token: Int32) -> Bool

    /// The content of the `tokenizer.json` that `read` makes the same tokenizer of.
    func fileContent() throws(PolicyError) -> Data
}

/// Tokenizers by their files.
public enum TokenizerFile {
    /// The tokenizer in a `tokenizer.json`: one of `tokenizers`, or a character tokenizer of ours.
    ///
    /// - Parameters:
    ///   - data: the file's content.
    ///   - endOfText: names of the tokens that end a text, where the file does not say.
    /// - Throws: `PolicyError.invalidTokenizer`.
    public static func read(
        _ data: Data, endOfText: [String] = []
    ) throws(PolicyError) -> any Tokenizer {
        if (try? JSONReader.parse([UInt8](data)))?["characters"] == nil {
            return try BytePairTokenizer(tokenizerJSON: data, endOfText: endOfText)
        }
        do {
            return try JSONDecoder().decode(CharacterTokenizer.self, from: data)
        } catch let error as PolicyError {
            throw error
        } catch {
            throw .invalidTokenizer(reason: "\(error)")
        }
    }
}

extension CharacterTokenizer: Tokenizer {
    /// The one token that ends a text.
    public var endTokens: [Int32] { [endOfText] }

    /// Whether an id is a token's.
    public func has(_ token: Int32) -> Bool { (0..<Int32(clamping: count)).contains(token) }

    /// Special tokens, characters and the end-of-text token as JSON.
    ///
    /// - Throws: `PolicyError.invalidTokenizer`.
    public func fileContent() throws(PolicyError) -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted]
        do {
            return try encoder.encode(self)
        } catch {
            throw .invalidTokenizer(reason: "\(error)")
        }
    }
}

extension BytePairTokenizer {
    /// Whether an id is a token's.
    public func has(_ token: Int32) -> Bool { tokenBytes(token) != nil }

    /// The file that was read.
    public func fileContent() -> Data { tokenizerJSON }
}
