import Rollouts

/// 1 where the length is within bounds, else 0.
public struct LengthReward: RewardFunction {
    /// `length`.
    public static let type = "length"
    private let range: ClosedRange<Int>
    private let unit: TextUnit

    /// What its values look at.
    public var traits: RewardTraits {
        RewardTraits(basis: .length, unit: unit.rawValue)
    }

    /// Reads `unit`, `minimum` and `maximum`.
    public init(_ settings: inout SpecReader) throws(RewardError) {
        unit = try settings.choice("unit")
        let minimum = try settings.int("minimum", default: 0)
        range = minimum...(try settings.requiredInt("maximum", in: minimum...1_000_000_000))
    }

    /// Whether the length is within bounds.
    public func score(_ input: ScoringInput) -> RewardResult {
        guard let length = unit.length(of: input) else {
            return .unscored(.abstain, TextUnit.uncounted)
        }
        return RewardResult(
            value: range.contains(length) ? 1 : 0, reason: "\(length) \(unit.rawValue)")
    }
}
