import Rollouts
import Testing

@testable import Policy

@Suite struct ExpertRoutingTests {
    @Test("rows go to their likeliest experts, in order, the lower number first among equals")
    func routes() {
        let p: [Float] = [0.1, 0.4, 0.4, 0.1, 0.7, 0.1, 0.1, 0.1]
        let routes = ExpertRoutes(
            rows: 2, p, ExpertConfiguration(count: 4, perToken: 2, width: 1))
        #expect(routes.rows == [1, 0, 1, 0])
        #expect(routes.offsets == [0, 1, 3, 4, 4])
        #expect(routes.shares == [0.875, 0.5, 0.125, 0.5])
        let all = ExpertRoutes(
            rows: 2, p,
            ExpertConfiguration(count: 4, perToken: 4, width: 1, normalizesWeights: false))
        #expect(all.rows == [0, 1, 0, 1, 0, 1, 0, 1])
        #expect(all.shares == [0.1, 0.7, 0.4, 0.1, 0.4, 0.1, 0.1, 0.1])
    }

    /// GSPO (arXiv 2507.18071) holds that with experts an update sends tokens to other experts, so that
    /// single tokens' ratios jump, while the ratio of a sequence, the geometric mean, stays near 1.
    @Test("tokens that an update sends elsewhere change more, and sequences less than tokens")
    func sequenceRatios() throws {
        var shape = expertShape
        shape.experts = ExpertConfiguration(count: 8, perToken: 2, width: 12)
        let model = try livelyModel(shape)
        let sampler = Sampler(model, slots: 16)
        let prompts = (0..<32).map { [Int32($0 % 9), Int32($0 % 7)] }
        let sampled = try sampler.sample(
            prompts: prompts, seeds: prompts.indices.map { UInt64($0) },
            settings: SamplingSettings(maximumNewTokens: 30), stop: [])
        let batch = PackedBatch(sequences: zip(prompts, sampled).map { $0 + $1.tokens })
        let learner = Learner(model, shards: 1)
        let before = try learner.logProbabilities(batch).logProbabilities
        let chosen = experts(learner)
        var random = SplitMix64(seed: 3)
        let slopes = (0..<batch.count).map { _ in Float(random.normal()) / Float(batch.count) }
        try learner.accumulate(batch, gradient: { _ in slopes })
        try learner.step(learningRate: 3e-3)
        let after = try learner.logProbabilities(batch).logProbabilities
        let now = experts(learner)
        let changes = zip(after, before).map { Double($0 - $1) }
        let moved = changes.indices.filter { chosen[$0] != now[$0] }
        let stayed = changes.indices.filter { chosen[$0] == now[$0] }
        #expect(moved.count > 20 && stayed.count > 20)
        #expect(meanSize(moved.map { changes[$0] }) > meanSize(stayed.map { changes[$0] }))
        let sequences = (0..<batch.sequenceCount).map { s in
            let range = batch.offsets[s]..<batch.offsets[s + 1]
            return changes[range].reduce(0, +) / Double(range.count)
        }
        #expect(meanSize(sequences) < 0.5 * meanSize(changes))
    }

    private func meanSize(_ x: [Double]) -> Double {
        x.reduce(0) { $0 + abs($1) } / Double(max(1, x.count))
    }

    /// The experts of each row in all blocks, after a forward pass of one shard.
    private func experts(_ learner: Learner) -> [[Set<Int>]] {
        let shard = learner.shards[0]
        var sets = Array(
            repeating: Array(repeating: Set<Int>(), count: shard.routes.count), count: shard.rows)
        for (layer, routes) in shard.routes.enumerated() {
            for expert in 0..<routes.offsets.count - 1 {
                for slot in routes.slots(expert) {
                    sets[Int(routes.rows[slot])][layer].insert(expert)
                }
            }
        }
        return sets
    }
}
