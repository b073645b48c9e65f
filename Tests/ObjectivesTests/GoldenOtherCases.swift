import Rollouts
import Testing

@testable import Objectives

/// The golden cases of token advantages, shaping, values, preferences and entropy.
enum GoldenOtherCases {
    typealias Check = @Sendable (GoldenCase) throws -> Void

    static let all: [String: Check] = [
        "advantage/gae_g1.0_l1.0": gae, "advantage/gae_g0.99_l0.95": gae,
        "advantage/reinforce_pp": reinforce,
        "advantage/reinforce_pp_baseline": { c in
            let mask = try c.inputTable("mask")
            let lengths = mask.map { $0.reduce(0, +) }
            let filled = try c.adding("lengths", lengths)
            let objective = Objective(
                name: c.name, scale: .tokenWhitening(epsilon: try c.param("whiten_eps")))
            let found = try GoldenPolicyCases.assess(filled, objective).advantages
            let flat = zip(mask, found).flatMap { row, value in row.map { _ in value } }
            try c.expectMasked(
                flat, "advantage", mask: mask.flatMap { $0.map { $0 != 0 } },
                tolerance: c.lossTolerance)
        },
        "reward/qwenlong_hybrid_max": { c in
            let found = try hybridRewards(rule: c.input("rule"), judge: c.input("judge"))
            try c.expect(found.compactMap { $0 }, "reward")
            #expect(try hybridRewards(rule: [nil, 0], judge: [nil, nil]) == [nil, 0])
        },
        "advantage/gdpo_trl": { c in
            let found = try DecoupledAdvantages(
                rewards: c.inputTable("rewards"), groups: c.lengths("group"),
                weights: (c.params["weights"]?.numbers).orMissing("weights"),
                epsilon: c.param("eps_group"), unit: .sequence(epsilon: c.param("eps_batch")))
            try c.expect(found.weightedSums, "weighted_sum")
            try c.expect(found.advantages, "advantage")
        },
        "advantage/gdpo_verl_token_whiten": { c in
            let lengths = try c.inputTable("mask").map { Int($0.reduce(0, +)) }
            let found = try DecoupledAdvantages(
                rewards: c.inputTable("rewards"), groups: c.lengths("group"),
                weights: (c.params["weights"]?.numbers).orMissing("weights"),
                epsilon: c.param("eps_group"),
                unit: .token(lengths: lengths, epsilon: c.param("whiten_eps")))
            try c.expect(found.advantages, "advantage_per_sequence")
        },
        "advantage/gfpo_adaptive_difficulty_k": adaptive,
        "reward/kimi_length": kimiLength, "reward/kimi_length_equal": kimiLength,
        "reward/cosine_length": cosine, "reward/ngram_repetition": repetition,
        "value/clipped_mse_0.2": value, "value/clipped_mse_0.5": value,
        "preference/dpo_sigmoid": { try preference($0, .sigmoid(beta: $0.param("beta"))) },
        "preference/cdpo_label_smoothing0.1": {
            try preference(
                $0,
                .sigmoid(
                    beta: $0.param("beta"), labelSmoothing: $0.param("label_smoothing")))
        },
        "preference/robust_dpo_0.1": {
            try preference(
                $0,
                .robust(beta: $0.param("beta"), labelSmoothing: $0.param("label_smoothing")))
        },
        "preference/ipo_sum": {
            try preference($0, .squared(beta: $0.param("beta"), perToken: false))
        },
        "preference/ipo_length_normalised": {
            try preference($0, .squared(beta: $0.param("beta"), perToken: true))
        },
        "preference/dpo_length_normalised": {
            try preference($0, .sigmoid(beta: $0.param("beta"), perToken: true))
        },
        "preference/simpo": {
            try preference($0, .simPO(beta: $0.param("beta"), gamma: $0.param("gamma")))
        },
        "preference/hinge": { try preference($0, .hinge(beta: $0.param("beta"))) },
        "reward_model/bt": rewardModel, "reward_model/bt_margin": rewardModel,
        "reward_model/bt_margin_center0.01": rewardModel,
        "reward_model/gapo_discriminator_bce": { c in
            let found = try DiscriminatorLoss(logits: c.input("logits"), labels: c.input("labels"))
            try c.expect([found.loss], "loss")
            try c.expect(found.gradient, "grad_logits", tolerance: c.gradientTolerance)
        },
        "entropy/categorical": { c in
            let found = try c.inputTable("logits").map { try categoricalEntropy(logits: $0) }
            try c.expect(found.map(\.entropy), "entropy")
            try c.expect(
                found.flatMap(\.gradient), "dH_dlogits", tolerance: c.gradientTolerance)
            try c.expect([average(found.map(\.entropy))], "mean")
        },
        "entropy/aent_clamped": { c in
            try c.expect(
                c.inputTable("logits").map {
                    try clampedEntropy(logits: $0, dropped: c.param("clamp_p"))
                }, "clamped_entropy")
        },
        "entropy/top20_mask": { c in
            let found = try highEntropyMask(c.input("entropy"), share: c.param("rho"))
            try c.expect([found.threshold], "threshold")
            try c.expect(found.keep.map { $0 ? 1 : 0 }, "keep")
        },
        "entropy/adaptive_controller_skywork": { c in
            var controller = EntropyController(
                coefficient: try c.param("coef0"), step: try c.param("delta"),
                target: try c.param("target"), minimum: try c.param("min"),
                maximum: try c.param("max"))
            var applied: [Double] = []
            var after: [Double] = []
            for entropy in try c.input("entropy_stream") {
                applied.append(controller.observe(entropy))
                after.append(controller.coefficient)
            }
            try c.expect(applied, "applied_if_same_step_gate")
            try c.expect(after, "coef_after")
        },
        "kl/adaptive_controller": { c in
            var controller = try KLController(
                coefficient: c.param("init"), target: c.param("target"),
                horizon: c.param("horizon"))
            let samples = try c.int("n_steps")
            try c.expect(
                c.input("kl_stream").map {
                    controller.observe($0, samples: samples)
                    return controller.coefficient
                }, "coef_after")
        },
    ]

