import Rollouts
import Testing

@testable import Objectives

/// The golden policy losses: each builds an objective from its `params` and runs all of it.
enum GoldenPolicyCases {
    typealias Check = @Sendable (GoldenCase) throws -> Void

    static let all: [String: Check] = [
        "policy/ppo_clip_token_mean": { try check($0, clip($0)) },
        "policy/ppo_dual_clip_c3": { try check($0, clip($0, dual: "dual_clip_c")) },
        "policy/grpo_two_sided_delta4": { try check($0, clip($0, dual: "delta")) },
        "policy/grpo_two_sided_delta2": { try check($0, clip($0, dual: "delta")) },
        "policy/grpo_paper_kl": { try check($0, clip($0)) },
        "policy/grpo_no_kl": { try check($0, clip($0)) },
        "policy/grpo_unbiased_kl_dsv32": {
            var objective = try clip($0)
            objective.kl.isRatioWeighted = true
            try check($0, objective)
        },
        "policy/dr_grpo": { try check($0, clip($0)) },
        "policy/dapo": { try check($0, clip($0)) },
        "policy/dapo_overlong_filtered": { try check($0, clip($0)) },
        "policy/grpo_overlong_filtered_mean_over_all": { try check($0, clip($0)) },
        "policy/grpo_overlong_filtered_mean_over_nonempty": { try check($0, clip($0)) },
        "policy/gfpo_token_efficiency_k2_all_token_denominator": {
            var objective = try clip($0)
            objective.denominator = .group
            try check($0, objective)
        },
        "policy/gfpo_token_efficiency_k2_retained_denominator": { try check($0, clip($0)) },
        "policy/reinforce_rloo": { try check($0, objective($0, .reinforce)) },
        "policy/sapo_tau1.0_1.05": sapo,
        "policy/sapo_tau2.0_3.0": sapo,
        "policy/cispo_upper_only_eps_max5": {
            try check($0, objective($0, .detachedCap(maximum: $0.param("eps_max"))))
        },
        "policy/cispo_two_sided_verl": {
            try check(
                $0,
                objective(
                    $0, .detachedBand(low: $0.param("eps_low"), high: $0.param("eps_high"))))
        },
        "policy/dro_beta0.5": {
            try check($0, objective($0, .quadratic(strength: $0.param("beta"))))
        },
        "policy/dapo_tis_token_C2": {
            var objective = try clip($0)
            objective.correction = .truncated(.token, maximum: try $0.param("is_cap"))
            try checkCorrection($0, objective)
        },
        "policy/dapo_mis_token_0.5_3": {
            var objective = try clip($0)
            objective.correction = .masked(
                .token, minimum: try $0.param("is_min"), maximum: try $0.param("is_max"))
            try checkCorrection($0, objective)
        },
        "policy/dapo_mis_sequence_C3": {
            var objective = try clip($0)
            objective.correction = .masked(.sequenceProduct, maximum: try $0.param("is_max"))
            try checkCorrection($0, objective)
        },
        "policy/grpo_offpolicy_sequence_mask_dsv32": {
            var objective = try clip($0)
            objective.offPolicyThreshold = try $0.param("delta")
            try check($0, objective)
        },
        "policy/gspo": { try checkSequence($0, .sequenceMeanTokenMean) },
        "policy/gspo_wide_0.05": { try checkSequence($0, .sequenceMeanTokenMean) },
        "policy/luspo": { try checkSequence($0, .sequenceMeanTokenSum) },
        "policy/gspo_token": {
            var objective = try clip($0)
            objective.ratio = .sequenceGeometricPerToken
            objective.aggregation = .sequenceMeanTokenMean
            try check($0, objective)
        },
        "policy/gmpo": {
            var objective = try objective($0, .none)
            objective.ratio = .clippedGeometric(logBound: try $0.param("log_clip"))
            objective.aggregation = .sequenceMeanTokenMean
            try check($0, objective)
        },
        "policy/vespo": vespo,
        "policy/kimi_omd": kimi,
        "policy/kl_cov": {
            try check(
                $0,
                objective(
                    $0,
                    .covarianceKL(
                        fraction: $0.param("kl_cov_ratio"),
                        coefficient: $0.param("ppo_kl_coef"))))
        },
        "policy/on_policy_identity": onPolicyIdentity,
        "offpolicy/sequence_ratios": sequenceRatios,
    ]

