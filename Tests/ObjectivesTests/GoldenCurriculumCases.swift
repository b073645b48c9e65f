import Curricula
import Rollouts
import Testing

/// The golden cases of curricula.
enum GoldenCurriculumCases {
    typealias Check = @Sendable (GoldenCase) throws -> Void

    static let all: [String: Check] = [
        "curriculum/kimi_prioritised": { c in
            let rates = try c.input("success_rate")
            try c.expect(SuccessWeights.failure.chances(rates), "p")
            try c.expect(rates.map(SuccessWeights.learnability.weight), "learnability_p1mp")
            try c.expect(SuccessWeights.learnability.chances(rates), "learnability_p")
        },
        "curriculum/lilo_select": { c in
            let rollouts = try c.param("N")
            let rates = try c.input("successes").map { $0 / rollouts }
            try c.expect(rates.map(SuccessWeights.learnability.weight), "learnability")
            let best = try SuccessWeights.learnability.best(c.int("B"), of: rates)
            try c.expect(best.map(Double.init), "selected")
        },
        "curriculum/pcl_select": { c in
            let chosen = try nearest(
                c.int("m"), to: c.param("tau"), among: c.input("predicted_value"))
            try c.expect(chosen.map(Double.init), "selected")
        },
        "curriculum/qwenlong_difficulty": { c in
            let rewards = try c.input("mean_reward")
            let epsilon = try c.param("eps")
            try c.expect(
                rewards.map { LengthPhases.difficulty(meanReward: $0, epsilon: epsilon) },
                "difficulty")
            try c.expect(
                rewards.map { LengthPhases.isRetained(meanReward: $0) ? 1 : 0 },
                "phase2_retained_paper_rule")
        },
        "curriculum/adarft": { c in
            var target = try AdaptiveTarget(
                goal: c.param("beta"), sharpness: c.param("alpha"), step: c.param("eta"),
                least: c.param("d_min"), most: c.param("d_max"))
            let difficulties = try c.input("difficulty")
            var targets: [Double] = []
            var selected: [[Double]] = []
            for reward in try c.input("mean_reward_stream") {
                target.observe(meanReward: reward)
                targets.append(target.target)
                selected.append(
                    try target.select(c.int("batch"), among: difficulties).map(Double.init))
            }
            try c.expect(targets, "target_after")
            #expect(c.expected["selected_per_step"]?.table == selected)
        },
        "curriculum/sec_td0": { c in
            let trace = try (c.expected["trace"]?.array).orMissing("trace")
            let categories = try (trace[0]["Q"]?.numbers).orMissing("Q").count
            var bandit = try CategoryBandit(
                categories: categories, rate: c.param("alpha"), temperature: c.param("temperature"))
            let observations = try (c.inputs["observations"]?.array).orMissing("observations")
            for (observation, wanted) in zip(observations, trace) {
                guard case .object(let members) = observation else { continue }
                var rewards: [Int: Double] = [:]
                for (key, value) in members { rewards[Int(key) ?? -1] = value.number }
                try bandit.observe(rewards)
                for (name, found) in [("Q", bandit.values), ("p", bandit.chances)] {
                    let numbers = try (wanted[name]?.numbers).orMissing(name)
                    #expect(numbers.count == found.count)
                    for (a, b) in zip(numbers, found) { #expect(abs(a - b) < c.lossTolerance) }
                }
            }
        },
        "curriculum/dump_ucb": { c in
            let draws = try c.input("n")
            let means = try c.input("mean_abs_adv")
            var bandit = try ConfidenceBandit(
                categories: draws.count, temperature: c.param("temperature"),
                window: c.int("window"))
            for (category, count) in draws.enumerated() {
                let advantages = (0..<Int(count)).map {
                    $0 % 2 == 0 ? means[category] : -means[category]
                }
                try bandit.observe(category, advantages: advantages)
            }
            try c.expect(bandit.bounds, "ucb")
            try c.expect(bandit.chances, "p")
        },
        "curriculum/e2h": { c in
            let total = try c.param("T")
            func table(_ rule: EasyToHard) throws -> [[Double]] {
                try c.input("t").map {
                    try rule.chances(levels: c.int("K"), share: $0 / total)
                }
            }
            let (power, deviation) = (try c.param("mu_exp"), try c.param("sigma"))
            for (name, rule) in [
                ("cosine", EasyToHard.cosine),
                (
                    "gaussian",
                    .gaussian(power: power, deviation: deviation, floor: try c.param("p_min"))
                ), ("gaussian_no_floor", .gaussian(power: power, deviation: deviation)),
            ] {
                let wanted = try (c.expected[name]?.table).orMissing(name)
                for (a, b) in try zip(wanted, table(rule)) {
                    for (x, y) in zip(a, b) { #expect(abs(x - y) < c.lossTolerance, "\(name)") }
                }
            }
        },
        "curriculum/reasoning_gym_level": { c in
            var board = try ScoreBoardLevel(
                rises: c.param("success_threshold"), falls: c.param("failure_threshold"),
                window: c.int("last_k"))
            var levels: [Double] = []
            for (mean, count) in try zip(c.input("mean_score"), c.input("n")) {
                board.observe(Array(repeating: mean, count: Int(count)))
                levels.append(Double(board.level))
            }
            try c.expect(levels, "level_after")
        },
    ]
}
