import Rollouts
import Testing

@testable import Objectives

struct ObjectiveValidateTests {
    @Test("every preset is valid, and named as it is asked for", arguments: Objective.presetNames)
    func presets(name: String) throws {
        let objective = try Objective.preset(name)
        _ = try objective.validate(groupSize: 16)
        let aliases = ["gfpo": "gfpo-efficiency"]
        #expect(objective.name == aliases[name] ?? name)
        #expect(try Objective.preset(name.uppercased()) == objective)
    }

    @Test("an unknown preset names those that exist")
    func unknown() {
        let error = #expect(throws: ObjectiveError.self) { try Objective.preset("grop") }
        #expect(error?.remedy.contains("dapo") == true)
        #expect(error?.description.contains("grop") == true)
    }

    @Test("contradictions are refused")
    func contradictions() throws {
        func refused(_ groupSize: Int = 8, _ change: (inout Objective) -> Void) throws {
            var objective = try Objective.preset("gfpo")
            objective.filter = .shortest(k: 4)
            change(&objective)
            #expect(throws: ObjectiveError.self) { try objective.validate(groupSize: groupSize) }
        }
        try refused { $0.baseline = .leaveOneOut }
        try refused { $0.baseline = .value(discount: 1, decay: 1) }
        try refused {
            $0.filter = .all
            $0.baseline = .value(discount: 1, decay: 1)
        }
        try refused { $0.retention = .adaptive(sizes: [9, 8, 6, 4]) }
        try refused { $0.retention = .adaptive(sizes: [8, 6, 4]) }
        try refused {
            $0.filter = .all
            $0.retention = .adaptive(sizes: [8, 8, 6, 4])
        }
        try refused { $0.scale = .decoupled(epsilon: 1e-4, batchEpsilon: 1e-4, byTokens: false) }
        try refused { $0.tokens = .highestEntropy(share: 0) }
        try refused { $0.kl.control = KLTerm.Control(target: 0, horizon: 10) }
        try refused { $0.preference = .sigmoid(beta: 0.1) }
        try refused { $0.valueClip = 0 }
        try refused { $0.filter = .shortest(k: 9) }
        try refused { $0.filter = .shortest(k: 0) }
        try refused { $0.trust = .detachedCap(maximum: 0.28) }
        try refused { $0.trust = .clip(low: -0.1, high: 0.2) }
        try refused { $0.trust = .clip(low: 0.2, high: 0.2, dual: 0.9) }
        try refused { $0.trust = .clip(low: .nan, high: 0.2) }
        try refused { $0.aggregation = .constant(length: 0) }
        try refused { $0.aggregation = .sequenceMeanTokenMeanNonEmpty }
        try refused { $0.refill = RefillPolicy(maximumRounds: 2) }
        try refused { $0.gate = .range(low: 0.5, high: 0.5) }
        try refused { $0.scale = .standardDeviation(ddof: 2, epsilon: 0) }
        try refused { $0.kl.coefficient = -.infinity }
        try refused(0) { _ in }
    }

    @Test("doubtful compositions come back with the reason")
    func warnings() throws {
        func warned(
            _ word: String, _ traits: RewardProfile = RewardProfile(),
            _ change: (inout Objective) -> Void
        ) throws {
            var objective = try Objective.preset("dapo")
            let before = try objective.validate(groupSize: 16)
            #expect(before.isEmpty)
            change(&objective)
            let after = try objective.validate(groupSize: 16, rewards: traits)
            #expect(after.contains { $0.hasPrefix(word) }, "\(word): \(after)")
        }
        try warned("gate") { $0.gate = .standardDeviation }
        try warned("filter") { $0.filter = .shortest(k: 1) }
        try warned("statistics") { $0.filter = .shortest(k: 4) }
        try warned("filter", RewardProfile(mayBeNegative: true)) {
            $0.filter = .tokenEfficiency(k: 4, negatives: .asWritten)
        }
        try warned("aggregation") {
            $0.ratio = .sequenceGeometric
            $0.trust = .clip(low: 3e-4, high: 4e-4)
        }
        try warned("trust") {
            $0.ratio = .sequenceGeometric
            $0.aggregation = .sequenceMeanTokenMean
        }
        try warned("masksTruncated", RewardProfile(punishesOverlong: true)) {
            $0.masksTruncated = true
        }
        try warned("rewards", RewardProfile(shapesLength: true, paysLengthOnFailure: true)) { _ in }
        try warned("kl") { $0.kl = KLTerm(coefficient: 0.1, estimator: .k1) }
        try warned("shaping", RewardProfile(punishesOverlong: true)) {
            $0.shaping = .softOverlong(maximum: 100, cache: 20)
        }
        try warned("masksTruncated") {
            $0.shaping = .softOverlong(maximum: 100, cache: 20)
            $0.masksTruncated = true
        }
    }
}
