/// A tokenizer of special tokens, matched longest first, and single characters.
///
/// Characters are Unicode scalars, so that no text is split differently by a newer Unicode.
public struct CharacterTokenizer: Sendable, Equatable {
    /// The tokens in the order of their ids: special tokens, then single characters.
    public let vocabulary: [String]
    /// Number of special tokens, the first ids.
    public let specialCount: Int
    /// The id of the token that ends a text; one of the special tokens.
    public let endOfText: Int32

    private let characters: [Unicode.Scalar: Int32]
    /// Special tokens that begin with a scalar, longest first.
    private let specials: [Unicode.Scalar: [Special]]

    private struct Special: Sendable, Equatable {
        let scalars: [Unicode.Scalar]
        let id: Int32
    }

    /// A tokenizer of `special` tokens and the scalars of `characters`, in this order.
    ///
    /// - Throws: `PolicyError.invalidTokenizer` for empty or repeated tokens, or when `endOfText`
    ///   is not a special token.
    public init(
        special: [String], characters: String, endOfText: String
    ) throws(PolicyError) {
        try self.init(
            vocabulary: special + characters.unicodeScalars.map { String($0) },
            specialCount: special.count, endOfText: endOfText)
    }

    private init(
        vocabulary: [String], specialCount: Int, endOfText: String
    ) throws(PolicyError) {
        guard 0...vocabulary.count ~= specialCount, vocabulary.count <= 1 << 20 else {
            throw .invalidTokenizer(reason: "the counts of tokens do not fit")
        }
        guard let end = vocabulary.prefix(specialCount).firstIndex(of: endOfText) else {
            throw .invalidTokenizer(reason: "\(endOfText.debugDescription) is not a special token")
        }
        var seen: Set<[Unicode.Scalar]> = []
        var characters: [Unicode.Scalar: Int32] = [:]
        var specials: [Unicode.Scalar: [Special]] = [:]
        for (id, token) in vocabulary.enumerated() {
            let scalars = Array(token.unicodeScalars)
            guard let first = scalars.first else {
                throw .invalidTokenizer(reason: "token \(id) is empty")
            }
            guard seen.insert(scalars).inserted else {
                throw .invalidTokenizer(reason: "\(token.debugDescription) is there twice")
            }
            if id < specialCount {
                specials[first, default: []].append(Special(scalars: scalars, id: Int32(id)))
            } else if scalars.count == 1 {
                characters[first] = Int32(id)
            } else {
                throw .invalidTokenizer(
                    reason: "\(token.debugDescription) is neither special nor one character")
            }
        }
        self.vocabulary = vocabulary
        self.specialCount = specialCount
        self.endOfText = Int32(end)
        self.characters = characters
        self.specials = specials.mapValues { $0.sorted { $0.scalars.count > $1.scalars.count } }
    }

    /// Number of tokens.
    public var count: Int { vocabulary.count }

    /// The id of a token, or nil.
    public func id(of token: String) -> Int32? {
        vocabulary.firstIndex(of: token).map { Int32($0) }
    }

    /// The tokens of a text.
    ///
    /// No end-of-text token is added.
    ///
    /// - Throws: `PolicyError.unknownCharacter` naming the scalar and its offset in scalars.
    public func encode(_ text: String) throws(PolicyError) -> [Int32] {
        let scalars = Array(text.unicodeScalars)
        var tokens: [Int32] = []
        tokens.reserveCapacity(scalars.count)
        var i = 0
        while i < scalars.count {
            let rest = scalars[i...]
            if let special = specials[scalars[i]]?.first(where: { rest.starts(with: $0.scalars) }) {
                tokens.append(special.id)
                i += special.scalars.count
            } else if let id = characters[scalars[i]] {
                tokens.append(id)
                i += 1
            } else {
                throw .unknownCharacter(character: String(scalars[i]), offset: i)
            }
        }
        return tokens
    }

    /// The text of tokens, special ones included.
    ///
    /// - Throws: `PolicyError.unknownToken`.
    public func decode(_ tokens: some Sequence<Int32>) throws(PolicyError) -> String {
        var text = ""
        for token in tokens {
            guard token >= 0, token < count else {
                throw .unknownToken(token: token, size: count)
            }
            text += vocabulary[Int(token)]
        }
        return text
    }
}

extension CharacterTokenizer: Codable {
    private enum Key: String, CodingKey { case special, characters, endOfText }

    /// Reads and checks a tokenizer file's content.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        try self.init(
            special: container.decode([String].self, forKey: .special),
            characters: container.decode([String].self, forKey: .characters).joined(),
            endOfText: container.decode(String.self, forKey: .endOfText))
    }

    /// Writes the special tokens, the characters and the end-of-text token.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(Array(vocabulary.prefix(specialCount)), forKey: .special)
        try container.encode(Array(vocabulary.dropFirst(specialCount)), forKey: .characters)
        try container.encode(vocabulary[Int(endOfText)], forKey: .endOfText)
    }
}
