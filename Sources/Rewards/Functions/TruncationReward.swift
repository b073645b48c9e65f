import Rollouts

/// A value where the token limit cut the completion, else 0.
public struct TruncationReward: RewardFunction {
    /// `truncation`.
    public static let type = "truncation"
    private let value: Double

    /// Between 0 and the value.
    public var traits: RewardTraits {
        RewardTraits(range: min(0, value)...max(0, value), basis: .length)
    }

    /// Reads `value`.
    public init(_ settings: inout SpecReader) throws(RewardError) {
        value = try settings.double("value", default: -1)
    }

    /// Whether it was cut.
    public func score(_ input: ScoringInput) -> RewardResult {
        RewardResult(
            value: input.truncated ? value : 0,
            reason: input.truncated ? "cut by the limit" : "ended by itself")
    }
}