    /// An objective whose advantage, KL and aggregation are those of the parameters.
    static func objective(_ c: GoldenCase, _ trust: TrustGate) throws -> Objective {
        var objective = Objective(name: c.name, trust: trust)
        let advantage = c.params["adv"]?.string ?? ""
        if advantage.hasPrefix("leave-one-out") {
            objective.baseline = .leaveOneOut
            objective.scale = .none
        } else if advantage.hasPrefix("r - group mean") {
            objective.scale = .none
        } else if let k = c.params["k"]?.int {
            objective.filter = try GoldenAdvantageCases.filter(c, k: k)
            objective.scale = .standardDeviation(ddof: 0, epsilon: 0)
        }
        objective.masksTruncated = c.params["truncated_sequences"] != nil
        objective.kl = KLTerm(coefficient: c.params["kl_beta"]?.double ?? 0)
        switch c.params["aggregation"]?.string ?? "token-mean" {
        case "token-mean": objective.aggregation = .tokenMean
        case "seq-mean-token-mean": objective.aggregation = .sequenceMeanTokenMean
        case "seq-mean-token-mean-nonempty":
            objective.aggregation = .sequenceMeanTokenMeanNonEmpty
        case "seq-mean-token-sum": objective.aggregation = .sequenceMeanTokenSum
        case "constant": objective.aggregation = .constant(length: try c.int("L_max"))
        case "mean over sequences": objective.aggregation = .sequenceMeanTokenMean
        case let other: throw MissingField(name: "aggregation \(other)")
        }
        return objective
    }

    static func clip(_ c: GoldenCase, dual: String? = nil) throws -> Objective {
        try objective(
            c,
            .clip(
                low: c.param("eps_low"), high: c.param("eps_high"),
                dual: dual.map { try c.param($0) }))
    }

    /// Groups of a batch: indices of the sequences of each.
    static func members(_ c: GoldenCase) throws -> [[Int]] {
        let group = try c.lengths("group")
        return Set(group).sorted().map { id in group.indices.filter { group[$0] == id } }
    }

    /// Assesses the case's rewards and lays the advantages out by sequence.
    static func assess(
        _ c: GoldenCase, _ objective: Objective
    ) throws -> (
        assessments: [GroupAssessment], lengths: [[Int]], advantages: [Double], trained: [Bool]
    ) {
        let rewards = try c.input("rewards")
        let lengths = try c.lengths()
        let cut = Set(c.params["truncated_sequences"]?.array?.compactMap(\.int) ?? [])
        let members = try members(c)
        let assessments = try objective.assess(
            members.map { rows in
                GroupNumbers(
                    rewards: rows.map { rewards[$0] }, outcomes: rows.map { rewards[$0] },
                    lengths: rows.map { lengths[$0] }, truncated: rows.map { cut.contains($0) })
            })
        var advantages = Array(repeating: 0.0, count: rewards.count)
        var trained = Array(repeating: false, count: rewards.count)
        for (rows, assessment) in zip(members, assessments) {
            for (place, row) in rows.enumerated() {
                advantages[row] = assessment.advantages[place]
                trained[row] = assessment.trained[place]
            }
        }
        return (assessments, members.map { $0.map { lengths[$0] } }, advantages, trained)
    }

    /// The whole way from rewards to the gradient.
    @discardableResult
    static func check(_ c: GoldenCase, _ objective: Objective) throws -> PolicyLoss {
        let (assessments, lengths, advantages, trained) = try assess(c, objective)
        var batch = try batch(c, advantages)
        if let perToken = c.inputs["token_advantage"]?.table {
            batch.advantages = perToken.flatMap { $0 }
            batch.advantageLevel = .token
        }
        let wide = batch.mask
        for s in trained.indices where !trained[s] {
            for t in batch.offsets[s]..<batch.offsets[s + 1] { batch.mask[t] = false }
        }
        let loss = try objective.loss(batch, totals: BatchTotals(assessments, lengths: lengths))
        if c.expected["loss"] != nil { try c.expect([loss.loss], "loss") }
        if c.expected["grad_logp_new"] != nil {
            try c.expect(loss.gradient, "grad_logp_new", tolerance: c.gradientTolerance)
        }
        if let rows = c.expected["advantage"]?.table, !rows.isEmpty {
            let flat = batch.offsets.indices.dropLast().flatMap { s in
                (batch.offsets[s]..<batch.offsets[s + 1]).map { _ in advantages[s] }
            }
            try c.expectMasked(flat, "advantage", mask: wide, tolerance: c.lossTolerance)
        } else if c.expected["advantage"] != nil {
            try c.expect(advantages, "advantage")
        }
        for (key, metric) in [
            ("clip_ratio_low_mean", "clip_ratio/low_mean"),
            ("clip_ratio_high_mean", "clip_ratio/high_mean"),
            ("clip_ratio_region_mean", "clip_ratio/region_mean"),
            ("approx_kl_k1_old_new", "approx_kl"),
        ] where c.expected[key] != nil {
            try c.expect([try loss.metrics[metric].orMissing(metric)], key)
        }
        return loss
    }

