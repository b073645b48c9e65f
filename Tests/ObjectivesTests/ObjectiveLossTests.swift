import Rollouts
import Testing

@testable import Objectives

struct ObjectiveLossTests {
    /// Gates whose loss is a function of log π alone: nothing in them is detached.
    static func isDifferentiable(_ objective: Objective) -> Bool {
        switch objective.trust {
        case .detachedCap, .detachedBand, .detachedGamma, .covarianceKL: return false
        default: break
        }
        return objective.ratio != .sequenceGeometricPerToken
            && objective.kl.estimator != .k3StraightThrough
    }

    @Test("gradients match central differences", arguments: variedObjectives)
    func finiteDifferences(objective: Objective) throws {
        guard Self.isDifferentiable(objective) else { return }
        var checked = 0
        for seed in UInt64(1)...6 {
            let batch = randomBatch(seed: seed, spread: 0.2)
            let loss = try objective.loss(batch, totals: batch.wideTotals)
            for t in batch.mask.indices where batch.mask[t] {
                let step = 1e-6
                var up = batch
                up.newLogProbabilities[t] += step
                var down = batch
                down.newLogProbabilities[t] -= step
                let upper = try objective.loss(up, totals: batch.wideTotals).loss
                let lower = try objective.loss(down, totals: batch.wideTotals).loss
                let middle = loss.loss
                // A kink lies between: the one-sided differences disagree.
                let left = (middle - lower) / step
                let right = (upper - middle) / step
                if abs(left - right) > 1e-4 { continue }
                #expect(
                    abs((upper - lower) / (2 * step) - loss.gradient[t]) < 1e-6,
                    "\(objective.name) seed \(seed) token \(t)")
                checked += 1
            }
        }
        #expect(checked > 30)
    }

    @Test(
        "a detached weight makes the loss Σ gradient · log π",
        arguments: ["cispo", "vespo", "reinforce", "opo"])
    func detachedValue(name: String) throws {
        for seed in UInt64(1)...5 {
            let batch = randomBatch(seed: seed)
            let loss = try Objective.preset(name).loss(batch)
            let sum = batch.mask.indices.filter { batch.mask[$0] }
                .reduce(0.0) { $0 + loss.gradient[$1] * batch.newLogProbabilities[$1] }
            #expect(abs(sum - loss.loss) < 1e-12, "seed \(seed)")
        }
    }

    @Test("the entropy bonus reaches the loss and the entropy gradient")
    func entropyBonus() throws {
        let batch = randomBatch(seed: 3)
        var objective = try Objective.preset("dapo")
        let plain = try objective.loss(batch)
        objective.entropy.coefficient = 0.1
        let loss = try objective.loss(batch)
        let trained = batch.mask.indices.filter { batch.mask[$0] }
        let entropies = try #require(batch.entropies)
        let mean = average(trained.map { entropies[$0] })
        #expect(abs(loss.loss - (plain.loss - 0.1 * mean)) < 1e-12)
        let gradient = try #require(loss.entropyGradient)
        for t in gradient.indices {
            let wanted = batch.mask[t] ? -0.1 / Double(trained.count) : 0
            #expect(abs(gradient[t] - wanted) < 1e-15)
        }
        #expect(plain.entropyGradient == nil)
    }

    @Test("with one advantage a sequence, GSPO-token is GSPO")
    func gspoToken() throws {
        for seed in UInt64(1)...10 {
            let batch = randomBatch(seed: seed, spread: 0.02)
            let whole = try Objective.preset("gspo").loss(batch)
            let token = try Objective.preset("gspo-token").loss(batch)
            #expect(abs(whole.loss - token.loss) < 1e-12)
            for (a, b) in zip(whole.gradient, token.gradient) { #expect(abs(a - b) < 1e-12) }
        }
    }

    @Test("everything masked costs nothing", arguments: variedObjectives)
    func allMasked(objective: Objective) throws {
        var batch = randomBatch(seed: 2)
        batch.mask = batch.mask.map { _ in false }
        let loss = try objective.loss(batch, totals: BatchTotals(batch))
        #expect(loss.loss == 0 && loss.gradient.allSatisfy { $0 == 0 })
        #expect(loss.tokens == 0 && loss.metrics.isEmpty)
    }

    @Test("what the loss needs and lacks is an error, never NaN")
    func errors() throws {
        let dapo = try Objective.preset("dapo")
        var batch = randomBatch(seed: 5)
        let t = try #require(batch.mask.firstIndex(of: true))
        batch.newLogProbabilities[t] = .nan
        #expect(throws: ObjectiveError.self) { try dapo.loss(batch) }
        batch.newLogProbabilities[t] = -0.1
        batch.oldLogProbabilities[t] = -2000
        batch.advantages = batch.advantages.map { -abs($0) }
        #expect(throws: ObjectiveError.self) { try dapo.loss(batch) }
        // A positive advantage is bounded by the clip, whatever the ratio.
        batch.advantages = batch.advantages.map { abs($0) }
        let loss = try dapo.loss(batch)
        #expect(loss.loss.isFinite && loss.gradient.allSatisfy { $0.isFinite })
        #expect(loss.gradient[t] == 0)

        var bare = randomBatch(seed: 5)
        bare.referenceLogProbabilities = nil
        #expect(
            throws: ObjectiveError.missing(
                input: "referenceLogProbabilities", neededBy: "the KL term")
        ) { try Objective.preset("grpo").loss(bare) }
        #expect(throws: ObjectiveError.totalsRequired(denominator: "over all G completions")) {
            try Objective.preset("gfpo").loss(randomBatch(seed: 5))
        }
        let small = BatchTotals(
            tokens: 1, sequences: 1, nonEmptySequences: 1, groupTokens: 1, groupSequences: 1)
        #expect(throws: ObjectiveError.self) { try dapo.loss(randomBatch(seed: 5), totals: small) }
        var ragged = randomBatch(seed: 5)
        ragged.advantages.removeLast()
        #expect(throws: ObjectiveError.self) { try dapo.loss(ragged) }
        ragged = randomBatch(seed: 5)
        ragged.offsets = [0, 5, 2, ragged.mask.count]
        ragged.advantages = [1, 1, 1]
        #expect(throws: ObjectiveError.self) { try dapo.loss(ragged) }
        ragged.offsets = []
        #expect(throws: ObjectiveError.empty(what: "the batch")) { try dapo.loss(ragged) }
    }
}
