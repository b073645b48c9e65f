/// A token that is found in the text as it stands, before anything is cut or merged.
struct AddedToken: Sendable {
    let id: Int32
    let content: String
    /// Whether it is left out where special tokens are skipped.
    let isSpecial: Bool
    /// Whether it takes the white space before or after it.
    let stripsLeft: Bool
    let stripsRight: Bool
    /// Whether it counts only where no word character touches it.
    let isSingleWord: Bool
    /// Whether it is looked for in the normalised text instead of the text as given.
    let isNormalized: Bool

    /// Reads an element of `added_tokens`.
    init(_ field: TokenizerField) throws(PolicyError) {
        id = try field.required("id").id()
        content = try field.required("content").string()
        isSpecial = try field.flag("special", default: false)
        stripsLeft = try field.flag("lstrip", default: false)
        stripsRight = try field.flag("rstrip", default: false)
        isSingleWord = try field.flag("single_word", default: false)
        isNormalized = try field.flag("normalized", default: !isSpecial)
        guard 1...4096 ~= content.utf8.count else {
            throw field.fault("a token has 1 to 4096 bytes")
        }
    }

    /// Reads `added_tokens` and checks that `tokenizers` would give each the id that it has.
    ///
    /// A token that the model knows keeps the model's id; another gets the next id that is free
    /// after the model's and the added ones, whatever the file says.
    static func list(
        _ field: TokenizerField, model: BytePairModel
    ) throws(PolicyError) -> [AddedToken] {
        var known: [[UInt8]: Int32] = [:]
        for (id, token) in model.tokens { known[Array(token.utf8)] = id }
        var added: [AddedToken] = []
        var contents: Set<[UInt8]> = []
        var greatest: Int32 = -1
        let size = Int32(model.tokens.count)
        for element in try field.elements() {
            let token = try AddedToken(element)
            let name = token.content.debugDescription
            let content = Array(token.content.utf8)
            guard contents.insert(content).inserted else {
                throw element.fault("\(name) is there twice")
            }
            let expected = known[content] ?? (greatest < size ? size : greatest + 1)
            guard token.id == expected else {
                throw element.fault("\(name) has id \(token.id) where \(expected) is its place")
            }
            if known[content] == nil, let other = model.tokens[expected] {
                throw element.fault("\(name) has the id of \(other.debugDescription)")
            }
            greatest = max(greatest, expected)
            added.append(token)
        }
        return added
    }
}
