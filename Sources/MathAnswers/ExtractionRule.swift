/// A way to find the answer in a completion, strongest first.
public enum ExtractionRule: String, Sendable, CaseIterable, Codable, Hashable {
    /// `\boxed{…}` or `\fbox{…}`, braces balanced.
    case boxed
    /// `<answer>…</answer>`.
    case answerTag = "answer_tag"
    /// "final answer is …", "Final Answer: …", also in bold.
    case finalAnswer = "final_answer"
    /// A line `#### …`.
    case hashes
    /// "answer: …".
    case answerColon = "answer_colon"
    /// "the answer is …".
    case answerIs = "answer_is"
    /// A line `A: …`.
    case answerLine = "a_line"
    /// A value in bold: `**73**`.
    case bold
    /// The last formula or number, however it is introduced; never used unless asked for.
    case lastNumber = "last_number"

    /// All rules but `lastNumber`.
    public static let standard: [ExtractionRule] = allCases.filter { $0 != .lastNumber }
}

/// Where the answer of a completion was found.
public struct Extraction: Sendable, Equatable {
    /// The rule that found it.
    public let rule: ExtractionRule
    /// UTF-8 byte range in the completion.
    public let range: Range<Int>
    /// The text at `range`.
    public let text: String
    /// The texts of all boxes outside the reasoning, where the rule is `boxed` and they differ:
    /// a hedge unless the gold answer has as many parts.
    public let alternatives: [String]
}
