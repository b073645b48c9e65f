import Rollouts

/// How near a length comes to the one that the prompt asks for.
///
/// With n the length and g the target, which the row names or the spec fixes:
/// `exact`: −α·|g − n|; `max`: clip(α·(g − n) + δ, 0, 1). Add `exact` to the outcome, multiply the
/// outcome by `max`.
///
/// Source: L1, arXiv:2503.04697, eqs. 1 and 2 (α = 0.0003, δ = 0.5).
public struct LengthTargetReward: RewardFunction {
    enum Mode: String, CaseIterable { case exact, max }

    /// `length_target`.
    public static let type = "length_target"
    private let mode: Mode
    private let unit: TextUnit
    private let target: Int?
    private let field: String
    private let alpha: Double
    private let delta: Double

    /// At most 0 for `exact`, within 0…1 for `max`.
    public var traits: RewardTraits {
        RewardTraits(
            range: mode == .exact ? -.infinity...0 : 0...1, basis: .length, unit: unit.rawValue,
            readsFields: true)
    }

    /// Reads `mode`, `unit`, `target` or `field` (of the row), `alpha` and `delta`.
    public init(_ settings: inout SpecReader) throws(RewardError) {
        mode = try settings.choice("mode")
        unit = try settings.choice("unit")
        target = try settings.int("target")
        field = try settings.string("field") ?? "num_tokens"
        alpha = try settings.double("alpha", default: 0.0003)
        delta = try settings.double("delta", default: 0.5)
        guard alpha > 0 else {
            throw .badValue(settings.place(of: "alpha"), key: "alpha", problem: "must be above 0")
        }
    }

    /// Compares the length with the target.
    public func score(_ input: ScoringInput) -> RewardResult {
        let wanted = target.map(Double.init) ?? JSONValue.object(input.fields)[path: field]?.double
        guard let wanted, wanted.isFinite, wanted >= 0 else {
            return .unscored(.abstain, "the row has no target length in '\(field)'")
        }
        guard let length = unit.length(of: input) else {
            return .unscored(.abstain, TextUnit.uncounted)
        }
        let missing = wanted - Double(length)
        let value = mode == .exact ? -alpha * abs(missing) : min(max(alpha * missing + delta, 0), 1)
        return RewardResult(
            value: value == 0 ? 0 : value, reason: "\(length) \(unit.rawValue) of \(wanted)")
    }
}
