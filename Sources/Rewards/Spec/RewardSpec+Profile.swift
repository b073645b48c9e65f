public import Objectives

extension RewardSpec {
    /// Components that can be worth more than 0: one that never is pays nothing, where a penalty that is
    /// never due is as it should be.
    public var payingComponents: Set<String> {
        let ranges = ranges(outcome: 0...1)
        return Set(counted.map(\.name).filter { (ranges[$0]?.upperBound ?? 1) > 0 })
    }

    /// What an objective should know of this reward before it trains on it.
    public var profile: RewardProfile {
        let lowest = total(
            of: combination == .formula ? components : counted, ranges(outcome: 0...1)
        )
        .lowerBound
        let punishing: Set<String> = ["overlong", "truncation"]
        return RewardProfile(
            mayBeNegative: normalization != .none || lowest < 0,
            shapesLength: counted.contains { $0.function.traits.basis == .length },
            paysLengthOnFailure: !ungatedLengths.isEmpty,
            punishesOverlong: counted.contains { punishing.contains(type(of: $0.function).type) })
    }
}
