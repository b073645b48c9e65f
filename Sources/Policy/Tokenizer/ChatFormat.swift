public import Foundation
public import Rollouts

/// How a conversation becomes the text that a model reads.
public enum ChatFormat: Sendable {
    /// The contents one after another, with nothing between.
    case plain
    /// ChatML, with the system message that stands first where the conversation has none.
    case chatML(defaultSystem: String?)
    /// ChatML of Qwen3: thoughts of turns before the last question are left out.
    case qwen3(thinks: Bool)
    /// Llama 3's headers, after the token that begins a text where `beginsText`.
    case llama3(beginsText: Bool)
    /// The template of a model, with the variables that it gets besides the messages.
    case template(ChatTemplate, variables: [String: JSONValue])

    /// ChatML of Qwen2.5 with its own system message.
    public static let qwen2 = ChatFormat.chatML(
        defaultSystem: "You are Qwen, created by Alibaba Cloud. You are a helpful assistant.")

    /// The text of a conversation.
    ///
    /// - Parameters:
    ///   - messages: the turns, oldest first.
    ///   - addsGenerationPrompt: whether the text ends where the assistant is to speak.
    /// - Throws: `PolicyError.chatTemplate` where a template does not take the conversation.
    public func text(
        of messages: [ChatMessage], addsGenerationPrompt: Bool
    ) throws(PolicyError) -> String {
        switch self {
        case .plain: messages.map(\.content).joined()
        case .chatML(let system):
            ChatMLText.text(of: messages, defaultSystem: system)
                + (addsGenerationPrompt ? ChatMLText.prompt : "")
        case .qwen3(let thinks):
            ChatMLText.textWithoutPastThoughts(of: messages)
                + (addsGenerationPrompt
                    ? ChatMLText.prompt + (thinks ? "" : "<think>\n\n</think>\n\n") : "")
        case .llama3(let beginsText):
            Self.llama3(messages, beginsText, addsGenerationPrompt)
        case .template(let template, let variables):
            try template.text(
                of: messages, addsGenerationPrompt: addsGenerationPrompt, variables: variables)
        }
    }

    private static func llama3(
        _ messages: [ChatMessage], _ beginsText: Bool, _ addsGenerationPrompt: Bool
    ) -> String {
        var text = beginsText ? "<|begin_of_text|>" : ""
        for message in messages {
            let content = ByteText.stripped(message.content, ByteText.isSpace)
            text += "<|start_header_id|>\(message.role)<|end_header_id|>\n\n\(content)<|eot_id|>"
        }
        return addsGenerationPrompt
            ? text + "<|start_header_id|>assistant<|end_header_id|>\n\n" : text
    }

    /// The format that a model's folder says: its `chat_template.jinja`, or else the `chat_template`
    /// of its `tokenizer_config.json`, of which the one named `default` counts.
    ///
    /// - Returns: nil where the folder has no template.
    /// - Throws: `PolicyError.chatTemplate` with the line, or `PolicyError.file`.
    public static func detect(folder: URL) throws(PolicyError) -> ChatFormat? {
        let settings = try ModelFolder.settings("tokenizer_config.json", in: folder)
        guard let source = try source(in: folder, settings) else { return nil }
        var variables: [String: JSONValue] = [:]
        for name in ["bos_token", "eos_token", "unk_token", "pad_token"] {
            if let token = ModelFolder.token(settings?[name]) { variables[name] = .string(token) }
        }
        return .template(try ChatTemplate(source), variables: variables)
    }

    private static func source(
        in folder: URL, _ settings: JSONValue?
    ) throws(PolicyError) -> String? {
        let url = folder.appendingPathComponent("chat_template.jinja")
        if FileManager.default.fileExists(atPath: url.path) {
            do {
                return try String(contentsOf: url, encoding: .utf8)
            } catch {
                throw .file(path: url.path, reason: error.localizedDescription)
            }
        }
        switch settings?["chat_template"] {
        case nil, .null: return nil
        case .string(let text): return text
        case .array(let named):
            let first = named.first { $0["name"]?.string == "default" }
            if let text = first?["template"]?.string { return text }
            fallthrough
        default:
            throw .file(
                path: folder.appendingPathComponent("tokenizer_config.json").path,
                reason: "chat_template is no template, and no list with one named default")
        }
    }
}