    /// Rectangular rows as flat ragged arrays.
    static func layout(_ c: GoldenCase) throws -> (offsets: [Int], mask: [Bool]) {
        let rows = try c.inputTable("mask")
        var offsets = [0]
        for row in rows { offsets.append((offsets.last ?? 0) + row.count) }
        return (offsets, rows.flatMap { $0.map { $0 != 0 } })
    }

    static let gae: Check = { c in
        let (offsets, mask) = try layout(c)
        let found = try generalisedAdvantages(
            rewards: c.inputTable("rewards").flatMap { $0 },
            values: c.inputTable("values").flatMap { $0 }, offsets: offsets, mask: mask,
            gamma: c.param("gamma"), lambda: c.param("lam"))
        try c.expect(found.advantages, "advantage_raw")
        try c.expect(found.returns, "returns")
        try c.expect(whitened(found.advantages, mask: mask), "advantage_whitened")
    }

    static let reinforce: Check = { c in
        let (offsets, mask) = try layout(c)
        let rewards = try tokenRewards(
            rewards: c.input("rewards"),
            logProbabilities: c.inputTable("logp_old").flatMap { $0 },
            referenceLogProbabilities: c.inputTable("logp_ref").flatMap { $0 },
            offsets: offsets, mask: mask, coefficient: c.param("kl_coef"))
        try c.expect(rewards, "token_rewards")
        let returns = try rewardsToGo(
            rewards, offsets: offsets, mask: mask, gamma: c.param("gamma"))
        try c.expect(returns, "returns")
        try c.expect(
            whitened(returns, mask: mask, epsilon: c.param("whiten_eps")), "advantage")
    }

