/// A gold answer that has been read once, to check any number of completions.
public struct CompiledGold: Sendable {
    /// The text that was given.
    public let source: String
    /// The answer in it: all of `source`, or what was extracted from a worked solution.
    public let text: String
    /// The rule that found `text`, or nil where all of `source` is the answer.
    public let extractionRule: ExtractionRule?
    let reading: Reading

    /// Whether the gold answer is understood; if not, only the same text is equal to it.
    public var isUsable: Bool { reading.value != nil }

    /// Whether it is understood and holds no variable and no word: a number, or several.
    ///
    /// Letters that may be units beside a number, as in `5 m/s`, are taken for units.
    public var isNumeric: Bool {
        reading.value.map { $0.isNumeric || $0.scalar?.withLettersAsUnit != nil } ?? false
    }

    /// The normal form, or the text where it is not understood.
    public var normalForm: String { reading.normalForm }

    /// Why the gold answer is not usable, or nil.
    public var fault: String? { reading.refusal.map(\.description) }
}
