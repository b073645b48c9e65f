import Rollouts
import Testing

@testable import Objectives

private func group(
    _ rewards: [Double?], outcomes: [Double?]? = nil, lengths: [Int]? = nil,
    truncated: [Bool]? = nil
) -> GroupNumbers {
    GroupNumbers(
        rewards: rewards, outcomes: outcomes ?? rewards,
        lengths: lengths ?? rewards.map { _ in 4 },
        truncated: truncated ?? rewards.map { _ in false })
}

struct ObjectiveAssessTests {
    @Test("what could not be scored has no advantage and no say in the baseline")
    func unscored() throws {
        let grpo = try Objective.preset("grpo")
        let with = try grpo.assess(group([1, nil, 0, 0.5]))
        let without = try grpo.assess(group([1, 0, 0.5]))
        #expect(with.advantages == [without.advantages[0], 0] + without.advantages[1...])
        #expect(with.trained == [true, false, true, true])
        #expect(with.selection.dropped.map(\.index) == [1])
        let none = try grpo.assess(group([nil, nil]))
        #expect(none.gate == .unscored && none.advantages == [0, 0])
        #expect(none.trained == [false, false] && !none.isDegenerate)
    }

    @Test("the gate looks at the raw outcome, not at the shaped reward")
    func gate() throws {
        let dapo = try Objective.preset("dapo")
        let wrong = try dapo.assess(group([-0.1, -0.2, -0.3], outcomes: [0, 0, 0]))
        #expect(wrong.gate == .allWrong && wrong.trained == [false, false, false])
        #expect(wrong.selection.retained.isEmpty && wrong.selection.dropped.count == 3)
        #expect(try dapo.assess(group([1, 0.9], outcomes: [1, 1])).gate == .allRight)
        #expect(try dapo.assess(group([1, 0.9], outcomes: [1, 0])).gate.isKept)
        #expect(try dapo.assess(group([1, 0.9], outcomes: [nil, nil])).gate == .unscored)
        #expect(dapo.gateDecision(outcomes: [1, nil, 0], rewards: [1, nil, 0]).isKept)
        let range = GroupGate.range(low: 0.25, high: 0.75)
        #expect(range.decide(outcomes: [1, 0, 0, 0], rewards: [1, 0, 0, 0]) == .tooHard)
        #expect(range.decide(outcomes: [1, 1, 1, 0], rewards: [1, 1, 1, 0]) == .tooEasy)
        #expect(range.decide(outcomes: [1, 1, 0, 0], rewards: [1, 1, 0, 0]) == .kept)
        let deviation = GroupGate.standardDeviation
        #expect(deviation.decide(outcomes: [1, 0], rewards: [0.3, 0.1 + 0.2]) == .noVariance)
    }

