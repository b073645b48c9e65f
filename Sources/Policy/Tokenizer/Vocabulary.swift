import Rollouts

/// The tokens of a model by their spelling and by their id.
struct Vocabulary {
    /// By id.
    private(set) var tokens: [Int32: String]
    private var table = ByteKeyTable()

    /// Reads an object of ids by token.
    init(_ field: TokenizerField) throws(PolicyError) {
        guard case .object(let members) = field.value else {
            throw field.fault("an object is expected")
        }
        tokens = Dictionary(minimumCapacity: members.count)
        for (token, value) in members {
            let entry = TokenizerField(
                value: value, path: "\(field.path)[\(token.debugDescription)]")
            let id = try entry.id()
            if let other = tokens.updateValue(token, forKey: id) {
                throw entry.fault("id \(id) is that of \(other.debugDescription) too")
            }
            _ = Array(token.utf8).withUnsafeBufferPointer { table.insert($0, id) }
        }
    }

    /// The id of a token, or -1.
    func id(of token: String) -> Int32 { id(of: Array(token.utf8)) }

    /// The id of a token's UTF-8, or -1.
    func id(of utf8: [UInt8]) -> Int32 { utf8.withUnsafeBufferPointer { table.value($0) } }

    /// The ids by the bytes that the tokens stand for.
    func byteTable() -> ByteKeyTable {
        var result = ByteKeyTable()
        for (id, token) in tokens {
            guard let bytes = ByteAlphabet.bytes(of: token) else { continue }
            bytes.withUnsafeBufferPointer { _ = result.insert($0, id) }
        }
        return result
    }
}
