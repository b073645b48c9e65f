import Foundation
import Policy
import Testing

@Suite struct CharacterTokenizerTests {
    private func tokenizer() throws -> CharacterTokenizer {
        try CharacterTokenizer(
            special: ["<end>", "<a>", "</a>", "<a>b"], characters: "0123+=<ab", endOfText: "<end>")
    }

    @Test("special tokens match longest first, then characters")
    func encode() throws {
        let tokenizer = try tokenizer()
        #expect(try tokenizer.encode("<a>1+2</a><end>") == [1, 5, 8, 6, 2, 0])
        #expect(try tokenizer.encode("<a>ba<") == [3, 11, 10])
        #expect(try tokenizer.encode("") == [])
        #expect(tokenizer.endOfText == 0)
        #expect(tokenizer.count == 13)
        #expect(tokenizer.id(of: "</a>") == 2)
        #expect(tokenizer.id(of: "x") == nil)
    }

    @Test(
        "decoding is the inverse of encoding", arguments: ["", "1+2=3", "<a>b</a>", "<<a>0<end>"])
    func roundTrip(text: String) throws {
        let tokenizer = try tokenizer()
        #expect(try tokenizer.decode(tokenizer.encode(text)) == text)
    }

    @Test func unknown() throws {
        let tokenizer = try tokenizer()
        #expect(throws: PolicyError.unknownCharacter(character: "é", offset: 4)) {
            try tokenizer.encode("<a>1é")
        }
        #expect(throws: PolicyError.unknownToken(token: 13, size: 13)) {
            try tokenizer.decode([1, 13])
        }
        #expect(throws: PolicyError.unknownToken(token: -1, size: 13)) {
            try tokenizer.decode([-1])
        }
    }

    @Test func badVocabularies() {
        for (special, characters, end) in [
            (["<e>"], "aa", "<e>"), (["<e>", "<e>"], "a", "<e>"), ([""], "a", ""),
            (["<e>"], "a", "a"), (["a"], "a", "a"),
        ] {
            #expect(throws: PolicyError.self) {
                try CharacterTokenizer(special: special, characters: characters, endOfText: end)
            }
        }
    }

    @Test func file() throws {
        let tokenizer = try tokenizer()
        let data = try JSONEncoder().encode(tokenizer)
        #expect(try JSONDecoder().decode(CharacterTokenizer.self, from: data) == tokenizer)
        let bad = #"{"special":["<e>"],"characters":["a","a"],"endOfText":"<e>"}"#
        #expect(throws: PolicyError.self) {
            try JSONDecoder().decode(CharacterTokenizer.self, from: Data(bad.utf8))
        }
    }
}
