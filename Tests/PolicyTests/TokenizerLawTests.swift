import Foundation
import Rollouts
import Testing

@testable import Policy

@Suite struct TokenizerLawTests {
    /// Families that neither normalise nor drop anything.
    static let faithful = ["gpt2", "llama3", "deepseek"]

    static func randomText(_ seed: UInt64) -> String {
        var random = SplitMix64(seed: seed)
        var text = String.UnicodeScalarView()
        let tops: [UInt64] = [0x80, 0x100, 0x800, 0x3000, 0x10000, 0x110000]
        for _ in 0..<random.next() % 40 {
            let top = tops[Int(random.next() % 6)]
            let scalar = Unicode.Scalar(UInt32(random.next() % top)) ?? " "
            for _ in 0...(random.next() % 3) { text.append(scalar) }
            if random.next() % 4 == 0 { text.append(" ") }
        }
        return String(text)
    }

    @Test("decoding is the inverse of encoding", arguments: faithful)
    func roundTrip(family: String) throws {
        let tokenizer = try TokenizerGoldenTests.tokenizer(family)
        #expect(tokenizer.missingBytes.isEmpty)
        for seed in 0..<300 {
            let text = Self.randomText(UInt64(seed))
            let decoded = try tokenizer.decode(tokenizer.encode(text))
            #expect(decoded.utf8.elementsEqual(text.utf8), "seed \(seed)")
        }
    }

    @Test("texts joined at a special token keep their tokens", arguments: faithful)
    func concatenation(family: String) throws {
        let tokenizer = try TokenizerGoldenTests.tokenizer(family)
        let special = try #require(tokenizer.id(of: "<|im_end|>"))
        for seed in 0..<100 {
            let (left, right) = (Self.randomText(UInt64(seed)), Self.randomText(UInt64(seed) + 500))
            let joined = try tokenizer.encode("\(left)<|im_end|>\(right)")
            #expect(try joined == tokenizer.encode(left) + [special] + tokenizer.encode(right))
        }
    }

    @Test("the bytes of the tokens are the text")
    func tokenBytes() throws {
        let tokenizer = try TokenizerGoldenTests.tokenizer("gpt2")
        let text = "naïve 👍 数学\n"
        let bytes = try tokenizer.encode(text).flatMap { tokenizer.tokenBytes($0) ?? [] }
        #expect(bytes == Array(text.utf8))
        #expect(tokenizer.tokenBytes(-1) == nil)
        #expect(tokenizer.tokenBytes(Int32(tokenizer.count)) == nil)
        #expect(throws: PolicyError.self) { try tokenizer.decode([Int32(tokenizer.count)]) }
    }

    @Test("special tokens can be skipped, and the end of a text is known")
    func special() throws {
        let tokenizer = try TokenizerGoldenTests.tokenizer("qwen2")
        let ids = try tokenizer.encode("<|im_start|>a<|im_end|>")
        #expect(try tokenizer.decode(ids, skippingSpecial: true) == "a")
        #expect(try tokenizer.decode(ids) == "<|im_start|>a<|im_end|>")
        #expect(tokenizer.endOfText == tokenizer.id(of: "<|im_end|>"))
        #expect(tokenizer.specialTokens.contains(tokenizer.endOfText))
        #expect(tokenizer.holeCount == 0)
    }

    @Test("a tokenizer of bytes writes and reads itself")
    func bytes() throws {
        let tokenizer = try BytePairTokenizer.bytes(special: ["<end>", "<\"x\">"])
        #expect(tokenizer.count == 258)
        #expect(tokenizer.endOfText == 256)
        #expect(try tokenizer.encode("a<\"x\">é") == [97, 257, 0xC3, 0xA9])
        let folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("assay-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try tokenizer.write(to: folder)
        let read = try BytePairTokenizer(folder: folder)
        #expect(try read.encode("a<\"x\">é\0") == [97, 257, 0xC3, 0xA9, 0])
        #expect(read.tokenizerJSON == tokenizer.tokenizerJSON)
        #expect(throws: PolicyError.self) { try BytePairTokenizer.bytes(special: ["a"]) }
        #expect(throws: PolicyError.self) { try BytePairTokenizer.bytes(special: ["<a>", "<a>"]) }
        #expect(throws: PolicyError.self) { try BytePairTokenizer.bytes(special: [""]) }
    }

    @Test(
        "a long run of one thing takes time in proportion",
        arguments: [
            ("a", 1_000_000), (" ", 1_000_000), ("1", 1_000_000), ("\n", 100_000), ("é", 100_000),
            ("=", 100_000), (" a", 100_000), ("👍", 100_000), (" \n", 100_000),
        ])
    func longTexts(unit: String, bytes: Int) throws {
        let text = String(repeating: unit, count: bytes / unit.utf8.count)
        let tokenizer = try TokenizerGoldenTests.tokenizer("qwen2")
        let start = ContinuousClock.now
        let ids = try tokenizer.encode(text)
        #expect(ContinuousClock.now - start < .seconds(60))
        #expect(try tokenizer.decode(ids).utf8.elementsEqual(text.utf8))
    }

    @Test("one tokenizer serves many threads")
    func threads() async throws {
        let tokenizer = try TokenizerGoldenTests.tokenizer("qwen2")
        let expected = try (0..<20).map { try tokenizer.encode(Self.randomText($0)) }
        try await withThrowingTaskGroup(of: Bool.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    try (0..<20).map { try tokenizer.encode(Self.randomText($0)) } == expected
                }
            }
            for try await same in group { #expect(same) }
        }
    }

    @Test("both tokenizers serve as one")
    func common() throws {
        let both: [any Tokenizer] = [
            try CharacterTokenizer(special: ["<end>"], characters: "ab", endOfText: "<end>"),
            try BytePairTokenizer.bytes(special: ["<end>"]),
        ]
        for tokenizer in both {
            #expect(try tokenizer.decode(tokenizer.encode("ab<end>")) == "ab<end>")
            #expect(tokenizer.id(of: "<end>") == tokenizer.endOfText)
            #expect(tokenizer.count > 2)
        }
    }
}
