public import Foundation
public import Rollouts

/// The chat template of a model: the part of Jinja that such templates use, run within bounds.
///
/// White space is trimmed as transformers sets it. What is not supported is an error with its line,
/// never a text that differs. Running ends after 2 million steps or 64 MiB of text.
public struct ChatTemplate: Sendable {
    /// The template as written.
    public let source: String
    private let body: [TemplateStatement]

    /// Reads a template.
    ///
    /// - Throws: `PolicyError.chatTemplate` with the line.
    public init(_ source: String) throws(PolicyError) {
        guard source.utf8.count <= 1 << 20 else {
            throw .chatTemplate(line: 1, reason: "the template is longer than 1 MiB")
        }
        self.source = source
        do throws(TemplateFault) {
            body = try TemplateParser.parse(source)
        } catch {
            throw error.policyError
        }
    }

    /// The text of a conversation.
    ///
    /// - Parameters:
    ///   - messages: the turns, oldest first.
    ///   - addsGenerationPrompt: whether the text ends where the assistant is to speak.
    ///   - variables: more that the template may ask for, such as `enable_thinking`.
    ///   - date: what `strftime_now` tells.
    /// - Throws: `PolicyError.chatTemplate` with the line.
    public func text(
        of messages: [ChatMessage], addsGenerationPrompt: Bool,
        variables: [String: JSONValue] = [:], date: Date = Date()
    ) throws(PolicyError) -> String {
        let turns = messages.map {
            JSONValue.object(["role": .string($0.role), "content": .string($0.content)])
        }
        var all: [String: TemplateValue] = ["tools": .none, "documents": .none]
        for (name, value) in variables { all[name] = TemplateValue(value) }
        all["messages"] = TemplateValue(.array(turns))
        all["add_generation_prompt"] = .bool(addsGenerationPrompt)
        return try run(all, date: date)
    }

    /// What the template writes, given its variables.
    func run(_ variables: [String: TemplateValue], date: Date) throws(PolicyError) -> String {
        var runner = TemplateRunner(variables) { Self.formatted(date, $0) }
        do throws(TemplateFault) {
            return try runner.run(body)
        } catch {
            throw error.policyError
        }
    }

    private static func formatted(_ date: Date, _ format: String) -> String? {
        var seconds = time_t(date.timeIntervalSince1970)
        var parts = tm()
        guard localtime_r(&seconds, &parts) != nil else { return nil }
        var buffer = [CChar](repeating: 0, count: 4096)
        let count = strftime(&buffer, buffer.count, format, &parts)
        return String(decoding: buffer.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