    static let adaptive: Check = { c in
        var retention = try AdaptiveRetention(
            sizes: ["k_very_hard", "k_hard", "k_med", "k_easy"].map { try c.int($0) },
            readyAfter: c.int("ready_after"))
        let wanted = try (c.expected["quartiles"]?.array).orMissing("quartiles")
        var found: [Double] = []
        for (step, mean) in try c.input("mean_reward_stream").enumerated() {
            found.append(Double(try retention.retained(meanReward: mean)))
            if let numbers = wanted[step].numbers {
                c.compare(
                    try retention.quartiles.orMissing("quartiles"), numbers, "quartiles[\(step)]",
                    tolerance: c.lossTolerance)
            } else {
                #expect(retention.quartiles == nil)
            }
        }
        try c.expect(found, "k")
    }

    static let kimiLength: Check = { c in
        try c.expect(
            kimiLengthRewards(lengths: c.lengths(), correct: c.flags("correct")), "len_reward")
    }

    static let cosine: Check = { c in
        let reward = try CosineLengthReward(
            maximum: c.int("L_max"), correct: (c.param("r_correct_0"), c.param("r_correct_L")),
            wrong: (c.param("r_wrong_0"), c.param("r_wrong_L")), exceeded: c.param("r_exceed"))
        try c.expect(
            c.inputTable("cases").map { reward.reward(length: Int($0[1]), isCorrect: $0[0] != 0) },
            "reward")
    }

    static let repetition: Check = { c in
        try c.expect(
            c.inputTable("token_ids").map {
                try repetitionPenalty(
                    tokens: $0.map { Int32($0) }, n: c.int("n"), maximum: c.param("max_penalty"))
            }, "penalty")
    }

    static let value: Check = { c in
        func column(_ key: String) throws -> [Double] { try c.inputTable(key).flatMap { $0 } }
        let found = try ValueLoss(
            values: column("v_new"), oldValues: column("v_old"), returns: column("returns"),
            mask: layout(c).mask, clip: c.param("cliprange_value"))
        try c.expect([found.loss], "loss")
        try c.expect(found.gradient, "grad_v_new", tolerance: c.gradientTolerance)
        try c.expect([found.clipFraction], "vf_clipfrac")
    }

    static let preference: @Sendable (GoldenCase, PreferenceLoss) throws -> Void = { c, loss in
        func side(_ name: String) throws -> PreferenceLoss.Side {
            try .init(
                logProbabilities: c.input("logp_\(name)"), reference: c.input("ref_\(name)"),
                lengths: c.lengths("len_\(name)"))
        }
        let found = try loss.evaluate(chosen: side("chosen"), rejected: side("rejected"))
        try c.expect([found.loss], "loss")
        try c.expect(found.perPair, "per_pair")
        try c.expect(found.chosenGradient, "grad_chosen", tolerance: c.preferenceTolerance)
        try c.expect(found.rejectedGradient, "grad_rejected", tolerance: c.preferenceTolerance)
    }

    static let rewardModel: Check = { c in
        let found = try RewardModelLoss(
            chosen: c.input("chosen"), rejected: c.input("rejected"), margins: c.input("margin"),
            centre: c.param("center_coefficient"))
        try c.expect([found.loss], "loss")
        try c.expect(found.chosenGradient, "grad_chosen", tolerance: c.gradientTolerance)
        try c.expect(found.rejectedGradient, "grad_rejected", tolerance: c.gradientTolerance)
        try c.expect([found.accuracy], "accuracy")
    }
}

extension GoldenCase {
    /// The same case with one more input.
    func adding(_ key: String, _ values: [Double]) throws -> GoldenCase {
        guard case .object(var members) = inputs else { throw MissingField(name: "inputs") }
        members[key] = .array(values.map { .number($0) })
        return GoldenCase(
            name: name, params: params, inputs: .object(members), expected: expected,
            lossTolerance: lossTolerance, gradientTolerance: gradientTolerance,
            preferenceTolerance: preferenceTolerance)
    }
}
