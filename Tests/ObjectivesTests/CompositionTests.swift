import Rollouts
import Testing

@testable import Objectives

/// Random compositions of axes: whatever `validate` accepts computes numbers, or says why not.
struct CompositionTests {
    // MARK: Random settings

    private struct Kind {
        var axis: String
        var words: [String: [String]]
    }

    private static let kinds: [Kind] = [
        Kind(
            axis: "gate",
            words: [
                "none": [], "outcome": [], "standard_deviation": [],
                "range": ["gate_low", "gate_high"],
            ]),
        Kind(
            axis: "shaping",
            words: [
                "none": [], "kimi_length": ["shaping_weight", "shaping_from_step"],
                "soft_overlong": [
                    "overlong_maximum", "overlong_cache", "shaping_weight", "overlong_clamping",
                ],
            ]),
        Kind(
            axis: "filter",
            words: [
                "all": [], "shortest": ["k"], "token_efficiency": ["k", "negative_rewards"],
                "blend": ["k", "blend_length", "blend_reward", "blend_efficiency"],
            ]),
        Kind(
            axis: "retention", words: ["fixed": [], "adaptive": ["adaptive_k", "adaptive_after"]]),
        Kind(axis: "statistics", words: ["retained": [], "group": []]),
        Kind(
            axis: "baseline",
            words: [
                "none": [], "mean": [], "leave_one_out": [], "length_weighted": [],
                "value": ["discount", "trace_decay"], "reward_to_go": ["discount"],
            ]),
        Kind(
            axis: "scale",
            words: [
                "none": [], "standard_deviation": ["scale_ddof", "scale_epsilon"],
                "leave_one_out": ["scale_epsilon"],
                "batch_standard_deviation": ["scale_ddof", "scale_epsilon"],
                "token_whitening": ["scale_epsilon"],
                "decoupled": ["scale_epsilon", "batch_epsilon", "by_tokens"],
            ]),
        Kind(
            axis: "ratio",
            words: [
                "token": [], "sequence_geometric": [], "sequence_geometric_per_token": [],
                "sequence_product": [], "clipped_geometric": ["ratio_log_bound"],
            ]),
        Kind(
            axis: "trust",
            words: [
                "none": [], "reinforce": [], "clip": ["clip_low", "clip_high", "dual_clip"],
                "sigmoid": ["temperature_positive", "temperature_negative"], "cap": ["cap"],
                "band": ["clip_low", "clip_high"],
                "gamma": ["power_positive", "rate_positive", "power_negative", "rate_negative"],
                "quadratic": ["strength"], "covariance_kl": ["fraction", "coefficient"],
                "covariance_clip": [
                    "clip_low", "clip_high", "fraction", "covariance_from", "covariance_to",
                ],
            ]),
        Kind(
            axis: "correction",
            words: [
                "none": [],
                "truncated": ["correction_level", "correction_minimum", "correction_maximum"],
                "masked": ["correction_level", "correction_minimum", "correction_maximum"],
            ]),
        Kind(axis: "tokens", words: ["all": [], "highest_entropy": ["token_share"]]),
        Kind(
            axis: "aggregation",
            words: [
                "token_mean": [], "sequence_mean_token_mean": [],
                "sequence_mean_token_mean_non_empty": [], "constant": ["constant_length"],
                "sequence_mean_token_sum": [], "token_sum": [],
            ]),
        Kind(axis: "denominator", words: ["retained": [], "group": []]),
        Kind(
            axis: "preference",
            words: [
                "none": [], "sigmoid": ["preference_beta", "label_smoothing", "per_token"],
                "robust": ["preference_beta", "label_smoothing"],
                "squared": ["preference_beta", "per_token"], "hinge": ["preference_beta"],
                "simpo": ["preference_beta", "preference_gamma"],
            ]),
    ]

    private static let free = [
        "mask_truncated", "off_policy_threshold", "kl_coefficient", "kl_estimator", "kl_placement",
        "kl_ratio_weighted", "kl_corrected", "kl_target", "entropy_coefficient", "entropy_target",
        "value_clip", "reset_optimizer", "refill_rounds", "refill_draws",
    ]

    private static let words: [String: [String]] = [
        "overlong_clamping": ["dapo", "verl"],
        "negative_rewards": ["guarded", "as_written", "refuse"],
        "adaptive_k": ["4/4/2/1", "1/1/1/1", "2/2", "8/x/1/1"],
        "correction_level": ["token", "sequence_product", "sequence_geometric"],
        "kl_estimator": ["k1", "k2", "k3", "k3+", "abs"], "kl_placement": ["loss", "reward"],
        "refill_draws": ["replace", "batch"],
    ]

    private static let flags = [
        "by_tokens", "per_token", "mask_truncated", "kl_ratio_weighted", "kl_corrected",
        "reset_optimizer",
    ]

    private static let integers = [
        "k", "scale_ddof", "constant_length", "shaping_from_step", "overlong_maximum",
        "overlong_cache", "adaptive_after", "refill_rounds",
    ]

