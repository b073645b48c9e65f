import Rollouts
import Testing

@testable import Objectives

/// Central differences for the losses that take no `PolicyBatch`.
struct OtherGradientTests {
    private func agrees(
        _ gradient: [Double], at point: [Double], _ label: String,
        _ value: ([Double]) throws -> Double
    ) rethrows {
        for i in point.indices {
            var up = point
            var down = point
            up[i] += 1e-6
            down[i] -= 1e-6
            let slope = (try value(up) - value(down)) / 2e-6
            #expect(abs(slope - gradient[i]) < 1e-6, "\(label)[\(i)]")
        }
    }

    private func numbers(_ rng: inout SplitMix64, _ count: Int, _ scale: Double = 1) -> [Double] {
        (0..<count).map { _ in scale * rng.normal() }
    }

    @Test("preferences", arguments: 1...10)
    func preferences(seed: UInt64) throws {
        var rng = SplitMix64(seed: seed)
        let chosen = PreferenceLoss.Side(
            logProbabilities: numbers(&rng, 4, 3), reference: numbers(&rng, 4, 3),
            lengths: [3, 9, 1, 5])
        let rejected = PreferenceLoss.Side(
            logProbabilities: numbers(&rng, 4, 3), reference: numbers(&rng, 4, 3),
            lengths: [2, 4, 8, 5])
        for loss: PreferenceLoss in [
            .sigmoid(beta: 0.3), .sigmoid(beta: 0.3, labelSmoothing: 0.2, perToken: true),
            .robust(beta: 0.2, labelSmoothing: 0.1), .squared(beta: 0.5, perToken: true),
            .hinge(beta: 0.1), .simPO(beta: 2, gamma: 0.5),
        ] {
            let found = try loss.evaluate(chosen: chosen, rejected: rejected)
            try agrees(found.chosenGradient, at: chosen.logProbabilities, "\(loss)") {
                var side = chosen
                side.logProbabilities = $0
                return try loss.evaluate(chosen: side, rejected: rejected).loss
            }
            try agrees(found.rejectedGradient, at: rejected.logProbabilities, "\(loss)") {
                var side = rejected
                side.logProbabilities = $0
                return try loss.evaluate(chosen: chosen, rejected: side).loss
            }
        }
    }

    @Test("values, reward models, discriminators and entropies", arguments: 1...10)
    func others(seed: UInt64) throws {
        var rng = SplitMix64(seed: seed)
        let points = numbers(&rng, 6)
        let old = numbers(&rng, 6)
        let targets = numbers(&rng, 6)
        let mask = [true, false, true, true, true, true]
        let value = try ValueLoss(values: points, oldValues: old, returns: targets, mask: mask)
        try agrees(value.gradient, at: points, "value") {
            try ValueLoss(values: $0, oldValues: old, returns: targets, mask: mask).loss
        }
        let model = try RewardModelLoss(
            chosen: points, rejected: old, margins: targets, centre: 0.1)
        try agrees(model.chosenGradient, at: points, "chosen") {
            try RewardModelLoss(chosen: $0, rejected: old, margins: targets, centre: 0.1).loss
        }
        try agrees(model.rejectedGradient, at: old, "rejected") {
            try RewardModelLoss(chosen: points, rejected: $0, margins: targets, centre: 0.1).loss
        }
        let labels: [Double] = [1, 0, 0.5, 1, 0, 0]
        let discriminator = try DiscriminatorLoss(logits: points, labels: labels)
        try agrees(discriminator.gradient, at: points, "logit") {
            try DiscriminatorLoss(logits: $0, labels: labels).loss
        }
        let entropy = try categoricalEntropy(logits: points)
        try agrees(entropy.gradient, at: points, "entropy") {
            try categoricalEntropy(logits: $0).entropy
        }
    }

    @Test("extreme logits and margins stay finite")
    func extremes() throws {
        let side = PreferenceLoss.Side(logProbabilities: [-1e9], reference: [0], lengths: [1])
        let other = PreferenceLoss.Side(logProbabilities: [0], reference: [0], lengths: [1])
        let loss = try PreferenceLoss.sigmoid(beta: 1).evaluate(chosen: side, rejected: other)
        #expect(loss.loss == 1e9 && loss.chosenGradient == [-1])
        let entropy = try categoricalEntropy(logits: [1e5, 0, -1e5])
        #expect(entropy.entropy == 0 && entropy.gradient.allSatisfy { $0 == 0 })
        #expect(throws: ObjectiveError.self) { try categoricalEntropy(logits: []) }
        #expect(throws: ObjectiveError.self) { try categoricalEntropy(logits: [.nan, 1]) }
        #expect(throws: ObjectiveError.self) {
            try PreferenceLoss.robust(beta: 1, labelSmoothing: 0.5)
                .evaluate(chosen: side, rejected: other)
        }
    }
}
