extension Preset {
    /// Baselines over the completions of one problem.
    static let groupFamily: [Preset] = [
        Preset(
            Objective(
                name: "grpo", kl: KLTerm(coefficient: 0.04), aggregation: .sequenceMeanTokenMean),
            "the group is its own baseline; every completion weighs alike",
            source: "DeepSeekMath, arXiv:2402.03300"),
        Preset(
            Objective(name: "dr-grpo", scale: .none, aggregation: .constant(length: 3000)),
            "GRPO without the deviation and with a constant length, against its length bias",
            source: "Dr. GRPO, arXiv:2503.20783"),
        Preset(
            Objective(
                name: "dapo", gate: .outcome,
                refill: RefillPolicy(maximumRounds: 9, onExhaustion: .raise),
                trust: .clip(low: 0.2, high: 0.28)),
            "clip higher, sampling until every group has a signal, every token weighs alike, no KL",
            source: "DAPO, arXiv:2503.14476"),
        Preset(
            Objective(
                name: "qwenlong", gate: .outcome, refill: RefillPolicy(maximumRounds: 9),
                trust: .clip(low: 0.2, high: 0.28)),
            "DAPO over phases of growing length, hard problems carried on",
            source: "QwenLong-L1, arXiv:2505.17667",
            needs: "a curriculum in phases, and a reward that is the larger of rule and judge"),
        Preset(
            Objective(
                name: "gspo", ratio: .sequenceGeometric, trust: .clip(low: 3e-4, high: 4e-4),
                aggregation: .sequenceMeanTokenMean),
            "one ratio a completion: the geometric mean, in a narrow band",
            source: "GSPO, arXiv:2507.18071"),
        Preset(
            Objective(
                name: "gspo-token", ratio: .sequenceGeometricPerToken,
                trust: .clip(low: 3e-4, high: 4e-4), aggregation: .sequenceMeanTokenMean),
            "GSPO's ratio with a gradient for each token, so that tokens may have advantages",
            source: "GSPO, arXiv:2507.18071"),
        Preset(
            Objective(
                name: "sapo", trust: .sigmoid(temperaturePositive: 1, temperatureNegative: 1.05),
                aggregation: .sequenceMeanTokenMean),
            "a gate that closes smoothly instead of a clip", source: "SAPO, arXiv:2511.20347"),
        Preset(
            Objective(name: "cispo", trust: .detachedCap(maximum: 5)),
            "a capped ratio as a constant weight: no token loses its gradient",
            source: "MiniMax-M1, arXiv:2506.13585; the cap of ScaleRL, arXiv:2510.13786"),
        Preset(
            Objective(
                name: "gmpo", ratio: .clippedGeometric(logBound: 0.4), trust: .none,
                aggregation: .sequenceMeanTokenMean),
            "the geometric mean of token ratios that are clipped first",
            source: "GMPO, arXiv:2507.20673"),
        Preset(
            Objective(
                name: "vespo", ratio: .sequenceProduct, trust: .detachedGamma(GammaShape())),
            "the product of ratios, tamed by a gamma-shaped weight", source: "VESPO, as TRL has it"),
        Preset(
            Objective(
                name: "luspo", ratio: .sequenceGeometric, trust: .clip(low: 3e-4, high: 4e-4),
                aggregation: .sequenceMeanTokenSum),
            "GSPO's loss times the length", source: "LUSPO, as TRL has it"),
        Preset(
            Objective(
                name: "gdpo",
                scale: .decoupled(epsilon: 1e-4, batchEpsilon: 1e-4, byTokens: false)),
            "every component of the reward is normalised on its own before they are summed",
            source: "GDPO, arXiv:2601.05242"),
        Preset(
            Objective(
                name: "reinforce", baseline: .leaveOneOut, scale: .none, trust: .reinforce,
                aggregation: .sequenceMeanTokenSum),
            "the score function with the mean of the others as baseline",
            source: "Williams 1992; the baseline of arXiv:2402.14740"),
        Preset(
            Objective(
                name: "rloo", baseline: .leaveOneOut, scale: .none, trust: .reinforce,
                kl: KLTerm(coefficient: 0.05, estimator: .k1, placement: .reward),
                aggregation: .sequenceMeanTokenSum),
            "REINFORCE with the mean of the others, KL taken off the reward",
            source: "RLOO, arXiv:2402.14740"),
        Preset(
            Objective(name: "reinforce++-baseline", scale: .tokenWhitening(epsilon: 1e-8)),
            "the group's mean, whitened over all tokens of the batch",
            source: "REINFORCE++, arXiv:2501.03262"),
        Preset(
            Objective(
                name: "lite-ppo", scale: .batchStandardDeviation(ddof: 1, epsilon: 1e-4)),
            "the group's mean and the batch's deviation", source: "Lite PPO, arXiv:2508.08221"),
        Preset(
            Objective(
                name: "opo", baseline: .lengthWeighted, scale: .none, trust: .reinforce),
            "the baseline of least variance: the mean weighted by length",
            source: "OPO, arXiv:2505.23585"),
        Preset(
            Objective(name: "dro", trust: .quadratic(strength: 0.5)),
            "a quadratic penalty on the log ratio instead of a bound", source: "DRO, as verl has it"
        ),
        Preset(
            Objective(
                name: "kimi", shaping: .kimiLength(weight: 0.5), scale: .none,
                ratio: .sequenceProduct, trust: .quadratic(strength: 0.1),
                aggregation: .sequenceMeanTokenSum, resetsOptimizer: true),
            "online mirror descent: a quadratic pull to the policy that sampled, a fresh optimiser "
                + "for each batch, a reward for the shorter of the group",
            source:
                "Kimi k1.5, arXiv:2501.12599; τ and the weight are unpublished: 0.1 and 0.5 are ours"
        ),
        Preset(
            Objective(
                name: "kl-cov", trust: .covarianceKL(fraction: 2e-4, coefficient: 1)),
            "a penalty on the few tokens that drive entropy down", source: "arXiv:2505.22617"),
        Preset(
            Objective(
                name: "clip-cov",
                trust: .covarianceClip(low: 0.2, high: 0.2, fraction: 2e-4)),
            "no gradient for a few of the tokens that drive entropy down",
            source: "arXiv:2505.22617"),
        Preset(
            Objective(
                name: "high-entropy", gate: .outcome, refill: RefillPolicy(maximumRounds: 9),
                trust: .clip(low: 0.2, high: 0.28), tokens: .highestEntropy(share: 0.2)),
            "DAPO on the fifth of tokens that is most uncertain", source: "arXiv:2506.01939"),
    ]

