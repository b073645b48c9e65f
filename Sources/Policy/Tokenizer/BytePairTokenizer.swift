public import Foundation
import Synchronization

/// A byte-level BPE tokenizer, read from the `tokenizer.json` of Hugging Face's `tokenizers`.
///
/// It gives the ids that `tokenizers` gives. Of a text's bytes, those that the vocabulary has no
/// token for become the unknown token, or, where the file names none, are left out as `tokenizers`
/// leaves them out: `missingBytes` lists them. `truncation` and `padding` of the file are ignored.
///
///     let tokenizer = try BytePairTokenizer(folder: URL(fileURLWithPath: "models/Qwen2.5-0.5B"))
///     let ids = try tokenizer.encode("1 + 1 = 2")
public final class BytePairTokenizer: Tokenizer {
    /// One more than the greatest id.
    public let count: Int
    /// Ids below `count` that no token has.
    public let holeCount: Int
    /// The id of the token that ends a text; -1, which no token has, where the files name none.
    public let endOfText: Int32
    /// Every token that ends a text; the first is `endOfText`.
    public let endTokens: [Int32]
    /// The ids of the special tokens, in ascending order.
    public let specialTokens: [Int32]
    /// Bytes that can be part of a text and have no token.
    public let missingBytes: [UInt8]

    let file: Data
    let model: BytePairModel
    let normalizer: Normalizer?
    let preTokenizer: PreTokenizer
    let template: TemplateTokens
    let decoder: TokenDecoder
    /// Added tokens to be found in the text as given, and those in the normalised text.
    let plainFinder: AddedTokenFinder
    let normalizedFinder: AddedTokenFinder
    /// Memory of calls that are over, for the calls to come.
    private let idle = Mutex<[BytePairWorker]>([])

    /// Reads the content of a `tokenizer.json`.
    ///
    /// - Parameters:
    ///   - tokenizerJSON: the file's bytes.
    ///   - endOfText: the tokens that end a text, which the file does not say. Default: the first
    ///     that there is of the names in common use.
    ///   - endIDs: more of them, by their ids.
    /// - Throws: `PolicyError.invalidTokenizer` naming the field, token or merge, or the part of
    ///   `tokenizers` that is not supported.
    public init(
        tokenizerJSON: Data, endOfText: [String] = [], endIDs: [Int32] = []
    ) throws(PolicyError) {
        let root = try Self.parse(tokenizerJSON)
        file = tokenizerJSON
        model = try BytePairModel(root.required("model"))
        normalizer = try Self.optional(root.member("normalizer"), Normalizer.init)
        preTokenizer = try PreTokenizer(root.required("pre_tokenizer"))
        template =
            try Self.optional(root.member("post_processor"), TemplateTokens.init)
            ?? TemplateTokens()
        var added: [AddedToken] = []
        if let field = try root.member("added_tokens") {
            added = try AddedToken.list(field, model: model)
        }
        plainFinder = AddedTokenFinder(
            added.filter { !$0.isNormalized }.map { (Array($0.content.utf8), $0) })
        var spellings: [(spelling: [UInt8], token: AddedToken)] = []
        for token in added where token.isNormalized {
            let spelling = try normalizer?.apply(token.content) ?? token.content
            spellings.append((Array(spelling.utf8), token))
        }
        normalizedFinder = AddedTokenFinder(spellings)
        let size = try Self.size(model.tokens.keys, added)
        decoder = try TokenDecoder(
            root.member("decoder"), model: model, added: added,
            normalized: Dictionary(
                spellings.map { ($0.token.id, $0.spelling) }, uniquingKeysWith: { $1 }),
            size: size.ids)
        count = size.ids
        holeCount = size.holes
        specialTokens = added.filter(\.isSpecial).map(\.id).sorted()
        missingBytes = model.missingBytes
        endTokens = try Self.endTokens(endOfText, endIDs, decoder)
        self.endOfText = endTokens.first ?? -1
        for id in template.before + template.after where !decoder.has(id) {
            throw .invalidTokenizer(reason: "post_processor: token \(id) is not in the vocabulary")
        }
    }

    /// The tokens of a text.
    ///
    /// Added tokens are found in the text, special ones too.
    ///
    /// - Parameter addsSpecialTokens: whether the file's template puts its tokens around the text.
    /// - Throws: `PolicyError.textLimit` where a pattern gives up.
    public func encode(
        _ text: String, addsSpecialTokens: Bool
    ) throws(PolicyError) -> [Int32] {
        let worker = idle.withLock { $0.popLast() } ?? BytePairWorker(self)
        defer { idle.withLock { $0.append(worker) } }
        let tokens = try worker.encode(text)
        return addsSpecialTokens ? template.before + tokens + template.after : tokens
    }

    /// The tokens of a text, with none put around it.
    ///
    /// - Throws: `PolicyError.textLimit` where a pattern gives up.
    public func encode(_ text: String) throws(PolicyError) -> [Int32] {
        try encode(text, addsSpecialTokens: false)
    }

    /// The text of tokens: their bytes as UTF-8, U+FFFD in place of what is none.
    ///
    /// - Throws: `PolicyError.unknownToken`.
    public func decode(
        _ tokens: some Sequence<Int32>, skippingSpecial: Bool
    ) throws(PolicyError) -> String {
        try decoder.decode(tokens, skippingSpecial: skippingSpecial)
    }

    /// The text of tokens, special ones included.
    ///
    /// - Throws: `PolicyError.unknownToken`.
    public func decode(_ tokens: some Sequence<Int32>) throws(PolicyError) -> String {
        try decode(tokens, skippingSpecial: false)
    }

    /// The bytes that a token stands for, or nil where no token has the id.
    public func tokenBytes(_ id: Int32) -> [UInt8]? { decoder.bytes(of: id) }

    /// The id of a token: special and other added tokens as they are, the others in the characters
    /// that the file writes for bytes.
    public func id(of token: String) -> Int32? { decoder.id(of: token) }

    /// The content of a `tokenizer.json` that `tokenizers` reads as this tokenizer was read.
    public var tokenizerJSON: Data { file }
}