    /// The batch of a case, padding included.
    static func batch(_ c: GoldenCase, _ advantages: [Double]) throws -> PolicyBatch {
        let mask = try c.inputTable("mask")
        var offsets = [0]
        for row in mask { offsets.append((offsets.last ?? 0) + row.count) }
        func column(_ key: String) -> [Double]? { c.inputs[key]?.table.map { $0.flatMap { $0 } } }
        return PolicyBatch(
            offsets: offsets, mask: mask.flatMap { $0.map { $0 != 0 } },
            newLogProbabilities: try column("logp_new").orMissing("logp_new"),
            oldLogProbabilities: try column("logp_old").orMissing("logp_old"),
            referenceLogProbabilities: column("logp_ref"),
            samplerLogProbabilities: column("logp_rollout"), advantages: advantages)
    }

    /// log π − log π_old of the trained tokens of each sequence.
    static func differences(
        _ batch: PolicyBatch, _ a: [Double], _ b: [Double]
    ) -> [[Double]] {
        (0..<batch.sequenceCount).map { s in
            batch.trainedPositions(s).map { a[$0] - b[$0] }
        }
    }

    static let checkSequence: @Sendable (GoldenCase, Aggregation) throws -> Void = {
        c, aggregation in
        var objective = try clip(c)
        objective.ratio = .sequenceGeometric
        objective.aggregation = aggregation
        try check(c, objective)
        let batch = try batch(c, assess(c, objective).advantages)
        let rows = differences(batch, batch.newLogProbabilities, batch.oldLogProbabilities)
        let ratios = rows.map {
            SequenceRatios($0, level: .sequenceGeometric, advantage: 1).logRatios[0]
        }
        try c.expect(ratios.map { exponential($0) }, "seq_ratio")
        let clipped = zip(ratios, batch.advantages).map { ratio, advantage in
            let surrogate = objective.trust.surrogate(
                SurrogateInput(
                    logRatio: ratio, advantage: advantage, logProbability: 0, sharing: 1))
            return surrogate.isClippedLow || surrogate.isClippedHigh ? 1.0 : 0
        }
        try c.expect(clipped, "clipped")
    }

    static let checkCorrection: @Sendable (GoldenCase, Objective) throws -> Void = { c, objective in
        try check(c, objective)
        let batch = try batch(c, [])
        let sampler = try batch.samplerLogProbabilities.orMissing("logp_rollout")
        let weights = differences(batch, batch.oldLogProbabilities, sampler).map {
            objective.correction.weights($0)
        }
        if c.expected["is_weight_seq"] != nil {
            try c.expect(weights.map { $0[0] }, "is_weight_seq")
        } else {
            var flat = Array(repeating: 0.0, count: batch.mask.count)
            for s in weights.indices {
                for (t, weight) in zip(batch.trainedPositions(s), weights[s]) { flat[t] = weight }
            }
            try c.expectMasked(flat, "is_weight", mask: batch.mask, tolerance: c.lossTolerance)
        }
    }

    static let sapo: Check = { c in
        let trust = TrustGate.sigmoid(
            temperaturePositive: try c.param("tau_pos"),
            temperatureNegative: try c.param("tau_neg"))
        let objective = try objective(c, trust)
        try check(c, objective)
        let batch = try batch(c, assess(c, objective).advantages)
        var values = Array(repeating: 0.0, count: batch.mask.count)
        var weights = values
        for s in 0..<batch.sequenceCount {
            for t in batch.trainedPositions(s) {
                let logRatio = batch.newLogProbabilities[t] - batch.oldLogProbabilities[t]
                let a = batch.advantages[s]
                let surrogate = trust.surrogate(
                    SurrogateInput(
                        logRatio: logRatio, advantage: a, logProbability: 0, sharing: 1))
                values[t] = -surrogate.value / a
                weights[t] = -surrogate.slope / a / exponential(logRatio)
            }
        }
        try c.expectMasked(values, "gate_value", mask: batch.mask, tolerance: c.lossTolerance)
        try c.expectMasked(
            weights, "grad_weight_sech2", mask: batch.mask, tolerance: c.gradientTolerance)
    }

