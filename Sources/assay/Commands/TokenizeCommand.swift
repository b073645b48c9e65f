import ArgumentParser
import Foundation
import Policy
import Rollouts

struct TokenizeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tokenize",
        abstract: "Show a text's token ids, or the text of token ids.",
        discussion: """
            The folder holds the tokenizer.json of a byte-level BPE tokenizer. With --jsonl, each \
            line of standard input is a JSON string, or with --decode an array of ids.

            Examples:
              assay tokenize models/Qwen2.5-0.5B 'Hello there'
              assay tokenize models/Qwen2.5-0.5B --jsonl --json < texts.jsonl > ids.jsonl
            """)

    @Argument(help: "A folder with a tokenizer.json.")
    var folder: String

    @Argument(help: "Texts; with --decode, ids separated by commas or spaces.")
    var texts: [String] = []

    @Flag(help: "Read JSON from standard input, a value a line.")
    var jsonl = false

    @Flag(help: "Print JSON: an array of ids a line, or with --decode a string.")
    var json = false

    @Flag(help: "Turn ids into text.")
    var decode = false

    @Flag(help: "Put the tokens of the file's template around each text.")
    var special = false

    func validate() throws {
        if texts.isEmpty != jsonl { throw ValidationError("Give texts, or --jsonl.") }
    }

    func run() throws {
        let tokenizer = try BytePairTokenizer(folder: URL(fileURLWithPath: folder))
        guard jsonl else {
            for text in texts { print(try line(tokenizer, decode ? ids(text) : .string(text))) }
            return
        }
        let input = try Console.read("-")
        var output = ""
        for (index, bytes) in input.split(separator: 0x0A).enumerated() {
            guard let value = try? JSONValue.parse(Data(bytes)) else {
                throw ValidationError("Line \(index + 1) is no JSON.")
            }
            output += try line(tokenizer, value) + "\n"
        }
        try Console.write(output, to: "-")
    }

    private func ids(_ text: String) throws -> JSONValue {
        let words = text.split { ", []".contains($0) }
        return .array(
            try words.map { word in
                guard let id = Int64(word) else { throw ValidationError("'\(word)' is no id.") }
                return .integer(id)
            })
    }

    private func line(_ tokenizer: BytePairTokenizer, _ value: JSONValue) throws -> String {
        if decode {
            let ids = (value.array ?? []).compactMap { $0.int.flatMap { Int32(exactly: $0) } }
            guard let count = value.array?.count, count == ids.count else {
                throw ValidationError("An array of ids is expected.")
            }
            let text = try tokenizer.decode(ids)
            return json ? JSONValue.string(text).serialized() : text
        }
        guard let text = value.string else { throw ValidationError("A string is expected.") }
        let ids = try tokenizer.encode(text, addsSpecialTokens: special)
        let words = ids.map(String.init)
        return json ? "[\(words.joined(separator: ","))]" : words.joined(separator: " ")
    }
}
