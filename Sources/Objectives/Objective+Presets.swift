extension Objective {
    /// Every name that `preset` knows, aliases last.
    public static let presetNames = presets.map(\.name) + aliases.map(\.0)

    /// The objective of a name; `_` and `-` are the same.
    ///
    /// - Throws: `ObjectiveError.unknownPreset` with the names that exist.
    public static func preset(_ name: String) throws(ObjectiveError) -> Objective {
        let wanted = String(name.lowercased().map { $0 == "_" ? "-" : $0 })
        let target = aliases.first { $0.0 == wanted }?.1 ?? wanted
        guard let found = presets.first(where: { $0.name == target }) else {
            throw .unknownPreset(name: name, known: presetNames)
        }
        return found
    }

    private static let aliases = [("gfpo", "gfpo-efficiency"), ("rloo", "reinforce")]

    private static let presets: [Objective] = [
        Objective(
            name: "grpo", kl: KLTerm(coefficient: 0.04), aggregation: .sequenceMeanTokenMean),
        Objective(
            name: "dapo", gate: .outcome,
            refill: RefillPolicy(maximumRounds: 9, onExhaustion: .raise),
            trust: .clip(low: 0.2, high: 0.28)),
        gfpo(name: "gfpo-shortest", filter: .shortest(k: 8)),
        gfpo(name: "gfpo-efficiency", filter: .tokenEfficiency(k: 8)),
        // Token advantages come from `tokenRewards` with `generalisedAdvantages` and a value head.
        Objective(
            name: "ppo", baseline: .none, scale: .none,
            kl: KLTerm(coefficient: 0.05, estimator: .k1, placement: .reward)),
        // Token advantages come from `tokenRewards`, `rewardsToGo` and `whitened`.
        Objective(
            name: "reinforce++", baseline: .none, scale: .none,
            kl: KLTerm(coefficient: 0.01, estimator: .k1, placement: .reward)),
        Objective(name: "dr-grpo", scale: .none, aggregation: .constant(length: 3000)),
        Objective(
            name: "gspo", ratio: .sequenceGeometric, trust: .clip(low: 3e-4, high: 4e-4),
            aggregation: .sequenceMeanTokenMean),
        Objective(
            name: "gspo-token", ratio: .sequenceGeometricPerToken,
            trust: .clip(low: 3e-4, high: 4e-4), aggregation: .sequenceMeanTokenMean),
        Objective(
            name: "sapo",
            trust: .sigmoid(temperaturePositive: 1, temperatureNegative: 1.05),
            aggregation: .sequenceMeanTokenMean),
        Objective(name: "cispo", trust: .detachedCap(maximum: 5)),
        Objective(
            name: "gmpo", ratio: .clippedGeometric(logBound: 0.4), trust: .none,
            aggregation: .sequenceMeanTokenMean),
        Objective(name: "vespo", ratio: .sequenceProduct, trust: .detachedGamma(GammaShape())),
        Objective(
            name: "luspo", ratio: .sequenceGeometric, trust: .clip(low: 3e-4, high: 4e-4),
            aggregation: .sequenceMeanTokenSum),
        Objective(
            name: "reinforce", baseline: .leaveOneOut, scale: .none, trust: .reinforce,
            aggregation: .sequenceMeanTokenSum),
        Objective(
            name: "reinforce++-baseline", scale: .tokenWhitening(epsilon: 1e-8)),
        Objective(
            name: "lite-ppo", scale: .batchStandardDeviation(ddof: 1, epsilon: 1e-4)),
        Objective(
            name: "opo", baseline: .lengthWeighted, scale: .none, trust: .reinforce),
        Objective(name: "dro", trust: .quadratic(strength: 0.5)),
        Objective(
            name: "kimi", scale: .none, ratio: .sequenceProduct, trust: .quadratic(strength: 0.1),
            aggregation: .sequenceMeanTokenSum),
        Objective(
            name: "kl-cov", trust: .covarianceKL(fraction: 2e-4, coefficient: 1)),
    ]

    /// What both filters of the paper share: statistics of the retained, with the population's
    /// standard deviation, and a denominator over all G.
    private static func gfpo(name: String, filter: ResponseFilter) -> Objective {
        Objective(
            name: name, filter: filter, scale: .standardDeviation(ddof: 0, epsilon: 0),
            kl: KLTerm(coefficient: 0.001), denominator: .group)
    }
}
