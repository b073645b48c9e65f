import Foundation
import Rollouts

/// A reward between bounds that follows a half cosine of the length: short right answers are worth
/// most, long wrong ones lose least.
///
/// With x = min(length, maximum) / maximum, right: `right_long + ½(right_short − right_long)(1 + cos πx)`,
/// wrong: `wrong_long + ½(wrong_short − wrong_long)(1 + cos πx)`; beyond the maximum or cut by the
/// limit: `exceeding`, where it is given.
///
/// Source: Demystifying Long CoT, arXiv:2502.03373, eq. 1; the defaults are those of open-r1's
/// `get_cosine_scaled_reward`: right 1 … 0.5, wrong −1 … −0.5.
public struct CosineReward: RewardFunction {
    /// `cosine`.
    public static let type = "cosine"
    private let judge: MathReward
    private let unit: TextUnit
    private let maximum: Int
    private let right: (short: Double, long: Double)
    private let wrong: (short: Double, long: Double)
    private let exceeding: Double?

    /// Between the least and the greatest of its bounds.
    public var traits: RewardTraits {
        let bounds =
            [right.short, right.long, wrong.short, wrong.long] + (exceeding.map { [$0] } ?? [])
        return RewardTraits(
            range: (bounds.min() ?? -1)...(bounds.max() ?? 1), basis: .correctness,
            unit: unit.rawValue)
    }

    /// Reads `unit`, `maximum`, the four bounds, `exceeding`, and the keys of `math`.
    public init(_ settings: inout SpecReader) throws(RewardError) {
        unit = try settings.choice("unit")
        maximum = try settings.requiredInt("maximum", in: 1...1_000_000_000)
        right = (
            try settings.double("right_short", default: 1),
            try settings.double("right_long", default: 0.5)
        )
        wrong = (
            try settings.double("wrong_short", default: -1),
            try settings.double("wrong_long", default: -0.5)
        )
        exceeding = try settings.double("exceeding")
        judge = try MathReward(&settings)
    }

    /// Judges all completions, then weighs by length.
    public func score(group: [ScoringInput]) -> [RewardResult] {
        zip(group, judge.score(group: group)).map { input, verdict in
            guard let outcome = verdict.value else { return verdict }
            guard let length = unit.length(of: input) else {
                return .unscored(.abstain, TextUnit.uncounted)
            }
            var result = verdict
            result.reason = "\(verdict.reason), \(length) \(unit.rawValue)"
            if let exceeding, length >= maximum || input.truncated {
                result.value = exceeding
                return result
            }
            let share = Double(min(length, maximum)) / Double(maximum)
            let bounds = outcome >= 0.5 ? right : wrong
            result.value = bounds.long + (bounds.short - bounds.long) * (1 + cos(.pi * share)) / 2
            return result
        }
    }
}
