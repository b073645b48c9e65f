extension Preset {
    /// What TRL means by the same names, where that differs: statistics of the group with the sample's
    /// deviation + 1e-4, every token alike, no KL, and sequences masked whose sampler was too far off.
    static let trl: [Preset] = [
        dialect("trl", Objective(name: "grpo", correction: trlCorrection)),
        dialect(
            "trl",
            Objective(
                name: "dapo", trust: .clip(low: 0.2, high: 0.28), correction: trlCorrection),
            "no dynamic sampling"),
        dialect(
            "trl",
            Objective(
                name: "dr-grpo", scale: .none, correction: trlCorrection,
                aggregation: .constant(length: 3000))),
        dialect(
            "trl",
            Objective(
                name: "gspo", ratio: .sequenceGeometric, trust: .clip(low: 3e-4, high: 4e-4),
                correction: trlCorrection, aggregation: .sequenceMeanTokenMean)),
        dialect(
            "trl",
            Objective(
                name: "sapo", trust: .sigmoid(temperaturePositive: 1, temperatureNegative: 1.05),
                correction: trlCorrection, aggregation: .sequenceMeanTokenMean)),
        dialect(
            "trl",
            Objective(
                name: "cispo", trust: .detachedCap(maximum: 5), correction: trlCorrection),
            "`epsilon_high` is the cap itself"),
        dialect(
            "trl",
            Objective(
                name: "gdpo",
                scale: .decoupled(epsilon: 1e-4, batchEpsilon: 1e-4, byTokens: false),
                correction: trlCorrection)),
        dialect(
            "trl",
            Objective(
                name: "rloo", baseline: .leaveOneOut, scale: .none, ratio: .sequenceProduct,
                kl: KLTerm(coefficient: 0.05, estimator: .k1, placement: .reward),
                aggregation: .sequenceMeanTokenMean),
            "a ratio of whole completions, KL in the reward"),
        dialect("trl", ppo("ppo", decay: 0.95, kl: 0.05, valueClip: 0.2)),
        dialect(
            "trl",
            Objective(
                name: "ipo", gate: .outcome, preference: .squared(beta: 0.1, perToken: true)),
            "each side divided by its tokens"),
    ]

    /// What verl means by the same names, where that differs: dual clip at 3, the sample's deviation +
    /// 1e-6, every token alike, means over rollouts with a token.
    static let verl: [Preset] = [
        dialect(
            "verl",
            Objective(
                name: "grpo", scale: verlScale, trust: verlClip, kl: KLTerm(coefficient: 0.001)),
            "with `use_kl_loss`, whose estimate verl bounds and this does not"),
        dialect(
            "verl",
            Objective(
                name: "dapo", gate: .outcome,
                refill: RefillPolicy(maximumRounds: 9, onExhaustion: .raise, draws: .batch),
                scale: verlScale, trust: .clip(low: 0.2, high: 0.28, dual: 3))),
        dialect(
            "verl",
            Objective(
                name: "dr-grpo", scale: .none, trust: verlClip,
                aggregation: .constant(length: 3000))),
        dialect(
            "verl",
            Objective(
                name: "gspo", scale: verlScale, ratio: .sequenceGeometricPerToken,
                trust: .clip(low: 3e-4, high: 4e-4),
                aggregation: .sequenceMeanTokenMeanNonEmpty), "the token form"),
        dialect(
            "verl",
            Objective(
                name: "sapo", scale: verlScale,
                trust: .sigmoid(temperaturePositive: 1, temperatureNegative: 1.05),
                aggregation: .sequenceMeanTokenMeanNonEmpty)),
        dialect(
            "verl",
            Objective(name: "cispo", scale: verlScale, trust: .detachedBand(low: 0.2, high: 0.2)),
            "the bounds are distances from 1"),
        dialect(
            "verl",
            Objective(
                name: "gdpo",
                scale: .decoupled(epsilon: 1e-6, batchEpsilon: 1e-8, byTokens: true),
                trust: verlClip), "the batch is normalised over tokens"),
        dialect(
            "verl",
            Objective(name: "rloo", baseline: .leaveOneOut, scale: .none, trust: verlClip)),
        dialect("verl", ppo("ppo", decay: 1, kl: 0, valueClip: 0.5, dual: 3), "no KL unless asked"),
    ]

    /// Sequences are masked where the product of old over sampler is above 3.
    private static let trlCorrection = BehaviourCorrection.masked(.sequenceProduct, maximum: 3)
    private static let verlScale = AdvantageScale.standardDeviation(ddof: 1, epsilon: 1e-6)
    private static let verlClip = TrustGate.clip(low: 0.2, high: 0.2, dual: 3)

    private static func dialect(
        _ library: String, _ objective: Objective, _ remark: String? = nil
    ) -> Preset {
        var named = objective
        named.name = "\(objective.name)@\(library)"
        return Preset(
            named,
            "as \(library == "trl" ? "TRL" : "verl") computes it"
                + (remark.map { ": \($0)" } ?? ""),
            source: library == "trl" ? "TRL of July 2026" : "verl of August 2026")
    }
}