    /// A value of the right kind, seldom of a wrong one or beyond every domain.
    private static func value(
        _ name: String, wild: Bool, _ random: inout SplitMix64
    ) -> JSONValue {
        func pick<T>(_ values: [T]) -> T { values[random.below(values.count)] }
        if wild, random.below(6) == 0 {
            return pick([
                .string("none"), .bool(true), .null, .integer(-1), .integer(0), .number(1e300),
                .number(-1e300), .integer(.max), .integer(.min), .number(.nan), .number(-0.0),
            ])
        }
        if let words = words[name] { return .string(pick(words)) }
        if flags.contains(name) { return .bool(random.below(2) == 0) }
        if integers.contains(name) { return .integer(Int64(pick([0, 1, 1, 2, 3, 4, 8]))) }
        return .number(pick([0.001, 0.1, 0.2, 0.3, 0.5, 0.9, 1, 1.5, 3]))
    }

    static func settings(wild: Bool, _ random: inout SplitMix64) -> [String: JSONValue] {
        var settings: [String: JSONValue] = [:]
        for kind in kinds where random.below(3) == 0 {
            if kind.axis == "preference", random.below(3) > 0 { continue }
            let words = kind.words.keys.sorted()
            let word = words[random.below(words.count)]
            settings[kind.axis] = .string(word)
            for name in kind.words[word] ?? []
            where random.below(2) == 0 || name == "constant_length" {
                settings[name] = value(name, wild: wild, &random)
            }
        }
        for name in free where random.below(6) == 0 {
            settings[name] = value(name, wild: wild, &random)
        }
        if wild, random.below(4) == 0 {
            let name = Objective.settingNames[random.below(Objective.settingNames.count)]
            settings[name] = value(name, wild: true, &random)
        }
        return settings
    }

    // MARK: Random groups

    private static func group(_ size: Int, wild: Bool, _ random: inout SplitMix64) -> GroupNumbers {
        func rare<T>(_ usual: T, _ odd: [T]) -> T {
            wild && random.below(12) == 0 ? odd[random.below(odd.count)] : usual
        }
        let style = random.below(4)
        var rewards: [Double?] = []
        var outcomes: [Double?] = []
        for _ in 0..<size {
            let right = random.below(2)
            let reward = [Double(right), 0.1, random.uniform(), random.normal()][style]
            outcomes.append(rare(Double(right), [nil, .nan, 0.5]))
            rewards.append(rare(reward, [nil, .nan, .infinity, 1e140, -1e200, 0]))
        }
        let lengths = (0..<size).map { _ in rare(1 + random.below(40), [0, -1, 1 << 40]) }
        return GroupNumbers(
            rewards: rewards, outcomes: outcomes, lengths: lengths,
            truncated: lengths.map { _ in random.below(5) == 0 },
            components: (0..<size).map { _ in [rare(random.uniform(), [nil]), random.normal()] },
            weights: [1, 0.5])
    }

