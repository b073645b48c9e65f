import Foundation
import Rollouts
import Testing

@testable import Objectives

/// Shaping, blends, adaptive retention and decoupled scales.
struct GroupAxesTests {
    private func group(
        _ rewards: [Double?], outcomes: [Double?]? = nil, lengths: [Int],
        components: [[Double?]] = [], weights: [Double] = []
    ) -> GroupNumbers {
        GroupNumbers(
            rewards: rewards, outcomes: outcomes ?? rewards, lengths: lengths,
            truncated: lengths.map { _ in false }, components: components, weights: weights)
    }

    @Test("a digest is exact for few values and close for many", arguments: [1, 2, 7, 512])
    func digestExact(count: Int) throws {
        var rng = SplitMix64(seed: UInt64(count))
        var digest = QuantileDigest()
        var values: [Double] = []
        #expect(digest.quantile(0.5) == nil)
        for _ in 0..<count {
            values.append(rng.normal())
            digest.add(values[values.count - 1])
        }
        for fraction in [0, 0.1, 0.25, 0.5, 0.75, 0.99, 1] {
            let found = try #require(digest.quantile(fraction))
            #expect(abs(found - quantile(fraction, ofSorted: values.sorted())) < 1e-12)
        }
    }

    @Test("a digest of a long stream stays small, close, and survives JSON")
    func digestLong() throws {
        var rng = SplitMix64(seed: 3)
        var digest = QuantileDigest()
        var values: [Double] = []
        for index in 0..<20_000 {
            // Rewards of groups: few different values, and a drift.
            let value = Double(rng.below(9)) / 8 + Double(index) / 20_000
            values.append(value)
            digest.add(value)
        }
        values.sort()
        let data = try JSONEncoder().encode(digest)
        #expect(data.count < 40_000)
        #expect(try JSONDecoder().decode(QuantileDigest.self, from: data) == digest)
        for fraction in [0.01, 0.25, 0.5, 0.75, 0.99] {
            let found = try #require(digest.quantile(fraction))
            let rank = Double(values.count { $0 <= found }) / Double(values.count)
            #expect(abs(rank - fraction) < 0.01, "\(fraction)")
        }
    }

    @Test("the gate reads raw outcomes, advantages read shaped rewards")
    func shaping() throws {
        var objective = Objective(name: "k", gate: .outcome, scale: .none)
        objective.shaping = .kimiLength(weight: 1, fromStep: 5)
        let mixed = group([1, 1, 0, nil], lengths: [10, 20, 30, 40])
        #expect(try objective.assess(mixed, step: 4).advantages[0] > 0)
        let plain = try objective.assess(mixed, step: 4).advantages
        #expect(plain[0] == plain[1])
        let shaped = try objective.assess(mixed, step: 5).advantages
        // Lengths 10…30 of the scored: λ is ½, 0 and −½; the wrong one gets its −½ in full.
        for (found, wanted) in zip(shaped, [1.5 - 2.0 / 3, 1 - 2.0 / 3, -0.5 - 2.0 / 3, 0]) {
            #expect(abs(found - wanted) < 1e-12)
        }
        let wrong = group([0, 0], lengths: [1, 9])
        #expect(try objective.assess(wrong, step: 9).gate == .allWrong)

        objective.shaping = .softOverlong(maximum: 20, cache: 10, weight: 0.5)
        let long = try objective.assess(group([1, 0], lengths: [15, 40])).advantages
        #expect(abs(long[0] - (0.75 + 0.5) / 2) < 1e-12)
        objective.shaping = .softOverlong(maximum: 20, cache: 30)
        #expect(throws: ObjectiveError.self) { try objective.assess(mixed) }
    }

