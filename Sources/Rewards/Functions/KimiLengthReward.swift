import Rollouts

/// The length reward of a group: λ = ½ − (length − shortest) / (longest − shortest) for right
/// completions, min(0, λ) for wrong ones, 0 where all lengths are equal.
///
/// Source: Kimi k1.5, arXiv:2501.12599, section 2.3.3. The paper adds it with a weight after a warm-up
/// without it.
public struct KimiLengthReward: RewardFunction {
    /// `kimi_length`.
    public static let type = "kimi_length"
    private let judge: MathReward
    private let unit: TextUnit

    /// Within −½…½, from the whole group.
    public var traits: RewardTraits {
        RewardTraits(
            range: -0.5...0.5, basis: .length, unit: unit.rawValue, comparesGroup: true)
    }

    /// Reads `unit` and the keys of `math`.
    public init(_ settings: inout SpecReader) throws(RewardError) {
        unit = try settings.choice("unit")
        judge = try MathReward(&settings)
    }

    /// Compares the lengths of the group.
    public func score(group: [ScoringInput]) -> [RewardResult] {
        let verdicts = judge.score(group: group)
        let lengths = group.map { unit.length(of: $0) }
        let known = lengths.compactMap { $0 }
        guard known.count == group.count else {
            // One unknown length would move the bounds of all others.
            return group.map { _ in .unscored(.abstain, TextUnit.uncounted) }
        }
        guard let shortest = known.min(), let longest = known.max() else { return [] }
        return zip(known, verdicts).map { length, verdict in
            guard let outcome = verdict.value else { return verdict }
            var result = verdict
            result.reason = "\(length) of \(shortest)…\(longest) \(unit.rawValue)"
            guard longest > shortest else {
                result.value = 0
                return result
            }
            let lambda = 0.5 - Double(length - shortest) / Double(longest - shortest)
            result.value = outcome >= 0.5 ? lambda : min(0, lambda)
            return result
        }
    }
}
