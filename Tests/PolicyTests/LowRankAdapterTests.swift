import Policy
import Testing

@Suite struct LowRankAdapterTests {
    private let settings = LowRankSettings(
        rank: 3, alpha: 6,
        targets: ["q_proj", "k_proj", "v_proj", "o_proj", "down_proj", "up_proj"])
    private let lengths = [9, 17, 2, 5]

    @Test("a new adapter changes nothing, and has A and B for each target")
    func fresh() throws {
        for shape in [qwen2Shape, qwen3Shape] {
            let model = try livelyModel(shape)
            let before = bits(model.copyParameters())
            try model.addAdapter(settings, seed: 1)
            #expect(bits(model.copyParameters()) == before)
            let adapter = try #require(model.adapter)
            #expect(adapter.parameters.count == 2 * 6 * shape.layers)
            #expect(
                adapter.parameters[0].name
                    == "base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight")
            #expect(adapter.parameters[0].shape == [3, shape.width])
        }
    }

    /// The gradient of the merged weights gives those of A and B by the chain rule: dB = s·dW·Aᵀ and
    /// dA = s·Bᵀ·dW.
    @Test("gradients follow from those of the merged weights", arguments: Precision.allCases)
    func gradients(precision: Precision) throws {
        let shape = qwen2Shape
        let batch = PackedBatch(sequences: sequences(lengths, shape))
        let slopes = (0..<batch.count).map { Float($0 % 5) * 0.3 - 0.5 }
        let model = try livelyModel(shape, precision: precision)
        try model.addAdapter(settings, seed: 1)
        let learner = Learner(model)
        // Two steps, so that B is not zero.
        for _ in 0..<2 {
            try learner.accumulate(batch, gradient: { _ in slopes })
            try learner.step(learningRate: 0.05)
        }
        try learner.accumulate(batch, gradient: { _ in slopes })
        let found = learner.copyGradient()
        let twin = try livelyModel(shape, precision: precision)
        try twin.loadParameters(model.copyParameters())
        let full = Learner(twin)
        try full.accumulate(batch, gradient: { _ in slopes })
        let whole = full.copyGradient()
        let adapter = try #require(model.adapter)
        let values = adapter.copyParameters()
        for (a, b) in stride(from: 0, to: adapter.parameters.count, by: 2).map({
            (adapter.parameters[$0], adapter.parameters[$0 + 1])
        }) {
            let name = a.name.replacing("base_model.model.", with: "")
                .replacing(".lora_A.weight", with: ".weight")
            let view = try #require(model.parameters.first { $0.name == name })
            let (rank, inner, outer) = (a.shape[0], a.shape[1], b.shape[0])
            // bfloat16 rounds what the full gradient multiplies.
            let tolerance: Float = precision == .float32 ? 1e-4 : 3e-2
            let scale = whole[view.offset..<view.offset + view.count].map(abs).max() ?? 0
            for r in 0..<rank {
                for i in [0, inner - 1] {
                    let wanted = (0..<outer).reduce(Float(0)) {
                        $0 + 2 * values[b.offset + $1 * rank + r]
                            * whole[view.offset + $1 * inner + i]
                    }
                    #expect(
                        abs(found[a.offset + r * inner + i] - wanted) < tolerance * scale + 1e-5)
                }
                for o in [0, outer - 1] {
                    let wanted = (0..<inner).reduce(Float(0)) {
                        $0 + 2 * values[a.offset + r * inner + $1]
                            * whole[view.offset + o * inner + $1]
                    }
                    #expect(abs(found[b.offset + o * rank + r] - wanted) < tolerance * scale + 1e-5)
                }
            }
        }
    }

    @Test("training moves the targets alone, and sampler and trainer still agree to the last bit")
    func training() throws {
        let shape = qwen3Shape
        let model = try livelyModel(shape)
        let before = model.copyParameters()
        try model.addAdapter(LowRankSettings(rank: 2, alpha: 4), seed: 1)
        let learner = Learner(model)
        let batch = PackedBatch(sequences: sequences(lengths, shape))
        var losses: [Float] = []
        for _ in 0..<30 {
            losses.append(
                try learner.accumulateCrossEntropy(
                    batch, weights: Array(repeating: 1, count: batch.count)))
            try learner.step(learningRate: 0.02)
        }
        #expect(losses[29] < 0.8 * losses[0])
        let after = model.copyParameters()
        for view in model.parameters {
            let range = view.offset..<view.offset + view.count
            let isTarget =
                view.name.hasSuffix("q_proj.weight") || view.name.hasSuffix("v_proj.weight")
            #expect((Array(before[range]) != Array(after[range])) == isTarget, "\(view.name)")
        }
        let sampled = try Sampler(model, slots: 2).sample(
            prompts: [[1, 2, 3]], seeds: [5], settings: SamplingSettings(maximumNewTokens: 9),
            stop: [])
        let trained = try learner.logProbabilities(
            PackedBatch(sequences: [[1, 2, 3] + sampled[0].tokens]))
        #expect(
            bits(Array(trained.logProbabilities.dropFirst(2))) == bits(sampled[0].logProbabilities))
    }

    @Test("settings that cannot serve are refused")
    func refused() throws {
        for bad in [
            LowRankSettings(rank: 0), LowRankSettings(alpha: -1), LowRankSettings(targets: []),
            LowRankSettings(targets: ["w"]), LowRankSettings(targets: ["q_proj", "q_proj"]),
        ] {
            let model = try Transformer(plainShapes[0], seed: 1)
            #expect(throws: PolicyError.self) { try model.addAdapter(bad, seed: 1) }
        }
        // Experts have no adapters.
        let model = try Transformer(expertShape, seed: 1)
        #expect(throws: PolicyError.self) {
            try model.addAdapter(LowRankSettings(targets: ["up_proj"]), seed: 1)
        }
    }
}
