import Rollouts

/// Text out of the forms that chat data takes.
enum Messages {
    /// The text of a string, of a message, of the last message with `role`, or of an object that
    /// holds its text.
    static func text(of value: JSONValue, role: String = "assistant") -> String? {
        switch value {
        case .string(let text): return text
        case .array(let elements):
            let messages = elements.filter { $0["content"] != nil || $0["value"] != nil }
            guard !messages.isEmpty else { return parts(elements) }
            let aliases = role == "user" ? ["user", "human"] : ["assistant", "gpt"]
            let last = messages.last { message in
                (message["role"] ?? message["from"])?.string.map(aliases.contains) ?? false
            }
            return (last ?? messages.last).flatMap { text(of: $0) }
        case .object:
            for key in ["content", "value", "text", "completion", "solution", "output_text"] {
                if let text = value[key]?.string { return text }
            }
            if let content = value["content"]?.array { return parts(content) }
            if let output = value["output"]?.array { return responses(output) }
            return nil
        default: return nil
        }
    }

    /// `[{type: text, text: …}]`.
    private static func parts(_ elements: [JSONValue]) -> String? {
        let texts = elements.compactMap { $0["text"]?.string }
        return texts.isEmpty ? nil : texts.joined()
    }

    /// The output of a Responses object: the text of its messages.
    private static func responses(_ output: [JSONValue]) -> String? {
        let texts = output.filter { $0["type"]?.string == "message" }.compactMap { text(of: $0) }
        return texts.isEmpty ? nil : texts.joined()
    }
}

extension JSONValue {
    /// The member at a dotted path; null counts as absent.
    subscript(path path: String) -> JSONValue? {
        if let value = self[path], value != .null { return value }
        guard path.contains(".") else { return nil }
        var value = self
        for part in path.split(separator: ".") {
            guard let member = value[String(part)] else { return nil }
            value = member
        }
        return value == .null ? nil : value
    }
}
