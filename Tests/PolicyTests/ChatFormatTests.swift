import Foundation
import Policy
import Rollouts
import Testing

@Suite struct ChatFormatTests {
    /// The built-in formats, which write what these templates of the golden file write.
    static let builtIn: [(String, ChatFormat)] = [
        ("qwen2", .qwen2), ("qwen3", .qwen3(thinks: true)), ("llama3", .llama3(beginsText: true)),
        ("smollm2", .chatML(defaultSystem: "You are a helpful AI assistant.")),
    ]

    @Test("built-in formats write what the models' templates write", arguments: builtIn.indices)
    func golden(index: Int) throws {
        let (name, format) = Self.builtIn[index]
        var count = 0
        for row in try GoldenFolder.rows("chat.jsonl") where row["name"]?.string == name {
            guard var expected = row["text"]?.string, row["variables"]?["tools"] == nil,
                row["variables"]?["enable_thinking"] != false
            else { continue }
            let messages = ChatTemplateTests.messages(row)
            // SmolLM2 knows no tools.
            if name == "smollm2", messages.contains(where: { $0.role == "tool" }) { continue }
            if name == "llama3" {
                expected = "<|begin_of_text|>" + expected.dropFirst(3)
            }
            let text = try format.text(
                of: messages, addsGenerationPrompt: row["add"] == true)
            #expect(text.utf8.elementsEqual(expected.utf8), "\(row.serialized())\n\(text)")
            count += 1
        }
        #expect(count > 5)
    }

    @Test func simple() throws {
        let messages = [ChatMessage(role: "user", content: " Hi ")]
        #expect(try ChatFormat.plain.text(of: messages, addsGenerationPrompt: true) == " Hi ")
        #expect(
            try ChatFormat.qwen3(thinks: false).text(of: messages, addsGenerationPrompt: true)
                == "<|im_start|>user\n Hi <|im_end|>\n<|im_start|>assistant\n<think>\n\n</think>\n\n"
        )
        #expect(
            try ChatFormat.llama3(beginsText: false).text(
                of: messages, addsGenerationPrompt: false)
                == "<|start_header_id|>user<|end_header_id|>\n\nHi<|eot_id|>")
    }

    @Test("a folder's template is found")
    func detect() throws {
        let folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("assay-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let settings = folder.appendingPathComponent("tokenizer_config.json")
        #expect(try ChatFormat.detect(folder: folder) == nil)
        for (json, expected) in [
            (
                #"{"chat_template":"{{ bos_token }}{{ messages[0].content }}","bos_token":"<s>"}"#,
                "<s>x"
            ),
            (
                #"{"chat_template":[{"name":"tool_use","template":"t"},{"name":"default","template":"d{{ eos_token }}"}],"eos_token":{"content":"</s>"}}"#,
                "d</s>"
            ),
        ] {
            try Data(json.utf8).write(to: settings)
            let format = try #require(try ChatFormat.detect(folder: folder))
            let text = try format.text(
                of: [ChatMessage(role: "user", content: "x")], addsGenerationPrompt: true)
            #expect(text == expected)
        }
        try Data("file".utf8).write(to: folder.appendingPathComponent("chat_template.jinja"))
        let format = try #require(try ChatFormat.detect(folder: folder))
        #expect(try format.text(of: [], addsGenerationPrompt: true) == "file")
        try FileManager.default.removeItem(at: folder.appendingPathComponent("chat_template.jinja"))
        for bad in [
            "{", "{\"chat_template\":7}", "{\"chat_template\":[]}", "{\"chat_template\":\"{{\"}",
        ] {
            try Data(bad.utf8).write(to: settings)
            #expect(throws: PolicyError.self) { try ChatFormat.detect(folder: folder) }
        }
    }
}