    @Test("of several groups the bad one is named, with its rollout and what mends it")
    func badGroup() throws {
        let objective = try Objective.preset("grpo")
        let error = ObjectiveError.nonFinite(what: "the reward", rollout: 1, token: nil)
        #expect(throws: ObjectiveError.inGroup(2, error)) {
            _ = try objective.assess([group([1, 0]), group([0, 1]), group([1, .nan])])
        }
        let told = ObjectiveError.inGroup(2, error)
        #expect(told.description.hasPrefix("group 2: ") && told.description.contains("rollout 1"))
        #expect(told.remedy == error.remedy && told.fault == error.fault)
    }

    @Test("truncated rollouts count in the baseline and are not trained on")
    func truncation() throws {
        var objective = try Objective.preset("dapo")
        let plain = try objective.assess(group([1, 0, 0, 1]))
        objective.masksTruncated = true
        let masked = try objective.assess(
            group([1, 0, 0, 1], truncated: [false, true, false, false]))
        #expect(masked.advantages == [plain.advantages[0], 0] + plain.advantages[2...])
        #expect(masked.trained == [true, false, true, true])
        #expect(masked.selection.retained == [0, 1, 2, 3])
    }

    @Test("an all-correct subset is degenerate, and the group's statistics keep its signal")
    func degenerate() throws {
        var objective = try Objective.preset("gfpo")
        objective.filter = .tokenEfficiency(k: 2)
        let numbers = group([1, 0, 1, 1], lengths: [9, 5, 3, 4])
        let retained = try objective.assess(numbers)
        #expect(retained.selection.retained == [2, 3])
        #expect(retained.isDegenerate && retained.advantages == [0, 0, 0, 0])
        objective.statistics = .group
        let whole = try objective.assess(numbers)
        #expect(whole.selection.retained == [2, 3] && !whole.isDegenerate)
        #expect(whole.advantages[0] == 0 && whole.advantages[1] == 0)
        let full = groupAdvantages([1, 0, 1, 1], scale: objective.scale)
        #expect(whole.advantages[2] == full[2] && whole.advantages[3] == full[3])
    }

    @Test("another k for one group")
    func adaptiveSize() throws {
        let objective = try Objective.preset("gfpo-shortest")
        let numbers = group([1, 0, 1, 0], lengths: [4, 3, 2, 1])
        #expect(try objective.assess(numbers, retaining: 3).selection.retained == [1, 2, 3])
        #expect(throws: ObjectiveError.filterExceedsGroup(k: 8, groupSize: 4)) {
            try objective.assess(numbers)
        }
    }

    @Test("bad numbers are named")
    func errors() throws {
        let grpo = try Objective.preset("grpo")
        #expect(throws: ObjectiveError.nonFinite(what: "the reward", rollout: 1, token: nil)) {
            try grpo.assess(group([1, .nan]))
        }
        #expect(throws: ObjectiveError.nonFinite(what: "the outcome", rollout: 0, token: nil)) {
            try grpo.assess(group([1, 0], outcomes: [.infinity, 0]))
        }
        #expect(throws: ObjectiveError.empty(what: "the group")) { try grpo.assess(group([])) }
        #expect(throws: ObjectiveError.shapeMismatch(what: "lengths", expected: 2, found: 1)) {
            try grpo.assess(group([1, 0], lengths: [3]))
        }
        #expect(throws: ObjectiveError.outOfRange(what: "the length", rollout: 1, value: -1)) {
            try grpo.assess(group([1, 0], lengths: [3, -1]))
        }
        #expect(throws: ObjectiveError.self) {
            try Objective.preset("lite-ppo").assess(group([1, 0]))
        }
        let huge = try grpo.assess(group([1e-300, 2e-300, 0]))
        #expect(huge.advantages.allSatisfy { $0.isFinite })
        #expect(throws: ObjectiveError.self) { try grpo.assess(group([1e308, -1e308, 1e308])) }
    }

    @Test("advantages of a group sum to 0, shift and scale with the rewards", arguments: 1...50)
    func laws(seed: UInt64) throws {
        var rng = SplitMix64(seed: seed)
        let rewards = (0..<(2 + rng.below(9))).map { _ in rng.normal() }
        let n = Double(rewards.count)
        for scale: AdvantageScale in [
            .none, .standardDeviation(ddof: 0, epsilon: 0), .standardDeviation(ddof: 1, epsilon: 0),
        ] {
            let found = groupAdvantages(rewards, scale: scale)
            #expect(abs(found.reduce(0, +)) < 1e-9)
            let shifted = groupAdvantages(rewards.map { $0 + 7 }, scale: scale)
            for (a, b) in zip(found, shifted) { #expect(abs(a - b) < 1e-9) }
            let constant = groupAdvantages(rewards.map { _ in rewards[0] }, scale: scale)
            #expect(constant.allSatisfy { $0 == 0 })
        }
        let centred = groupAdvantages(rewards, scale: .none)
        let others = groupAdvantages(rewards, baseline: .leaveOneOut, scale: .none)
        for (a, b) in zip(others, centred) { #expect(abs(a - n / (n - 1) * b) < 1e-9) }
        let sample = groupAdvantages(rewards, scale: .standardDeviation(ddof: 1, epsilon: 0))
        let population = groupAdvantages(rewards, scale: .standardDeviation(ddof: 0, epsilon: 0))
        for (a, b) in zip(population, sample) {
            #expect(abs(a - b * (n / (n - 1)).squareRoot()) < 1e-9)
        }
    }

    @Test("advantages of the retained sum to 0", arguments: 1...30)
    func retainedSum(seed: UInt64) throws {
        var rng = SplitMix64(seed: seed)
        let rewards = (0..<12).map { _ in rng.normal() }
        let lengths = (0..<12).map { _ in rng.below(50) }
        for name in ["gfpo-shortest", "gfpo-efficiency"] {
            let found = try Objective.preset(name).assess(group(rewards, lengths: lengths))
            #expect(found.selection.retained.count == 8)
            #expect(abs(found.advantages.reduce(0, +)) < 1e-9)
            #expect(found.selection.dropped.allSatisfy { found.advantages[$0.index] == 0 })
        }
    }
}
