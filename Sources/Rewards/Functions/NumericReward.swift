import MathAnswers

/// 1 where the completion's number lies within a tolerance of gold's, else 0:
/// |x − gold| ≤ max(absolute, relative · |gold|).
///
/// Numbers are read as `math` reads them, so `1/2`, `3\times10^{-4}` and `5 cm` are numbers, and
/// letters beside a number are units; the distance is computed exactly or in proved bounds, never in floating point.
public struct NumericReward: RewardFunction {
    /// `numeric`.
    public static let type = "numeric"
    private let math: MathReward
    let tolerance: MathOptions.Tolerance

    /// Looks at whether the answer is right.
    public var traits: RewardTraits { RewardTraits(basis: .correctness) }

    /// Reads `absolute` and `relative`, at least one of them, `last_number`: whether the last number
    /// counts where nothing marks an answer, and `several_boxes`.
    public init(_ settings: inout SpecReader) throws(RewardError) {
        tolerance = MathOptions.Tolerance(
            absolute: try settings.double("absolute", default: 0),
            relative: try settings.double("relative", default: 0))
        guard tolerance.absolute >= 0, tolerance.relative >= 0,
            tolerance.absolute + tolerance.relative > 0
        else {
            throw .badValue(
                settings.place(of: "absolute"), key: "absolute",
                problem: "and 'relative' must not be negative, and one of them above 0")
        }
        var options = MathOptions(tolerance: tolerance)
        options.severalBoxes = try MathReward.severalBoxes(&settings)
        if try settings.bool("last_number", default: false) {
            options.extraction = ExtractionRule.allCases
        }
        math = MathReward(options, wantsNumber: true)
    }

    /// Compares the numbers; equal golds are read once.
    public func score(group: [ScoringInput]) -> [RewardResult] { math.score(group: group) }
}
