import Foundation
import Rollouts
import Testing

@testable import Objectives

/// e^x, for tests without their own import.
func exponential(_ x: Double) -> Double { exp(x) }

/// The golden advantages, gates and rewards.
enum GoldenAdvantageCases {
    typealias Check = @Sendable (GoldenCase) throws -> Void

    static let all: [String: Check] = [
        "advantage/scalar_estimators": scalarEstimators,
        "advantage/zero_variance_group": zeroVariance,
        "advantage/opo_length_weighted_baseline": { c in
            let objective = Objective(name: c.name, baseline: .lengthWeighted, scale: .none)
            try c.expect(GoldenPolicyCases.assess(c, objective).advantages, "advantage")
        },
        "advantage/gfpo_shortest_k2": gfpo,
        "advantage/gfpo_shortest_k3": gfpo,
        "advantage/gfpo_token_efficiency_k2": gfpo,
        "advantage/gfpo_token_efficiency_k3": gfpo,
        "advantage/gfpo_ties_lower_index_first": gfpo,
        "advantage/gfpo_token_efficiency_negative_reward_trap": negativeTrap,
        "advantage/binary_identity_mean_abs": binaryIdentity,
        "reward/dapo_soft_overlong": softOverlong,
        "kl/estimators": klEstimators,
        "filter/outcome_gate_vs_std_gate": outcomeGate,
        "curriculum/dapo_dynamic_sampling": dynamicSampling,
    ]

    static func filter(_ c: GoldenCase, k: Int) throws -> ResponseFilter {
        switch try c.text("metric") {
        case "shortest": .shortest(k: k)
        case "token_efficiency": .tokenEfficiency(k: k, negatives: .asWritten)
        case let other: throw MissingField(name: "metric \(other)")
        }
    }

    static let scalarEstimators: Check = { c in
        func advantages(_ baseline: Baseline, _ scale: AdvantageScale) throws -> [Double] {
            let filled = try c.adding("lengths", c.input("rewards").map { _ in 1 })
            let objective = Objective(name: c.name, baseline: baseline, scale: scale)
            let found = try GoldenPolicyCases.assess(filled, objective)
            return found.advantages
        }
        for (key, baseline, scale): (String, Baseline, AdvantageScale) in [
            ("grpo_paper_population", .mean, .standardDeviation(ddof: 0, epsilon: 0)),
            ("grpo_trl_bessel_eps1e-4", .mean, .standardDeviation(ddof: 1, epsilon: 1e-4)),
            ("grpo_verl_bessel_eps1e-6", .mean, .standardDeviation(ddof: 1, epsilon: 1e-6)),
            ("grpo_openrlhf_bessel_eps1e-9", .mean, .standardDeviation(ddof: 1, epsilon: 1e-9)),
            ("dr_grpo_center_only", .mean, .none),
            (
                "lite_ppo_group_mean_batch_std", .mean,
                .batchStandardDeviation(ddof: 1, epsilon: 1e-4)
            ),
            ("rloo", .leaveOneOut, .none),
            ("rloo_identity_G_over_Gm1_times_centered", .leaveOneOut, .none),
            ("nemo_leave_one_out_mean_and_std", .leaveOneOut, .leaveOneOut(epsilon: 1e-6)),
        ] {
            try c.expect(advantages(baseline, scale), key)
        }
    }

    static let zeroVariance: Check = { c in
        let rewards = try c.input("rewards")
        let group = GroupNumbers(
            rewards: rewards, outcomes: rewards, lengths: rewards.map { _ in 1 },
            truncated: rewards.map { _ in false })
        let objective = Objective(
            name: c.name, scale: .standardDeviation(ddof: 1, epsilon: try c.param("eps")))
        let assessment = try objective.assess(group)
        try c.expect(assessment.advantages, "grpo")
        try c.expect([assessment.isDegenerate ? 1 : 0], "frac_reward_zero_std")
        let kept = GroupGate.outcome.decide(outcomes: rewards, rewards: rewards).isKept
        try c.expect([kept ? 1 : 0], "dapo_keep")
    }

    static let gfpo: Check = { c in
        let rewards = try c.input("rewards")
        let lengths = try c.lengths()
        let objective = Objective(
            name: c.name, filter: try filter(c, k: try c.int("k")),
            scale: .standardDeviation(
                ddof: c.params["ddof"]?.int ?? 0, epsilon: c.params["eps"]?.double ?? 0))
        let members =
            c.inputs["group"] == nil
            ? [Array(rewards.indices)] : try GoldenPolicyCases.members(c)
        var retained = rewards.map { _ in 0.0 }
        var advantages = retained
        var means: [Double] = []
        var deviations: [Double] = []
        for rows in members {
            let assessment = try objective.assess(
                GroupNumbers(
                    rewards: rows.map { rewards[$0] }, outcomes: rows.map { rewards[$0] },
                    lengths: rows.map { lengths[$0] }, truncated: rows.map { _ in false }))
            let kept = assessment.selection.retained.map { rewards[rows[$0]] }
            means.append(average(kept))
            deviations.append(standardDeviation(kept, ddof: 0))
            for place in assessment.selection.retained { retained[rows[place]] = 1 }
            for (place, row) in rows.enumerated() { advantages[row] = assessment.advantages[place] }
        }
        try c.expect(retained, "retained")
        try c.expect(advantages, "advantage")
        if c.expected["mean_S"] != nil { try c.expect(means, "mean_S") }
        if c.expected["std_S"] != nil { try c.expect(deviations, "std_S") }
    }

