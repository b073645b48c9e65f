import Foundation
import Rollouts
import Testing

@testable import Policy

@Suite struct TokenizerFileTests {
    /// A small sound file, one line.
    static let sound = """
        {"added_tokens":[{"id":5,"content":"<e>","single_word":false,"lstrip":false,"rstrip":false,\
        "normalized":false,"special":true}],"normalizer":{"type":"NFC"},"pre_tokenizer":{"type":\
        "Sequence","pretokenizers":[{"type":"Split","pattern":{"Regex":"\\\\p{L}+|\\\\s"},"behavior":\
        "Isolated","invert":false},{"type":"ByteLevel","add_prefix_space":false,"use_regex":true}]},\
        "post_processor":{"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"<e>",\
        "type_id":0}},{"Sequence":{"id":"A","type_id":0}}],"special_tokens":{"<e>":{"id":"<e>",\
        "ids":[5],"tokens":["<e>"]}}},"decoder":{"type":"ByteLevel"},"model":{"type":"BPE",\
        "vocab":{"a":0,"b":1,"ab":2,"Ġ":3,"Ġa":4},"merges":["a b",["Ġ","a"]]}}
        """

    private func read(_ json: String) throws -> BytePairTokenizer {
        try BytePairTokenizer(tokenizerJSON: Data(json.utf8))
    }

    @Test func soundFile() throws {
        let tokenizer = try read(Self.sound)
        #expect(try tokenizer.encode("ab a<e>b", addsSpecialTokens: true) == [5, 2, 3, 0, 5, 1])
        // What has no token is left out before anything is merged.
        #expect(try tokenizer.encode("aXb") == [2])
        #expect(tokenizer.missingBytes.contains(0x58))
    }

    /// What is replaced, and by what; the reason has to name the last.
    static let damages: [(String, String, String)] = [
        ("\"a\":0", "\"a\":1", "id 1"), ("\"a\":0", "\"a\":-1", "-1"),
        ("\"a\":0", "\"a\":2147483648", "2147483648"),
        ("\"a\":0", "\"a\":2147483646", "far beyond"),
        ("\"a\":0", "\"a\":\"0\"", "token id"), ("\"a\":0", "\"a\":0.5", "token id"),
        ("\"a b\"", "\"a c\"", "\"c\""), ("\"a b\"", "\"a\"", "merge 0"),
        ("\"a b\"", "\"a b a\"", "merge 0"), ("\"a b\"", "7", "merge 0"),
        ("[\"Ġ\",\"a\"]", "[\"Ġ\"]", "merge 1"), ("[\"Ġ\",\"a\"]", "[\"b\",\"a\"]", "\"ba\""),
        ("[\"Ġ\",\"a\"]", "[\"Ġ\",1]", "merge 1"), ("\"BPE\"", "\"WordPiece\"", "WordPiece"),
        ("\"BPE\"", "\"Unigram\"", "Unigram"), ("\\\\p{L}+", "(", "pattern"),
        ("\\\\p{L}+", "[[:alpha:]]", "nests"), ("\\\\p{L}+", "\\\\p{Nope}", "pattern"),
        ("\\\\p{L}+", "\\\\G", "\\G"), ("\\\\p{L}+", "a{1,2}+", "repeats"),
        ("\"Isolated\"", "\"Nope\"", "Nope"), ("\"Split\"", "\"Metaspace\"", "Metaspace"),
        ("\"Split\"", "\"BertPreTokenizer\"", "BertPreTokenizer"),
        ("\"NFC\"", "\"BertNormalizer\"", "BertNormalizer"), ("\"NFC\"", "7", "string"),
        ("{\"type\":\"NFC\"}", "[]", "object"),
        ("\"id\":5,\"content\"", "\"id\":1,\"content\"", "id 1"),
        ("\"id\":5,\"content\"", "\"id\":9,\"content\"", "id 9"),
        ("\"content\":\"<e>\"", "\"content\":\"a\"", "id 5"),
        ("\"content\":\"<e>\"", "\"content\":\"\"", "bytes"),
        ("\"content\":\"<e>\"", "\"content\":null", "content"),
        ("\"ids\":[5]", "\"ids\":[77]", "77"), ("\"id\":\"A\"", "\"id\":\"B\"", "A"),
        ("\"special_tokens\"", "\"x\"", "<e>"),
        ("{\"type\":\"ByteLevel\"},\"model\"", "{\"type\":\"WordPiece\"},\"model\"", "WordPiece"),
        ("\"merges\":", "\"dropout\":0.1,\"merges\":", "random"),
        ("\"merges\":", "\"byte_fallback\":true,\"merges\":", "byte_fallback"),
        ("\"merges\":", "\"end_of_word_suffix\":\"</w>\",\"merges\":", "affixes"),
        ("\"merges\":", "\"unk_token\":\"?\",\"merges\":", "unk_token"),
        ("\"merges\":", "\"ignore_merges\":1,\"merges\":", "ignore_merges"),
        ("\"merges\":", "\"marges\":", "merges"), ("\"vocab\":", "\"vocob\":", "vocab"),
        ("\"model\":", "\"modal\":", "model"), ("\"type\":\"BPE\",", "", "type"),
        ("\"ByteLevel\",\"add_prefix_space\"", "\"Digits\",\"add_prefix_space\"", "byte-level"),
        ("\"special\":true", "\"special\":1", "special"),
        ("\"use_regex\":true", "\"use_regex\":\"\"", "use_regex"),
    ]