    @Test("settings of any kind give numbers or an error that names the trouble")
    func fuzz() throws {
        var accepted = 0
        var assessed = 0
        var losses = 0
        for seed in UInt64(0)..<6000 {
            var random = SplitMix64(seed: seed)
            let wild = seed % 2 == 0
            let names = Objective.presetNames
            let base = try Objective.preset(names[random.below(names.count)])
            let settings = Self.settings(wild: wild, &random)
            guard let objective = try Self.typed({ try base.applying(settings) }) else { continue }
            for axis in objective.axes { #expect(!axis.formula.isEmpty) }
            let other = try Objective.preset(names[random.below(names.count)])
            let copy = try other.applying(objective.settings)
            #expect(copy == objective, "seed \(seed)")
            let size = 1 + random.below(8)
            guard try Self.typed({ try objective.validate(groupSize: size) }) != nil
            else { continue }
            accepted += 1
            let groups = (0..<1 + random.below(3)).map { _ in
                Self.group(size, wild: wild, &random)
            }
            if let found = try Self.typed({ try objective.assess(groups) }) {
                assessed += 1
                let isFinite = found.allSatisfy { $0.advantages.allSatisfy { $0.isFinite } }
                #expect(isFinite, "seed \(seed) \(settings)")
            }
            let spread = wild && random.below(8) == 0 ? 300 : 0.3
            let batch = randomBatch(seed: seed, spread: spread)
            let loss = try Self.typed { try objective.loss(batch, totals: batch.wideTotals) }
            guard let loss else { continue }
            losses += 1
            let numbers = [loss.loss] + loss.gradient + loss.metrics.values
            #expect(numbers.allSatisfy { $0.isFinite }, "seed \(seed) \(settings)")
        }
        #expect(accepted > 1000 && assessed > 500 && losses > 800)
    }

    @Test("what is accepted computes on ordinary rollouts without an error")
    func acceptedComputes() throws {
        for seed in UInt64(0)..<4000 {
            var random = SplitMix64(seed: seed, 7)
            let names = Objective.presetNames
            let base = try Objective.preset(names[random.below(names.count)])
            // Among numbers of the right kind some are beyond their domain.
            let settings = Self.settings(wild: seed % 4 == 0, &random)
            // Shaping may make rewards negative, which this refuses by its name.
            if settings["negative_rewards"] == "refuse" { continue }
            guard let objective = try Self.typed({ try base.applying(settings) }),
                try Self.typed({ try objective.validate(groupSize: 8) }) != nil
            else { continue }
            var groups = (0..<2).map { _ in Self.group(8, wild: false, &random) }
            for index in groups.indices {
                groups[index].rewards = groups[index].rewards.map { $0.map(abs) }
            }
            do {
                if objective.preference == nil {
                    let found = try objective.assess(groups).flatMap(\.advantages)
                    #expect(found.allSatisfy { abs($0) < 1e9 }, "seed \(seed) \(settings)")
                    let batch = randomBatch(seed: seed)
                    _ = try objective.loss(batch, totals: batch.wideTotals)
                }
                if let preference = objective.preference {
                    let side = PreferenceLoss.Side(
                        logProbabilities: [-1, -2], reference: [-1.5, -1], lengths: [2, 3])
                    let loss = try preference.evaluate(chosen: side, rejected: side).loss
                    #expect(loss.isFinite, "\(settings)")
                }
            } catch {
                Issue.record("seed \(seed) \(settings): \(error)")
            }
        }
    }

    /// Nil where an error of the module says why; any other error is a failure of the test.
    private static func typed<T>(_ work: () throws -> T) throws -> T? {
        do {
            return try work()
        } catch let error as ObjectiveError {
            #expect(!error.description.isEmpty && !error.remedy.isEmpty)
            return nil
        }
    }

    // MARK: Gradients

    @Test("gradients of random compositions match central differences")
    func finiteDifferences() throws {
        var compositions = 0
        for seed in UInt64(0)..<900 {
            var random = SplitMix64(seed: seed, 3)
            let base = try Objective.preset(["grpo", "gspo", "sapo", "kimi"][random.below(4)])
            guard
                let objective = try Self.typed({
                    try base.applying(Self.settings(wild: false, &random))
                }), try Self.typed({ try objective.validate(groupSize: 8) }) != nil,
                objective.preference == nil, ObjectiveLossTests.isDifferentiable(objective)
            else { continue }
            let batch = randomBatch(seed: seed, spread: 0.2)
            let totals = batch.wideTotals
            let loss = try objective.loss(batch, totals: totals)
            for t in batch.mask.indices where batch.mask[t] {
                let step = 1e-6
                var up = batch
                up.newLogProbabilities[t] += step
                var down = batch
                down.newLogProbabilities[t] -= step
                // What is drawn by covariance depends on log π; a change of choice is a kink.
                let upper = try objective.loss(up, totals: totals).loss
                let lower = try objective.loss(down, totals: totals).loss
                let left = (loss.loss - lower) / step
                let right = (upper - loss.loss) / step
                let size = max(1, abs(loss.gradient[t]))
                if abs(left - right) > 1e-4 * size { continue }
                #expect(
                    abs((upper - lower) / (2 * step) - loss.gradient[t]) < 1e-5 * size,
                    "seed \(seed) token \(t): \(objective.settings)")
            }
            compositions += 1
        }
        #expect(compositions > 100)
    }

    // MARK: Single laws

    @Test("equal rewards without a baseline have no deviation to divide by")
    func constantWithoutBaseline() {
        for count in 1...9 {
            let found = groupAdvantages(
                Array(repeating: 0.1, count: count), baseline: .none,
                scale: .standardDeviation(ddof: 0, epsilon: 0))
            #expect(found.allSatisfy { $0 == 0 }, "\(count)")
        }
    }

    @Test("the batch's deviation is that of the shaped rewards")
    func batchDeviationOfShaped() throws {
        let objective = try Objective.preset("lite-ppo").applying([
            "shaping": "kimi_length", "shaping_weight": 1,
        ])
        let group = GroupNumbers(
            rewards: [1, 1, 1], outcomes: [1, 1, 1], lengths: [2, 4, 6],
            truncated: [false, false, false])
        let found = try objective.assess([group])[0].advantages
        for (value, wanted) in zip(found, [0.5, 0, -0.5]) {
            #expect(abs(value - wanted / 0.5001) < 1e-12)
        }
    }

    @Test("fewer numbers to retain than groups are an error")
    func retaining() throws {
        let group = GroupNumbers(
            rewards: [1, 0], outcomes: [1, 0], lengths: [2, 4], truncated: [false, false])
        let objective = try Objective.preset("gfpo").applying(["k": 1])
        #expect(throws: ObjectiveError.self) {
            try objective.assess([group, group], retaining: [1])
        }
    }

    @Test("a controlled coefficient of KL never changes its sign")
    func controllerSign() throws {
        var controller = try KLController(coefficient: 0.1, target: 1, horizon: 10)
        for _ in 0..<5 { controller.observe(0, samples: 1000) }
        #expect(controller.coefficient >= 0)
    }
}
