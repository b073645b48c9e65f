/// The text of ChatML, as the templates of Qwen write it.
enum ChatMLText {
    /// What the assistant's turn begins with.
    static let prompt = "<|im_start|>assistant\n"

    private static func turn(_ role: String, _ content: String) -> String {
        "<|im_start|>\(role)\n\(content)<|im_end|>\n"
    }

    /// The conversation, with a system message where it has none.
    static func text(of messages: [ChatMessage], defaultSystem: String?) -> String {
        var text = ""
        if let defaultSystem, messages.first?.role != "system" {
            text += turn("system", defaultSystem)
        }
        for index in messages.indices {
            text +=
                toolTurn(messages, index) ?? turn(messages[index].role, messages[index].content)
        }
        return text
    }

    /// The conversation, without the thoughts before the last question.
    static func textWithoutPastThoughts(of messages: [ChatMessage]) -> String {
        let last = messages.lastIndex { $0.role == "user" && !isToolResponse($0.content) }
        var text = ""
        for (index, message) in messages.enumerated() {
            if message.role == "assistant" {
                let isLast = index == messages.count - 1
                let (thought, answer) = parts(message.content)
                let keeps =
                    index > (last ?? messages.count - 1) && (isLast || !thought.utf8.isEmpty)
                let shown =
                    keeps
                    ? "<think>\n\(trimmed(thought))\n</think>\n\n\(trimmed(answer, right: false))"
                    : answer
                text += turn("assistant", shown)
            } else {
                text += toolTurn(messages, index) ?? turn(message.role, message.content)
            }
        }
        return text
    }

    /// Tool results stand in a user's turn, several in a row in the same one.
    private static func toolTurn(_ messages: [ChatMessage], _ index: Int) -> String? {
        guard messages[index].role == "tool" else { return nil }
        let isFirst = index == 0 || messages[index - 1].role != "tool"
        let isLast = index == messages.count - 1 || messages[index + 1].role != "tool"
        return (isFirst ? "<|im_start|>user" : "")
            + "\n<tool_response>\n\(messages[index].content)\n</tool_response>"
            + (isLast ? "<|im_end|>\n" : "")
    }

    private static func isToolResponse(_ content: String) -> Bool {
        ByteText.starts(content, with: "<tool_response>")
            && ByteText.ends(content, with: "</tool_response>")
    }

    /// What was thought and what was said.
    private static func parts(_ content: String) -> (thought: String, answer: String) {
        let pieces = ByteText.split(content, by: "</think>", limit: .max)
        guard pieces.count > 1, let first = pieces.first, let last = pieces.last else {
            return ("", content)
        }
        let thought = ByteText.split(
            trimmed(first, left: false), by: "<think>", limit: .max
        ).last
        return (trimmed(thought ?? "", right: false), trimmed(last, right: false))
    }

    private static func trimmed(_ text: String, left: Bool = true, right: Bool = true) -> String {
        ByteText.stripped(text, left: left, right: right) { $0 == "\n" }
    }
}
