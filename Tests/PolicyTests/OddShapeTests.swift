import Rollouts
import Tensors
import Testing

@testable import Policy

/// Shapes that fit no vector and no block, of every family.
@Suite struct OddShapeTests {
    private func shape(_ r: inout SplitMix64) -> TransformerConfiguration {
        func pick<T>(_ x: [T]) -> T { x[r.below(x.count)] }
        let keyValueHeads = pick([1, 1, 2, 3])
        var c = TransformerConfiguration(
            family: pick(ModelFamily.allCases), vocabularySize: pick([1, 2, 5, 17, 64, 97]),
            width: pick([1, 3, 8, 17, 33, 64, 65]), layers: pick([1, 2]),
            heads: keyValueHeads * pick([1, 2, 3]), keyValueHeads: keyValueHeads,
            headWidth: pick([2, 6, 16, 18, 34]), feedForwardWidth: pick([1, 3, 16, 33, 63]),
            maximumLength: 131_072)
        c.tiesEmbedding = pick([true, false])
        c.hasQueryKeyValueBias = c.family == .qwen2
        c.hasQueryKeyNorm = c.family == .qwen3 || c.family == .qwen3Experts
        if c.family == .qwen3Experts {
            let count = pick([1, 2, 3, 40])
            c.experts = ExpertConfiguration(
                count: count, perToken: pick([1, count]), width: pick([1, 3, 17]),
                normalizesWeights: pick([true, false]))
        }
        return c
    }

    @Test("threads, recomputation and shards without sequences change no bit of a step")
    func steps() throws {
        var random = SplitMix64(seed: 5)
        for round in 0..<24 {
            var c = shape(&random)
            if round % 4 == 3 { (c.head, c.attention) = (.scalar, .bidirectional) }
            let lengths = (0..<1 + random.below(5)).map { _ in random.below(40) }
            let ids = sequences(lengths, c, seed: UInt64(round))
            for precision in Precision.allCases {
                let results = try [(1, false), (3, true), (2, false)].map { threads, recomputes in
                    let learner = Learner(
                        try livelyModel(c, precision: precision), shards: 7, threads: threads,
                        recomputes: recomputes)
                    if c.head == .scalar {
                        try learner.accumulateValues(PackedBatch(whole: ids)) {
                            $0.map { $0 * 0.1 }
                        }
                    } else {
                        try learner.accumulate(
                            PackedBatch(sequences: ids),
                            gradient: { $0.entropies.map { $0 * 0.1 - 0.2 } })
                    }
                    try learner.step(learningRate: 0.01)
                    return bits(learner.model.copyParameters())
                }
                #expect(results[0] == results[1] && results[1] == results[2], "\(c)")
            }
        }
    }

    @Test("the sampler's log-probabilities are the trainer's, with adapters too")
    func sampling() throws {
        var random = SplitMix64(seed: 6)
        for round in 0..<24 {
            let c = shape(&random)
            let model = try livelyModel(c, precision: Precision.allCases[round % 2])
            if round % 3 == 0, c.experts == nil {
                try model.addAdapter(
                    LowRankSettings(rank: 2, targets: ["q_proj", "up_proj"]), seed: 1)
            }
            let learner = Learner(model)
            let warm = PackedBatch(sequences: sequences([20, 9], c))
            try learner.accumulateCrossEntropy(
                warm, weights: Array(repeating: 1, count: warm.count))
            try learner.step(learningRate: 0.01)
            var prompts = sequences([1, 3, 18, 33], c, seed: UInt64(round))
            prompts += [prompts[2], prompts[2], prompts[3]]
            let sampled = try Sampler(
                model, slots: 1 + random.below(8), threads: 1 + random.below(3), kernels: .best,
                shares: round % 2 == 0
            ).sample(
                prompts: prompts, seeds: prompts.indices.map { UInt64($0) },
                settings: SamplingSettings(maximumNewTokens: 20), stop: [])
            let batch = PackedBatch(sequences: zip(prompts, sampled).map { $0 + $1.tokens })
            let trained = try learner.logProbabilities(batch).logProbabilities
            for row in prompts.indices {
                let range = batch.offsets[row] + prompts[row].count - 1..<batch.offsets[row + 1]
                #expect(bits(Array(trained[range])) == bits(sampled[row].logProbabilities), "\(c)")
            }
        }
    }

    @Test("many experts of a narrow model have room for the router's slopes")
    func manyExperts() throws {
        var c = TransformerConfiguration(
            family: .qwen3Experts, vocabularySize: 2, width: 4, layers: 1, heads: 1, headWidth: 2,
            feedForwardWidth: 4, maximumLength: 256)
        c.hasQueryKeyNorm = true
        c.experts = ExpertConfiguration(count: 600, perToken: 1, width: 1)
        for precision in Precision.allCases {
            let learner = Learner(try livelyModel(c, precision: precision))
            let batch = PackedBatch(sequences: sequences([200, 100], c))
            try learner.accumulateCrossEntropy(
                batch, weights: Array(repeating: 1, count: batch.count))
            #expect(try learner.step(learningRate: 1e-3) > 0)
        }
    }

    @Test("a learner whose model got or lost an adapter says so")
    func changedAdapter() throws {
        let model = try livelyModel(qwen2Shape)
        let batch = PackedBatch(sequences: sequences([9], qwen2Shape))
        let before = Learner(model)
        try model.addAdapter(LowRankSettings(rank: 2), seed: 1)
        #expect(throws: PolicyError.self) { try before.logProbabilities(batch) }
        #expect(throws: PolicyError.self) { try before.step(learningRate: 0.1) }
        #expect(throws: PolicyError.self) { try model.loadParameters(model.copyParameters()) }
        let after = Learner(model)
        model.mergeAdapter()
        #expect(throws: PolicyError.self) { try after.logProbabilities(batch) }
    }
}
