import Rollouts

/// The `model` of a tokenizer's file: a vocabulary of byte strings, and merges.
struct BytePairModel: Sendable {
    /// The tokens by id, as the file writes them; nil where an id is not used.
    let tokens: [Int32: String]
    /// The token of each single byte, or -1.
    let byteTokens: [Int32]
    let merges: MergeTable
    /// Tokens by their bytes, where whole words are looked up before anything is merged.
    let words: ByteKeyTable?
    /// What stands for a byte without a token, and whether a run of them is one token.
    let unknown: Int32?
    let fusesUnknown: Bool

    /// Reads and checks the model.
    init(_ field: TokenizerField) throws(PolicyError) {
        let kind = try field.kind()
        guard kind == "BPE" else { throw field.unsupported(kind) }
        try Self.checkFeatures(field)
        let vocabulary = try Vocabulary(field.required("vocab"))
        tokens = vocabulary.tokens
        byteTokens = (0..<256).map { vocabulary.id(of: String(ByteAlphabet.scalars[$0])) }
        merges = try Self.merges(field.required("merges"), vocabulary)
        words = try field.flag("ignore_merges", default: false) ? vocabulary.byteTable() : nil
        fusesUnknown = try field.flag("fuse_unk", default: false)
        guard let unknown = try field.member("unk_token") else {
            self.unknown = nil
            return
        }
        let id = try vocabulary.id(of: unknown.string())
        guard id >= 0 else { throw unknown.fault("the token is not in the vocabulary") }
        self.unknown = id
    }

    /// Bytes that UTF-8 can have and no token stands for.
    var missingBytes: [UInt8] {
        (UInt8.min...0xF4).filter { byteTokens[Int($0)] < 0 && $0 != 0xC0 && $0 != 0xC1 }
    }

    private static func checkFeatures(_ field: TokenizerField) throws(PolicyError) {
        if let dropout = try field.member("dropout"), dropout.value.double != 0 {
            throw dropout.fault("merging at random is not supported")
        }
        for name in ["continuing_subword_prefix", "end_of_word_suffix"] {
            if let affix = try field.member(name), try !affix.string().isEmpty {
                throw affix.fault("affixes are not supported")
            }
        }
        if try field.flag("byte_fallback", default: false) {
            throw field.fault("byte_fallback is not supported")
        }
    }

    private static func merges(
        _ field: TokenizerField, _ vocabulary: Vocabulary
    ) throws(PolicyError) -> MergeTable {
        guard case .array(let values) = field.value else {
            throw field.fault("an array is expected")
        }
        var table = MergeTable(capacity: values.count)
        for (rank, value) in values.enumerated() {
            if case .string(let line) = value, line.utf8.starts(with: "#version".utf8) { continue }
            guard let (left, right) = pair(value) else {
                throw field.fault("merge \(rank) is no pair of tokens")
            }
            let whole = Array(left.utf8) + Array(right.utf8)
            let ids = (vocabulary.id(of: left), vocabulary.id(of: right), vocabulary.id(of: whole))
            for (id, token) in [(ids.0, left), (ids.1, right), (ids.2, left + right)] where id < 0 {
                throw field.fault(
                    "merge \(rank) names \(token.debugDescription), which is not in the vocabulary")
            }
            table.append(left: ids.0, right: ids.1, result: ids.2)
        }
        return table
    }

    /// A merge as `"a b"` or `["a", "b"]`.
    private static func pair(_ value: JSONValue) -> (String, String)? {
        switch value {
        case .string(let text):
            let utf8 = text.utf8
            guard let space = utf8.firstIndex(of: 0x20),
                !utf8[utf8.index(after: space)...].contains(0x20)
            else { return nil }
            return (String(text[..<space]), String(text[utf8.index(after: space)...]))
        case .array(let parts):
            guard parts.count == 2, let left = parts[0].string, let right = parts[1].string else {
                return nil
            }
            return (left, right)
        default: return nil
        }
    }
}
