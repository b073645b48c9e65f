import Rollouts
import Testing

@testable import Objectives

/// Laws that hold for every algorithm.
struct LossLawTests {
    @Test("on policy, every gate has the gradient −w·A", arguments: variedObjectives)
    func onPolicyIdentity(objective: Objective) throws {
        var objective = objective
        // A product's gradient reaches every token from every token: n·w·A.
        if objective.ratio == .sequenceProduct, objective.trust.isOfRatio { return }
        if objective.tokens != .all { return }
        objective.kl = .none
        objective.correction = .none
        objective.entropy.coefficient = 0
        for seed in UInt64(1)...5 {
            var batch = randomBatch(seed: seed)
            batch.newLogProbabilities = batch.oldLogProbabilities
            let totals = batch.wideTotals
            let loss = try objective.loss(batch, totals: totals)
            for s in 0..<batch.sequenceCount {
                let positions = batch.trainedPositions(s)
                let weight = objective.aggregation.weight(
                    trained: positions.count, totals: totals, scope: objective.denominator)
                // Clip-Cov's drawn tokens have no gradient.
                for t in positions where !(objective.trust.isDrawn && loss.gradient[t] == 0) {
                    #expect(
                        abs(loss.gradient[t] + weight * batch.advantages[s]) < 1e-12,
                        "\(objective.name) seed \(seed) token \(t)")
                }
            }
        }
    }

    @Test("order and padding change nothing", arguments: variedObjectives)
    func permutationAndPadding(objective: Objective) throws {
        if objective.trust.isDrawn { return }
        for seed in UInt64(1)...5 {
            let batch = randomBatch(seed: seed)
            var totals = batch.wideTotals
            totals.entropyThreshold = try objective.tokens.threshold(batch)
            let loss = try objective.loss(batch, totals: totals)
            let rows = Array((0..<batch.sequenceCount).reversed())
            let turned = try objective.loss(batch.taking(rows), totals: totals)
            #expect(abs(loss.loss - turned.loss) < 1e-12, "seed \(seed)")

            var padded = batch
            let end = padded.mask.count
            padded.offsets[padded.sequenceCount] = end + 3
            padded.mask += [false, false, false]
            let garbage = [Double.nan, .infinity, -1]
            padded.newLogProbabilities += garbage
            padded.oldLogProbabilities += garbage
            padded.referenceLogProbabilities?.append(contentsOf: garbage)
            padded.samplerLogProbabilities?.append(contentsOf: garbage)
            padded.entropies?.append(contentsOf: garbage)
            let wide = try objective.loss(padded, totals: totals)
            #expect(wide.loss == loss.loss)
            #expect(Array(wide.gradient[..<end]) == loss.gradient)
            #expect(wide.gradient[end...].allSatisfy { $0 == 0 })
        }
    }

    @Test("micro-batches with totals sum to the whole batch", arguments: variedObjectives)
    func split(objective: Objective) throws {
        if objective.trust.isDrawn { return }
        for seed in UInt64(1)...5 {
            let batch = randomBatch(seed: seed, sequences: 7)
            var totals = batch.wideTotals
            totals.entropyThreshold = try objective.tokens.threshold(batch)
            let whole = try objective.loss(batch, totals: totals)
            let parts = try [[0, 1, 2], [3], [4, 5, 6]].map {
                try objective.loss(batch.taking($0), totals: totals)
            }
            let joined = PolicyLoss.joined(parts)
            #expect(abs(joined.loss - whole.loss) < 1e-12, "seed \(seed)")
            for (a, b) in zip(joined.gradient, whole.gradient) { #expect(abs(a - b) < 1e-12) }
            #expect(joined.tokens == whole.tokens)
            #expect(joined.metrics.keys.sorted() == whole.metrics.keys.sorted())
            for (name, value) in whole.metrics {
                #expect(abs((joined.metrics[name] ?? .nan) - value) < 1e-12, "\(name)")
            }
        }
    }

    @Test("with equal lengths the mean over tokens is the mean of sequence means")
    func equalLengths() throws {
        var batch = randomBatch(seed: 9)
        batch.offsets = [0, 4, 8]
        batch.mask = Array(repeating: true, count: 8)
        var rng = SplitMix64(seed: 4)
        batch.newLogProbabilities = (0..<8).map { _ in -rng.uniform() }
        batch.oldLogProbabilities = (0..<8).map { _ in -rng.uniform() }
        batch.referenceLogProbabilities = nil
        batch.samplerLogProbabilities = nil
        batch.entropies = nil
        batch.advantages = [1, -0.5]
        var objective = try Objective.preset("dapo")
        let token = try objective.loss(batch)
        objective.aggregation = .sequenceMeanTokenMean
        let sequence = try objective.loss(batch)
        #expect(abs(token.loss - sequence.loss) < 1e-15)
        for (a, b) in zip(token.gradient, sequence.gradient) { #expect(abs(a - b) < 1e-15) }
    }

    @Test("dropped rows left out with totals equal dropped rows left in with advantage 0")
    func gfpoDenominator() throws {
        var objective = try Objective.preset("gfpo")
        objective.kl = .none
        for seed in UInt64(1)...10 {
            var rng = SplitMix64(seed: seed)
            let lengths = (0..<8).map { _ in 1 + rng.below(9) }
            let rewards = lengths.map { _ in rng.uniform() }
            objective.filter = .tokenEfficiency(k: 4)
            let assessment = try objective.assess(
                GroupNumbers(
                    rewards: rewards, outcomes: rewards, lengths: lengths,
                    truncated: lengths.map { _ in false }))
            var batch = PolicyBatch(
                offsets: [0], mask: [], newLogProbabilities: [], oldLogProbabilities: [],
                advantages: assessment.advantages)
            for length in lengths {
                batch.mask += Array(repeating: true, count: length)
                batch.newLogProbabilities += (0..<length).map { _ in -rng.uniform() }
                batch.oldLogProbabilities += (0..<length).map { _ in -rng.uniform() }
                batch.offsets.append(batch.mask.count)
            }
            let all = try objective.loss(batch, totals: BatchTotals(batch))
            let totals = try BatchTotals([assessment], lengths: [lengths])
            let few = try objective.loss(
                batch.taking(assessment.selection.retained), totals: totals)
            #expect(abs(all.loss - few.loss) < 1e-12, "seed \(seed)")
            #expect(totals.groupTokens == lengths.reduce(0, +))
            #expect(totals.tokens < totals.groupTokens)
            let gradient = assessment.selection.retained.flatMap {
                all.gradient[batch.offsets[$0]..<batch.offsets[$0 + 1]]
            }
            for (a, b) in zip(gradient, few.gradient) { #expect(abs(a - b) < 1e-15) }
        }
    }
}

extension TrustGate {
    /// Whether its gradient goes through the ratio.
    fileprivate var isOfRatio: Bool {
        switch self {
        case .none, .clip, .sigmoid, .covarianceKL, .covarianceClip: true
        case .reinforce, .detachedCap, .detachedBand, .detachedGamma, .quadratic: false
        }
    }

    /// Whether it chooses tokens of the batch at hand.
    fileprivate var isDrawn: Bool {
        switch self {
        case .covarianceKL, .covarianceClip: true
        default: false
        }
    }
}