    static let negativeTrap: Check = { c in
        try gfpo(c)
        // Guarded, the shortest failures rank first instead.
        let rewards = try c.input("rewards")
        let lengths = try c.lengths()
        let k = try c.int("k")
        let guarded = try ResponseFilter.tokenEfficiency(k: k).select(
            rewards: rewards, lengths: lengths)
        let negative = rewards.indices.filter { rewards[$0] < 0 }
        let nonNegative = rewards.count - negative.count
        let wanted = negative.sorted {
            (-rewards[$0] * Double(lengths[$0]), $0) < (-rewards[$1] * Double(lengths[$1]), $1)
        }.prefix(max(0, k - nonNegative))
        #expect(Set(guarded.retained).isSuperset(of: wanted))
    }

    static let binaryIdentity: Check = { c in
        let size = try (c.inputs["G"]?.int).orMissing("inputs.G")
        let scale = AdvantageScale.standardDeviation(ddof: try c.int("ddof"), epsilon: 0)
        let found = try c.input("p").map { p in
            let right = Int((p * Double(size)).rounded())
            let rewards = (0..<size).map { $0 < right ? 1.0 : 0 }
            return average(groupAdvantages(rewards, scale: scale).map(abs))
        }
        try c.expect(found, "mean_abs_advantage")
    }

    static let softOverlong: Check = { c in
        for (key, clamping) in [
            ("penalty", OverlongClamping.dapo), ("verl_form_min_linear_uncapped", .verl),
        ] {
            let found = try c.lengths().map {
                try softOverlongPenalty(
                    length: $0, maximum: c.int("L_max"), cache: c.int("L_cache"),
                    clamping: clamping)
            }
            try c.expect(found, key)
        }
    }

    static let klEstimators: Check = { c in
        let pairs = zip(try c.input("logp"), try c.input("logp_ref"))
        for estimator in [KLEstimator.k1, .k2, .k3, .absolute] {
            let found = pairs.map {
                estimator.estimate(logProbability: $0, reference: $1)
            }
            try c.expect(found.map(\.value), estimator.rawValue)
            let key = "d\(estimator.rawValue)_dlogp"
            if c.expected[key] != nil {
                try c.expect(found.map(\.derivative), key, tolerance: c.gradientTolerance)
            }
        }
    }

    static let outcomeGate: Check = { c in
        let outcomes = try c.inputTable("outcome")
        let lengths = try c.inputTable("lengths")
        let strength = try c.param("lambda")
        let reference = try c.param("L_ref")
        let shaped = zip(outcomes, lengths).map {
            zip($0, $1).map { $0 - strength * $1 / reference }
        }
        try c.expect(shaped.flatMap { $0 }, "shaped_reward")
        for (gate, key) in [
            (GroupGate.standardDeviation, "keep_std_gate_on_shaped"),
            (.outcome, "keep_outcome_gate"),
        ] {
            let kept = zip(outcomes, shaped).map {
                gate.decide(outcomes: $0, rewards: $1).isKept ? 1.0 : 0
            }
            try c.expect(kept, key)
        }
    }

    static let dynamicSampling: Check = { c in
        let stream = try (c.inputs["stream"]?.array).orMissing("stream").map {
            try $0.array.orMissing("round").map { prompt in
                (
                    name: try (prompt.array?.first?.string).orMissing("prompt"),
                    rewards: try (prompt.array?.last?.numbers).orMissing("rewards")
                )
            }
        }
        for (key, limit) in [("max0", 0), ("max2", 2), ("max3", 3)] {
            let wanted = try c.expected[key].orMissing(key)
            var sampling = DynamicSampling(
                wanted: try c.int("train_prompts"),
                policy: RefillPolicy(
                    maximumRounds: limit == 0 ? .max : limit - 1, onExhaustion: .raise))
            var failed = false
            rounds: for round in stream {
                do throws(ObjectiveError) {
                    let next = try sampling.offer(
                        round.map {
                            GroupGate.outcome.decide(outcomes: $0.rewards, rewards: $0.rewards)
                        })
                    if case .full = next { break rounds }
                } catch {
                    failed = true
                    break rounds
                }
            }
            #expect(failed == (wanted["error"]?.string != nil), "\(key)")
            #expect(sampling.rounds == wanted["num_gen_batches"]?.int, "\(key)")
            guard let batch = wanted["batch"]?.array else { continue }
            #expect(
                sampling.kept.map { stream[$0.round][$0.index].name }
                    == batch.compactMap(\.string))
            #expect(
                sampling.surplus.map { stream[$0.round][$0.index].name }
                    == wanted["discarded_surplus"]?.array?.compactMap(\.string))
        }
    }
}