    @Test("a blend of one metric ranks as the metric does")
    func blends() throws {
        var rng = SplitMix64(seed: 8)
        for _ in 0..<50 {
            let lengths = (0..<8).map { _ in 1 + rng.below(50) }
            let rewards: [Double?] = (0..<8).map { $0 == 3 ? nil : rng.uniform() }
            let short = try ResponseFilter.blend(k: 3, FilterBlend(length: -1)).select(
                rewards: rewards, lengths: lengths)
            #expect(
                short.retained
                    == (try ResponseFilter.shortest(k: 3).select(
                        rewards: rewards, lengths: lengths)).retained)
            let efficient = try ResponseFilter.blend(k: 3, FilterBlend(efficiency: 2)).select(
                rewards: rewards, lengths: lengths)
            #expect(
                efficient.retained
                    == (try ResponseFilter.tokenEfficiency(k: 3).select(
                        rewards: rewards, lengths: lengths)).retained)
        }
        // Equal numbers carry no weight; ties go to the lower index.
        let tied = try ResponseFilter.blend(k: 2, FilterBlend(length: -1, reward: 1)).select(
            rewards: [1, 1, 1], lengths: [4, 4, 4])
        #expect(tied.retained == [0, 1])
        #expect(throws: ObjectiveError.self) {
            try ResponseFilter.blend(k: 1, FilterBlend(reward: 1)).select(
                rewards: [.nan], lengths: [1])
        }
    }

    @Test("easy groups keep fewer rollouts than hard ones")
    func adaptive() throws {
        var objective = try Objective.preset("gfpo-adaptive")
        objective.retention = .adaptive(sizes: [4, 3, 2, 1], readyAfter: 4)
        objective.filter = .shortest(k: 4)
        var state = try ObjectiveState(objective)
        func kept(_ right: Int) throws -> Int {
            let rewards = (0..<8).map { $0 < right ? 1.0 : 0 }
            let group = group(rewards, lengths: Array(1...8))
            let k = try state.retained(of: group)
            return try objective.assess(group, retaining: k).selection.retained.count
        }
        #expect(try [1, 3, 5].map(kept) == [4, 4, 4])
        #expect(try [8, 0, 8, 1].map(kept) == [1, 4, 1, 3])
        let copy = try JSONDecoder().decode(
            ObjectiveState.self, from: JSONEncoder().encode(state))
        #expect(copy == state)
    }

    @Test("a decoupled scale is GDPO's numbers through the whole of assess")
    func decoupled() throws {
        let objective = try Objective.preset("gdpo")
        var rng = SplitMix64(seed: 12)
        let groups = (0..<3).map { _ in
            let components = (0..<4).map { _ in [rng.uniform(), 10 * rng.uniform()] }
            return group(
                components.map { $0[0] + 0.1 * $0[1] }, lengths: [3, 4, 5, 6],
                components: components, weights: [1, 0.1])
        }
        let found = try objective.assess(groups).flatMap(\.advantages)
        let wanted = try DecoupledAdvantages(
            rewards: groups.flatMap { $0.components.map { $0.compactMap { $0 } } },
            groups: [0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2], weights: [1, 0.1])
        #expect(found == wanted.advantages)
        #expect(throws: ObjectiveError.self) {
            try objective.assess([group([1, 0], lengths: [1, 1])])
        }
    }

    @Test("controllers move the coefficients of the step that comes")
    func controllers() throws {
        var objective = try Objective.preset("grpo")
        objective.kl.control = KLTerm.Control(target: 0.1, horizon: 100)
        objective.entropy.control = EntropyTerm.Control(target: 0.5, step: 0.01, maximum: 0.015)
        var state = try ObjectiveState(objective)
        #expect(state.current(objective).kl.coefficient == 0.04)
        #expect(state.current(objective).entropy.coefficient == 0)
        for _ in 0..<3 { state.observe(divergence: 5, entropy: 0.1, samples: 10) }
        #expect(abs(state.current(objective).kl.coefficient - 0.04 * pow(1.02, 3)) < 1e-12)
        #expect(state.current(objective).entropy.coefficient == 0.015)
        state.observe(divergence: .nan, entropy: .nan, samples: 10)
        #expect(state.current(objective).kl.coefficient.isFinite)
    }
}