    static let vespo: Check = { c in
        let shape = GammaShape(
            powerPositive: try c.param("k_pos"), ratePositive: try c.param("lambda_pos"),
            powerNegative: try c.param("k_neg"), rateNegative: try c.param("lambda_neg"))
        var objective = try objective(c, .detachedGamma(shape))
        objective.ratio = .sequenceProduct
        try check(c, objective)
        let batch = try batch(c, assess(c, objective).advantages)
        let rows = differences(batch, batch.newLogProbabilities, batch.oldLogProbabilities)
        try c.expect(
            zip(rows, batch.advantages).map {
                shape.weight(logRatio: $0.reduce(0, +), advantage: $1)
            }, "phi")
    }

    static let kimi: Check = { c in
        let tau = try c.param("tau")
        var objective = try objective(c, .quadratic(strength: tau))
        objective.scale = .none
        objective.ratio = .sequenceProduct
        objective.aggregation = .sequenceMeanTokenSum
        let loss = try check(c, objective)
        try c.expect([loss.loss], "loss_gradient_form")
        try c.expect(loss.gradient, "grad_gradient_form", tolerance: c.gradientTolerance)
        // The squared form has the same gradient, 2τ times as long.
        let squared = (try (c.expected["grad_squared_form"]?.table).orMissing("grad_squared_form"))
            .flatMap { $0 }
        c.compare(
            loss.gradient, squared.map { $0 / (2 * tau) }, "grad_squared_form",
            tolerance: c.gradientTolerance)
        let batch = try batch(c, [])
        try c.expect(
            differences(batch, batch.newLogProbabilities, batch.oldLogProbabilities).map {
                SequenceRatios($0, level: .sequenceProduct, advantage: 1).logRatios[0]
            }, "seq_log_ratio_sum")
    }

    static let sequenceRatios: Check = { c in
        let mask = try c.inputTable("mask").map { $0.map { $0 != 0 } }
        let old = try c.inputTable("logp_old")
        let sampler = try c.inputTable("logp_rollout")
        let rows = mask.indices.map { s in
            mask[s].indices.filter { mask[s][$0] }.map { old[s][$0] - sampler[s][$0] }
        }
        for (level, key) in [
            (BehaviourCorrection.Level.sequenceProduct, "product"),
            (.sequenceGeometric, "geometric_mean"),
        ] {
            let correction = BehaviourCorrection.truncated(
                level, maximum: .greatestFiniteMagnitude)
            try c.expect(rows.map { correction.weights($0)[0] }, key)
        }
        let drifts = rows.map { OffPolicyDrift($0) }
        try c.expect(drifts.map(\.logPerplexityGap), "log_ppl_diff")
        try c.expect(drifts.map(\.k3), "k3_seq_mean")
    }

    static let onPolicyIdentity: Check = { c in
        var inputs: [String: JSONValue] = [:]
        inputs["mask"] = c.inputs["mask"]
        inputs["logp_new"] = c.inputs["logp_new_equals_old"]
        inputs["logp_old"] = c.inputs["logp_new_equals_old"]
        let same = GoldenCase(
            name: c.name, params: c.params, inputs: .object(inputs), expected: c.expected,
            lossTolerance: c.lossTolerance, gradientTolerance: c.gradientTolerance,
            preferenceTolerance: c.preferenceTolerance)
        let batch = try batch(same, c.input("advantage"))
        for name in [
            "grpo", "dapo", "gspo", "gspo-token", "sapo", "cispo", "gmpo", "vespo", "reinforce",
            "kl-cov",
        ] {
            var objective = try Objective.preset(name)
            objective.kl = .none
            objective.aggregation = try Self.objective(same, .none).aggregation
            let loss = try objective.loss(batch)
            try same.expect(loss.gradient, "grad_logp_new", tolerance: c.gradientTolerance)
        }
    }
}
