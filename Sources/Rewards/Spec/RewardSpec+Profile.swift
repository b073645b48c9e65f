public import Objectives

extension RewardSpec {
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