    /// Group filtering: sample more, train on fewer.
    static let filtered: [Preset] = [
        Preset(
            gfpo("gfpo-shortest", filter: .shortest(k: 8)), "the k shortest of a group",
            source: "GFPO, arXiv:2508.09726"),
        Preset(
            gfpo("gfpo-efficiency", filter: .tokenEfficiency(k: 8)),
            "the k of largest reward a token", source: "GFPO, arXiv:2508.09726",
            aliases: ["gfpo"]),
        Preset(
            gfpo(
                "gfpo-adaptive", filter: .shortest(k: 8),
                retention: .adaptive(sizes: [8, 8, 6, 4])),
            "the shortest of a group, fewer of easy problems than of hard ones",
            source: "GFPO, arXiv:2508.09726"),
    ]

    /// What the paper's filters share: statistics of the retained, with the population's standard
    /// deviation, and a denominator over all G.
    private static func gfpo(
        _ name: String, filter: ResponseFilter, retention: Retention = .fixed
    ) -> Objective {
        Objective(
            name: name, filter: filter, retention: retention,
            scale: .standardDeviation(ddof: 0, epsilon: 0), kl: KLTerm(coefficient: 0.001),
            denominator: .group)
    }

    /// Advantages of tokens.
    static let tokenFamily: [Preset] = [
        Preset(
            ppo("ppo", decay: 0.95, kl: 0.05, valueClip: 0.2),
            "a critic, generalised advantage estimation, KL paid in the reward",
            source: "PPO, arXiv:1707.06347; GAE, arXiv:1506.02438; numbers of TRL"),
        Preset(
            ppo("gapo", decay: 0.95, kl: 0.01, valueClip: 0.2),
            "PPO whose reward is a discriminator that learns on", source: "GAPO, arXiv:2503.20194",
            needs: "`learned_reward: {kind: discriminator}` in the recipe"),
        Preset(
            Objective(
                name: "reinforce++", baseline: .rewardToGo(discount: 1),
                scale: .tokenWhitening(epsilon: 1e-8),
                kl: KLTerm(coefficient: 0.01, estimator: .k1, placement: .reward)),
            "rewards to go with KL in them, whitened over the batch, without a critic",
            source: "REINFORCE++, arXiv:2501.03262"),
    ]

    /// PPO with a critic.
    static func ppo(
        _ name: String, decay: Double, kl: Double, valueClip: Double, dual: Double? = nil
    ) -> Objective {
        Objective(
            name: name, baseline: .value(discount: 1, decay: decay),
            scale: .tokenWhitening(epsilon: 1e-8),
            trust: .clip(low: 0.2, high: 0.2, dual: dual),
            kl: KLTerm(coefficient: kl, estimator: .k1, placement: .reward), valueClip: valueClip)
    }

    /// Losses on pairs of a better and a worse completion of one problem.
    static let pairs: [Preset] = [
        pair(
            "dpo", .sigmoid(beta: 0.1),
            "the chosen more likely than the rejected, against a reference",
            "DPO, arXiv:2305.18290"),
        pair(
            "cdpo", .sigmoid(beta: 0.1, labelSmoothing: 0.1), "DPO that expects wrong labels",
            "cDPO, Mitchell 2023"),
        pair(
            "robust-dpo", .robust(beta: 0.1, labelSmoothing: 0.1),
            "DPO unbiased under flipped labels", "arXiv:2403.00409"),
        pair(
            "ipo", .squared(beta: 0.1, perToken: false), "a bounded margin", "IPO, arXiv:2310.12036"
        ),
        pair(
            "simpo", .simPO(beta: 2, gamma: 1), "mean log-probabilities and no reference",
            "SimPO, arXiv:2405.14734"),
        pair("slic", .hinge(beta: 0.1), "a hinge on the margin", "SLiC-HF, arXiv:2305.10425"),
    ]

    private static func pair(
        _ name: String, _ loss: PreferenceLoss, _ summary: String, _ source: String
    ) -> Preset {
        Preset(
            Objective(name: name, gate: .outcome, preference: loss), summary, source: source,
            needs: "groups whose rewards differ")
    }
}
