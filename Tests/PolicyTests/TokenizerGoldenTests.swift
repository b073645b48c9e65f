import Foundation
import Rollouts
import Testing

@testable import Policy

/// The ids that `tokenizers` 0.23.3 gives, written by `Benchmarks/parity/tokenizer_ids.py --golden`.
@Suite struct TokenizerGoldenTests {
    static let families = [
        "gpt2", "gpt2-prefix", "qwen2", "llama3", "smollm", "deepseek", "lower-nfkc", "nfd-words",
        "nfkd-splits",
    ]

    static func tokenizer(_ family: String) throws -> BytePairTokenizer {
        let url = GoldenFolder.url.appendingPathComponent("\(family).json")
        return try BytePairTokenizer(tokenizerJSON: Data(contentsOf: url))
    }

    @Test("ids and texts are those of tokenizers", arguments: families)
    func golden(family: String) throws {
        let tokenizer = try Self.tokenizer(family)
        let rows = try GoldenFolder.rows("\(family).ids.jsonl")
        #expect(rows.count >= 60)
        for row in rows {
            let text = try #require(row["text"]?.string)
            let ids = try #require(row["ids"]?.array).compactMap { $0.int.map(Int32.init) }
            let special = try #require(row["special"]?.array).compactMap { $0.int.map(Int32.init) }
            #expect(try tokenizer.encode(text) == ids, "\(text.debugDescription)")
            #expect(try tokenizer.encode(text, addsSpecialTokens: true) == special)
            let decoded = try tokenizer.decode(ids)
            #expect(decoded.utf8.elementsEqual(try #require(row["decoded"]?.string).utf8))
        }
    }

    @Test("both ways to write merges mean the same", arguments: families)
    func mergeForms(family: String) throws {
        let url = GoldenFolder.url.appendingPathComponent("\(family).json")
        var root = try #require(JSONValue.parse(Data(contentsOf: url)).members)
        var model = try #require(root["model"]?.members)
        let merges = try #require(model["merges"]?.array).map { merge -> JSONValue in
            switch merge {
            case .string(let text):
                .array(text.split(separator: " ").map { .string(String($0)) })
            default: .string((merge.array ?? []).compactMap(\.string).joined(separator: " "))
            }
        }
        model["merges"] = .array(merges)
        root["model"] = .object(model)
        let other = try BytePairTokenizer(
            tokenizerJSON: Data(JSONValue.object(root).serialized().utf8))
        let tokenizer = try Self.tokenizer(family)
        for row in try GoldenFolder.rows("\(family).ids.jsonl") {
            let text = try #require(row["text"]?.string)
            #expect(try tokenizer.encode(text) == other.encode(text))
        }
    }
}

extension JSONValue {
    /// The members of an object.
    var members: [String: JSONValue]? {
        if case .object(let members) = self { return members }
        return nil
    }
}
