public import Foundation
import Rollouts

extension BytePairTokenizer {
    /// Names of the token that ends a text, in common use.
    private static let endNames = [
        "<|im_end|>", "<|eot_id|>", "<|endoftext|>", "<|end_of_text|>", "</s>",
    ]

    /// Reads the `tokenizer.json` of a model's folder.
    ///
    /// What ends a text is said by `generation_config.json` or `tokenizer_config.json`, where
    /// there is one.
    ///
    /// - Throws: `PolicyError.file` where there is no such file, else as `init(tokenizerJSON:)`.
    public convenience init(folder: URL) throws(PolicyError) {
        let url = folder.appendingPathComponent("tokenizer.json")
        let data: Data
        do {
            data = try Data(contentsOf: url)
        } catch {
            throw .file(path: url.path, reason: error.localizedDescription)
        }
        var ends: [String] = []
        if let settings = try ModelFolder.settings("tokenizer_config.json", in: folder),
            let token = ModelFolder.token(settings["eos_token"])
        {
            ends.append(token)
        }
        let settings = try ModelFolder.settings("generation_config.json", in: folder)
        try self.init(
            tokenizerJSON: data, endOfText: ends, endIDs: try Self.endIDs(settings?["eos_token_id"])
        )
    }

    /// The ids that end a text in a `generation_config.json`: one, a list, or none.
    private static func endIDs(_ field: JSONValue?) throws(PolicyError) -> [Int32] {
        let values: [JSONValue]
        switch field {
        case nil, .null: values = []
        case .array(let list): values = list
        case let value?: values = [value]
        }
        var ids: [Int32] = []
        for value in values {
            guard let id = value.int.flatMap({ Int32(exactly: $0) }) else {
                throw .invalidTokenizer(
                    reason: "generation_config.json: eos_token_id holds what is no token id")
            }
            ids.append(id)
        }
        return ids
    }

    static func parse(_ data: Data) throws(PolicyError) -> TokenizerField {
        do throws(JSONReader.Fault) {
            let value = try JSONReader.parse([UInt8](data))
            guard case .object = value else {
                throw JSONReader.Fault(offset: 0, reason: "an object is expected")
            }
            return TokenizerField(value: value, path: "")
        } catch {
            throw .invalidTokenizer(reason: "no JSON at byte \(error.offset): \(error.reason)")
        }
    }

    /// Reads a field that may be absent.
    static func optional<Part>(
        _ field: TokenizerField?, _ read: (TokenizerField) throws(PolicyError) -> Part
    ) throws(PolicyError) -> Part? {
        guard let field else { return nil }
        return try read(field)
    }

    /// Number of ids, and how many of them no token has.
    static func size(
        _ ids: some Collection<Int32>, _ added: [AddedToken]
    ) throws(PolicyError) -> (ids: Int, holes: Int) {
        var all = Set(ids)
        for token in added { all.insert(token.id) }
        guard let greatest = all.max() else {
            throw .invalidTokenizer(reason: "there are no tokens")
        }
        guard Int(greatest) < 2 * all.count + 65_536 else {
            throw .invalidTokenizer(
                reason: "token id \(greatest) lies far beyond the \(all.count) tokens")
        }
        return (Int(greatest) + 1, Int(greatest) + 1 - all.count)
    }

    static func endTokens(
        _ names: [String], _ numbers: [Int32], _ decoder: TokenDecoder
    ) throws(PolicyError) -> [Int32] {
        if names.isEmpty, numbers.isEmpty {
            return endNames.lazy.compactMap { decoder.id(of: $0) }.first.map { [$0] } ?? []
        }
        var ids: [Int32] = []
        for name in names {
            guard let id = decoder.id(of: name) else {
                throw .invalidTokenizer(
                    reason: "\(name.debugDescription), which is to end texts, is not a token")
            }
            if !ids.contains(id) { ids.append(id) }
        }
        for id in numbers {
            guard decoder.has(id) else {
                throw .invalidTokenizer(reason: "\(id), which is to end texts, is no token's id")
            }
            if !ids.contains(id) { ids.append(id) }
        }
        return ids
    }
}
