import Rollouts

/// A value in a tokenizer's file, with the way to it, which every error names.
struct TokenizerField {
    let value: JSONValue
    let path: String

    /// The error that says what is wrong with this field.
    func fault(_ reason: String) -> PolicyError {
        .invalidTokenizer(reason: path.isEmpty ? reason : "\(path): \(reason)")
    }

    /// A member of this object; nil where it is absent or null.
    func member(_ name: String) throws(PolicyError) -> TokenizerField? {
        guard case .object(let members) = value else { throw fault("an object is expected") }
        guard let found = members[name], found != .null else { return nil }
        return TokenizerField(value: found, path: path.isEmpty ? name : "\(path).\(name)")
    }

    /// A member that has to be there.
    func required(_ name: String) throws(PolicyError) -> TokenizerField {
        guard let found = try member(name) else { throw fault("`\(name)` is missing") }
        return found
    }

    /// The text of a string.
    func string() throws(PolicyError) -> String {
        guard case .string(let text) = value else { throw fault("a string is expected") }
        return text
    }

    /// A Boolean.
    func bool() throws(PolicyError) -> Bool {
        guard case .bool(let flag) = value else { throw fault("true or false is expected") }
        return flag
    }

    /// A Boolean member, or what its absence means.
    func flag(_ name: String, default absent: Bool) throws(PolicyError) -> Bool {
        try member(name)?.bool() ?? absent
    }

    /// The elements of an array.
    func elements() throws(PolicyError) -> [TokenizerField] {
        guard case .array(let values) = value else { throw fault("an array is expected") }
        return values.enumerated().map { TokenizerField(value: $1, path: "\(path)[\($0)]") }
    }

    /// A token id.
    func id() throws(PolicyError) -> Int32 {
        guard case .integer(let number) = value else { throw fault("a token id is expected") }
        guard let id = Int32(exactly: number), id >= 0, id < Int32.max else {
            throw fault("\(number) is no token id")
        }
        return id
    }

    /// The name in the `type` member.
    func kind() throws(PolicyError) -> String { try required("type").string() }

    /// The error for a part of `tokenizers` that is not supported.
    func unsupported(_ kind: String) -> PolicyError {
        fault("\(kind.debugDescription) is not supported")
    }
}
