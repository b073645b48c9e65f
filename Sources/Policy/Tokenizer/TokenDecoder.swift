/// Turns tokens into text: the `decoder` of a file.
struct TokenDecoder: Sendable {
    /// Bytes of all tokens by id, one after another, and where each ends.
    private let bytes: [UInt8]
    private let ends: [Int]
    private let exists: [Bool]
    private let isSpecial: [Bool]
    private let ids: ByteKeyTable
    /// Whether tokens are joined by spaces, as `tokenizers` does without a decoder.
    private let joinsWithSpaces: Bool

    /// Reads the field; `normalized` holds the spelling in which an added token is found, where it is
    /// not its own, and `size` is the number of ids.
    init(
        _ field: TokenizerField?, model: BytePairModel, added: [AddedToken],
        normalized: [Int32: [UInt8]], size: Int
    ) throws(PolicyError) {
        var isByteLevel = false
        if let field {
            for step in try PreTokenizer.flattened(field, depth: 0, members: "decoders") {
                switch try step.kind() {
                case "ByteLevel" where !isByteLevel: isByteLevel = true
                case "Fuse": continue
                case let other: throw step.unsupported(other)
                }
            }
            guard isByteLevel else { throw field.fault("only `ByteLevel` is supported") }
        }
        joinsWithSpaces = !isByteLevel
        var texts = model.tokens
        var special = [Bool](repeating: false, count: size)
        for token in added {
            texts[token.id] = token.content
            if token.isSpecial { special[Int(token.id)] = true }
        }
        var bytes: [UInt8] = []
        var ends: [Int] = []
        var exists: [Bool] = []
        var ids = ByteKeyTable()
        ends.reserveCapacity(size)
        for id in 0..<Int32(size) {
            let text = texts[id]
            exists.append(text != nil)
            if let text {
                let utf8 = Array(text.utf8)
                utf8.withUnsafeBufferPointer { _ = ids.insert($0, id) }
                let shown = normalized[id].map { String(decoding: $0, as: UTF8.self) } ?? text
                bytes += isByteLevel ? ByteAlphabet.bytes(of: shown) ?? Array(shown.utf8) : utf8
            }
            ends.append(bytes.count)
        }
        self.bytes = bytes
        self.ends = ends
        self.exists = exists
        self.ids = ids
        isSpecial = special
    }

    /// Whether a token has the id.
    func has(_ id: Int32) -> Bool { id >= 0 && id < exists.count && exists[Int(id)] }

    /// The id of a token as the file writes it.
    func id(of token: String) -> Int32? {
        let id = Array(token.utf8).withUnsafeBufferPointer { ids.value($0) }
        return id < 0 ? nil : id
    }

    /// The bytes that a token stands for.
    func bytes(of id: Int32) -> [UInt8]? { has(id) ? Array(slice(Int(id))) : nil }

    private func slice(_ id: Int) -> ArraySlice<UInt8> {
        bytes[(id == 0 ? 0 : ends[id - 1])..<ends[id]]
    }

    /// The text of tokens.
    func decode(
        _ tokens: some Sequence<Int32>, skippingSpecial: Bool
    ) throws(PolicyError) -> String {
        var text: [UInt8] = []
        var isFirst = true
        for token in tokens {
            guard has(token) else { throw .unknownToken(token: token, size: exists.count) }
            if skippingSpecial, isSpecial[Int(token)] { continue }
            if joinsWithSpaces, !isFirst { text.append(0x20) }
            text += slice(Int(token))
            isFirst = false
        }
        return String(decoding: text, as: UTF8.self)
    }
}
