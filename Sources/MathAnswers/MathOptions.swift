/// What a verifier accepts beyond or short of the defaults.
public struct MathOptions: Sendable, Equatable, Codable {
    /// What several different boxes mean.
    public enum SeveralBoxes: String, Sendable, Codable {
        /// They are a hedge, unless the gold answer has as many parts.
        case hedge
        /// The last one is the answer.
        case last
    }

    /// How far an answer may lie from gold.
    public struct Tolerance: Sendable, Equatable, Codable {
        /// As a number; not negative.
        public var absolute: Double
        /// As a share of gold; not negative.
        public var relative: Double

        /// |answer − gold| ≤ max(absolute, relative · |gold|).
        public init(absolute: Double = 0, relative: Double = 0) {
            self.absolute = absolute
            self.relative = relative
        }
    }

    /// Rules that may find the answer; the order of strength is that of `ExtractionRule`.
    public var extraction: [ExtractionRule]
    /// Whether the gold answer is a worked solution whose answer is found by the same rules.
    public var extractsGold: Bool
    /// Correctly rounded decimal places that a decimal answer needs where the exact gold answer
    /// is no terminating decimal; it needs as many significant digits too.
    public var decimalPlaces: Int
    /// Whether an exact answer may be rounded to the places of a decimal gold answer.
    public var roundsToGold: Bool
    /// What several different boxes mean.
    public var severalBoxes: SeveralBoxes
    /// Steps that one check may take before it ends as `resource_limit`.
    public var stepLimit: Int
    /// Whether an answer must be worked out where gold is one number: `9 + 4` is then no answer for 13.
    public var finalForm: Bool
    /// How far a number may lie from gold's; nil for not at all.
    public var tolerance: Tolerance?

    /// The default policy, or a looser or stricter one.
    public init(
        extraction: [ExtractionRule] = ExtractionRule.standard, extractsGold: Bool = false,
        decimalPlaces: Int = 6, roundsToGold: Bool = false, severalBoxes: SeveralBoxes = .hedge,
        stepLimit: Int = 100_000, finalForm: Bool = false, tolerance: Tolerance? = nil
    ) {
        self.extraction = extraction
        self.extractsGold = extractsGold
        self.decimalPlaces = decimalPlaces
        self.roundsToGold = roundsToGold
        self.severalBoxes = severalBoxes
        self.stepLimit = stepLimit
        self.tolerance = tolerance
        self.finalForm = finalForm
    }
}
