/// What a check found, and why.
public struct MathVerdict: Sendable, Equatable {
    /// The outcome.
    public enum Kind: String, Sendable, Codable, CaseIterable {
        /// The answer is right.
        case equal
        /// The answer is not right, or could not be shown to be: see the reason.
        case different
        /// The gold answer is neither understood nor written the same way.
        case goldUnparseable = "gold_unparseable"
        /// No answer was found.
        case answerMissing = "answer_missing"
        /// The answer is no well-formed mathematics or words.
        case answerUnparseable = "answer_unparseable"
        /// Deciding would cost more than the budget.
        case resourceLimit = "resource_limit"
    }

    /// The outcome.
    public let kind: Kind
    /// The rule that decided, such as `same_text` or `undecided`.
    public let reason: String
    /// The answer as it stands in the completion.
    public let extracted: String?
    /// UTF-8 byte range of `extracted` in the text that was checked.
    public let extractedRange: Range<Int>?
    /// The extraction rule, or nil where the whole text was the answer.
    public let extractionRule: String?
    let goldReading: Reading
    let answerReading: Reading?

    /// The gold answer's normal form, or its text where it has none.
    ///
    /// Computed when asked for.
    public var gold: String { goldReading.normalForm }
    /// The answer's normal form, or nil where it has none.
    ///
    /// Computed when asked for.
    public var answer: String? { answerReading?.value?.description }

    /// Whether the answer is right.
    public var isEqual: Bool { kind == .equal }
    /// Whether equality was neither shown nor refuted: counted apart from plain wrong answers.
    public var isUndecided: Bool { kind == .different && reason == "undecided" }
}

extension MathVerdict {
    /// The same outcome for the same reason on the same texts.
    public static func == (a: MathVerdict, b: MathVerdict) -> Bool {
        a.kind == b.kind && a.reason == b.reason && a.extractedRange == b.extractedRange
            && a.extracted == b.extracted && a.extractionRule == b.extractionRule
            && a.goldReading.source == b.goldReading.source
            && a.answerReading?.source == b.answerReading?.source
    }
}
