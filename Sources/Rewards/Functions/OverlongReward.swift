import Objectives
import Rollouts

/// Soft overlong punishment: 0 up to maximum − cache, then linear to −1 at the maximum.
///
/// Source: DAPO, arXiv:2503.14476, eq. 13. Differs: the unit is always stated, and a completion
/// cut by the limit may be given −1 whatever its length (`truncated: lowest`).
public struct OverlongReward: RewardFunction {
    enum Clamping: String, CaseIterable { case dapo, trl, openrlhf, verl }
    enum Truncated: String, CaseIterable { case length, lowest }

    /// `overlong`.
    public static let type = "overlong"
    private let maximum: Int
    private let cache: Int
    private let unit: TextUnit
    private let clamping: OverlongClamping
    private let truncated: Truncated

    /// What its values look at.
    public var traits: RewardTraits {
        RewardTraits(
            range: (clamping == .dapo ? -1 : -Double.infinity)...0, basis: .length,
            unit: unit.rawValue)
    }

    /// Reads `maximum`, `cache`, `unit`, `clamping` and `truncated`.
    public init(_ settings: inout SpecReader) throws(RewardError) {
        unit = try settings.choice("unit")
        maximum = try settings.requiredInt("maximum", in: 1...1_000_000_000)
        cache = try settings.requiredInt("cache", in: 1...maximum)
        let clamping: Clamping = try settings.choice("clamping", default: .dapo)
        self.clamping = clamping == .verl ? .verl : .dapo
        truncated = try settings.choice("truncated", default: .length)
    }

    /// The penalty, at most 0.
    public func score(_ input: ScoringInput) -> RewardResult {
        if input.truncated, truncated == .lowest {
            return RewardResult(value: -1, reason: "cut by the limit")
        }
        guard let length = unit.length(of: input) else {
            return .unscored(.abstain, TextUnit.uncounted)
        }
        do {
            let penalty = try softOverlongPenalty(
                length: length, maximum: maximum, cache: cache, clamping: clamping)
            return RewardResult(value: penalty, reason: "\(length) \(unit.rawValue)")
        } catch {
            return .unscored(.infrastructureError, "\(error)")
        }
    }
}
