import Policy
import Rollouts

/// A model with a scalar head on the policy's trunk: a critic, a reward model, a discriminator.
struct ScalarModel {
    let learner: Learner
    private let settings: ScalarModelRecipe

    /// Texts whose activations are in memory together where nothing is learned.
    private static let textsAtOnce = 256

    /// A model of the policy's shape, its trunk still random.
    init(
        like policy: Transformer, attention: TransformerConfiguration.Attention = .causal,
        settings: ScalarModelRecipe, recipe: Recipe, threads: Int
    ) throws {
        var configuration = policy.configuration
        configuration.head = .scalar
        configuration.attention = attention
        self.settings = settings
        learner = Learner(
            try Transformer(
                configuration, seed: recipe.seed &+ 0x5CA1, precision: recipe.policy.precision),
            optimizer: AdamWSettings(beta1: 0.9, beta2: 0.95, weightDecay: 0),
            shards: recipe.policy.fixedShards, threads: threads,
            recomputes: recipe.policy.recompute)
    }

    /// Starts from the policy's trunk.
    func start(from policy: Transformer) throws { try learner.model.loadTrunk(of: policy) }

    /// What it says before each token of the completions, shape `[T]` in the order of the rollouts.
    func values(_ sequences: [TrainedSequence]) throws -> [Double] {
        let batch = PackedBatch(sequences: sequences.map(\.tokens))
        return sequences.completions(try learner.values(batch))
    }

    /// What it says at the last token of each text.
    func finalValues(_ texts: [[Int32]]) throws -> [Double] {
        var values: [Double] = []
        for first in stride(from: 0, to: texts.count, by: Self.textsAtOnce) {
            let batch = PackedBatch(
                whole: Array(texts[first..<min(first + Self.textsAtOnce, texts.count)]))
            values += Self.last(try learner.values(batch), batch)
        }
        return values
    }

    /// Adds the gradient of a loss of the values at the last tokens.
    func accumulateFinal(
        _ texts: [[Int32]], gradient: ([Double]) throws -> [Double]
    ) throws {
        let batch = PackedBatch(whole: texts)
        try learner.accumulateValues(batch) { values in
            var slopes = Array(repeating: Float(0), count: values.count)
            for (text, slope) in try gradient(Self.last(values, batch)).enumerated() {
                slopes[batch.offsets[text + 1] - 1] = Float(slope)
            }
            return slopes
        }
    }

    /// One step of AdamW, at the recipe's rate or another.
    func step(learningRate: Double? = nil) throws {
        _ = try learner.step(
            learningRate: Float(learningRate ?? settings.learningRate), clipNorm: 1)
    }

    private static func last(_ values: [Float], _ batch: PackedBatch) -> [Double] {
        (0..<batch.sequenceCount).map { Double(values[batch.offsets[$0 + 1] - 1]) }
    }
}
