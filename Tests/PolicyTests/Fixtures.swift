import Policy
import Rollouts

/// Shapes with and without vector tails, with shared and own keys, of every family.
let shapes: [TransformerConfiguration] = plainShapes + [qwen2Shape, qwen3Shape, expertShape]

let plainShapes: [TransformerConfiguration] = [
    TransformerConfiguration(
        vocabularySize: 7, width: 8, layers: 2, heads: 2, keyValueHeads: 1, feedForwardWidth: 12,
        maximumLength: 24),
    TransformerConfiguration(
        vocabularySize: 19, width: 32, layers: 1, heads: 2, feedForwardWidth: 40,
        maximumLength: 40),
]

/// Biases, an output layer of its own.
let qwen2Shape: TransformerConfiguration = {
    var shape = TransformerConfiguration(
        family: .qwen2, vocabularySize: 11, width: 24, layers: 2, heads: 3, keyValueHeads: 1,
        feedForwardWidth: 20, maximumLength: 40)
    shape.hasQueryKeyValueBias = true
    shape.tiesEmbedding = false
    return shape
}()

/// Normed heads that together are wider than the model, and stretched positions.
let qwen3Shape: TransformerConfiguration = {
    var shape = TransformerConfiguration(
        family: .qwen3, vocabularySize: 13, width: 16, layers: 2, heads: 4, keyValueHeads: 2,
        headWidth: 12, feedForwardWidth: 36, maximumLength: 40)
    shape.hasQueryKeyNorm = true
    shape.rope.scaling = .llama3(
        factor: 4, lowFrequency: 1, highFrequency: 4, originalLength: 16)
    return shape
}()

/// Two of five experts a token.
let expertShape: TransformerConfiguration = {
    var shape = TransformerConfiguration(
        family: .qwen3Experts, vocabularySize: 9, width: 16, layers: 2, heads: 2,
        feedForwardWidth: 16, maximumLength: 40)
    shape.hasQueryKeyNorm = true
    shape.experts = ExpertConfiguration(count: 5, perToken: 2, width: 12)
    return shape
}()

/// An encoder that says one number of each position.
let encoderShape: TransformerConfiguration = {
    var shape = plainShapes[1]
    shape.attention = .bidirectional
    shape.head = .scalar
    return shape
}()

/// A model whose weights are large enough to give uneven distributions.
func livelyModel(
    _ configuration: TransformerConfiguration, seed: UInt64 = 1, precision: Precision = .float32
) throws -> Transformer {
    let model = try Transformer(configuration, seed: seed, precision: precision)
    var values = model.copyParameters()
    var random = SplitMix64(seed: seed, 99)
    for view in model.parameters {
        for i in view.offset..<view.offset + view.count {
            let noise = 0.2 * Float(random.normal())
            values[i] =
                view.isMatrix
                ? values[i] * 15 : (view.name.hasSuffix(".bias") ? noise : 1 + noise)
        }
    }
    try model.loadParameters(values)
    return model
}

/// Random sequences of given lengths.
func sequences(
    _ lengths: [Int], _ configuration: TransformerConfiguration, seed: UInt64 = 3
) -> [[Int32]] {
    var random = SplitMix64(seed: seed)
    return lengths.map { length in
        (0..<length).map { _ in Int32(random.below(configuration.vocabularySize)) }
    }
}

func bits(_ values: [Float]) -> [UInt32] { values.map(\.bitPattern) }