    @Test("what is wrong with a file is named", arguments: damages)
    func damaged(from: String, to: String, named: String) throws {
        #expect(Self.sound.contains(from))
        let json = Self.sound.replacingOccurrences(of: from, with: to)
        do {
            _ = try read(json)
            Issue.record("\(to) is read")
        } catch let error as PolicyError {
            guard case .invalidTokenizer(let reason) = error else {
                Issue.record("\(error)")
                return
            }
            #expect(reason.contains(named), "\(reason)")
        }
    }

    @Test(
        "what is no tokenizer is refused",
        arguments: [
            "", " ", "null", "[]", "7", "{}", "{", "{\"model\":null}", "{\"model\":{}}", "\u{0}",
            "\"x\"",
            String(repeating: "[", count: 100_000),
            #"{"model":{"type":"BPE","vocab":{},"merges":[]},"pre_tokenizer":{"type":"ByteLevel"}}"#,
        ])
    func refused(json: String) throws {
        #expect(throws: PolicyError.self) { try read(json) }
        #expect(throws: PolicyError.self) {
            try BytePairTokenizer(tokenizerJSON: Data([0x22, 0xFF, 0xFE, 0x22]))
        }
    }

    @Test("sequences nested deep are refused", arguments: [20, 1000])
    func nested(depth: Int) throws {
        let open = String(repeating: #"{"type":"Sequence","normalizers":["#, count: depth)
        let close = String(repeating: "]}", count: depth)
        let json = Self.sound.replacingOccurrences(
            of: #"{"type":"NFC"}"#, with: open + #"{"type":"NFC"}"# + close)
        #expect(throws: PolicyError.self) { try read(json) }
    }

    @Test("any value in any place is read or refused, never worse")
    func wrongTypes() throws {
        let root = try JSONValue.parse(Data(Self.sound.utf8))
        let values: [JSONValue] = [
            .null, .bool(true), 0, -1, 1.5, .numeral("1e400"), "", "x", [], [[]], [:], ["x": []],
        ]
        var count = 0
        for path in Self.paths(in: root) {
            for value in values {
                let json = Self.replacing(root, path[...], value).serialized()
                if let tokenizer = try? read(json) { _ = try tokenizer.encode("ab a é <e>") }
                count += 1
            }
        }
        #expect(count > 500)
    }

    private static func paths(in value: JSONValue) -> [[String]] {
        switch value {
        case .object(let members):
            [[]] + members.flatMap { name, member in paths(in: member).map { [name] + $0 } }
        case .array(let elements):
            [[]]
                + elements.enumerated().flatMap { index, element in
                    paths(in: element).map { [String(index)] + $0 }
                }
        default: [[]]
        }
    }

    private static func replacing(
        _ root: JSONValue, _ path: ArraySlice<String>, _ value: JSONValue
    ) -> JSONValue {
        guard let name = path.first else { return value }
        switch root {
        case .object(var members):
            members[name] = members[name].map { replacing($0, path.dropFirst(), value) }
            return .object(members)
        case .array(var elements):
            guard let index = Int(name) else { return root }
            elements[index] = replacing(elements[index], path.dropFirst(), value)
            return .array(elements)
        default: return root
        }
    }

    @Test("changed bytes are read or refused, never worse")
    func mutations() throws {
        let sound = Array(Self.sound.utf8)
        var random = SplitMix64(seed: 5)
        var read = 0
        for _ in 0..<20_000 {
            var bytes = sound
            for _ in 0...(random.next() % 3) {
                let place = Int(random.next() % UInt64(bytes.count))
                switch random.next() % 4 {
                case 0: bytes[place] = UInt8(truncatingIfNeeded: random.next())
                case 1: bytes.remove(at: place)
                case 2: bytes.insert(bytes[Int(random.next() % UInt64(bytes.count))], at: place)
                default: bytes[place] = sound[Int(random.next() % UInt64(sound.count))]
                }
            }
            if let tokenizer = try? BytePairTokenizer(tokenizerJSON: Data(bytes)) {
                read += 1
                _ = try tokenizer.decode(tokenizer.encode("ab a é <e>", addsSpecialTokens: true))
            }
        }
        #expect(read > 100)
    }

    @Test("a search without end is an error, not a hang")
    func catastrophe() throws {
        let json = Self.sound.replacingOccurrences(of: #"\\p{L}+"#, with: "(a+)+$")
        let tokenizer = try read(json)
        #expect(throws: PolicyError.self) {
            try tokenizer.encode(String(repeating: "a", count: 60) + "b")
        }
    }
}
