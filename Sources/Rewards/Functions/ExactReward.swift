import Foundation
import Rollouts

/// 1 where the completion is gold letter for letter, else 0.
public struct ExactReward: RewardFunction {
    /// `exact`.
    public static let type = "exact"
    private let ignoresCase: Bool
    private let trims: Bool

    /// What its values look at.
    public var traits: RewardTraits {
        RewardTraits(basis: .correctness)
    }

    /// Reads `ignore_case` and `trim` (white space around both texts).
    public init(_ settings: inout SpecReader) throws(RewardError) {
        ignoresCase = try settings.bool("ignore_case", default: false)
        trims = try settings.bool("trim", default: true)
    }

    /// Whether the texts are equal.
    public func score(_ input: ScoringInput) -> RewardResult {
        guard let gold = input.gold, gold.contains(where: { !$0.isWhitespace }) else {
            return .unscored(.goldUnparseable, "the row has no gold answer")
        }
        let answer = prepared(input.completion)
        return RewardResult(
            value: answer == prepared(gold) ? 1 : 0, reason: "text comparison", extracted: answer)
    }

    private func prepared(_ text: String) -> String {
        let text = trims ? text.trimmingCharacters(in: .whitespacesAndNewlines) : text
        return ignoresCase ? text.lowercased() : text
    }
}
