import Policy
import Rollouts

/// Shapes with and without vector tails, with shared and own keys.
let shapes: [TransformerConfiguration] = [
    TransformerConfiguration(
        vocabularySize: 7, width: 8, layers: 2, heads: 2, keyValueHeads: 1, feedForwardWidth: 12,
        maximumLength: 24),
    TransformerConfiguration(
        vocabularySize: 19, width: 32, layers: 1, heads: 2, feedForwardWidth: 40,
        maximumLength: 40),
]

/// A model whose weights are large enough to give uneven distributions.
func livelyModel(
    _ configuration: TransformerConfiguration, seed: UInt64 = 1
) throws -> Transformer {
    let model = try Transformer(configuration, seed: seed)
    var values = model.copyParameters()
    var random = SplitMix64(seed: seed, 99)
    for view in model.parameters {
        for i in view.offset..<view.offset + view.count {
            values[i] = view.decays ? values[i] * 15 : 1 + 0.2 * Float(random.normal())
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
