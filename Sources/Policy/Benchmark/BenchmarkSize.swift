/// The models that speed is told on: small, middle, and the shape of a 135 M parameter model.
public enum BenchmarkSize: String, Sendable, CaseIterable {
    case a
    case b
    case c

    /// The model's shape; the embedding is tied to the output.
    public var configuration: TransformerConfiguration {
        switch self {
        case .a:
            TransformerConfiguration(
                vocabularySize: 64, width: 128, layers: 4, heads: 4, feedForwardWidth: 384,
                maximumLength: 65)
        case .b:
            TransformerConfiguration(
                vocabularySize: 128, width: 256, layers: 6, heads: 8, feedForwardWidth: 768,
                maximumLength: 129)
        case .c:
            TransformerConfiguration(
                vocabularySize: 49_152, width: 576, layers: 30, heads: 9, keyValueHeads: 3,
                feedForwardWidth: 1536, maximumLength: 257)
        }
    }

    /// Predicted positions of a sequence in a training step.
    public var length: Int { configuration.maximumLength - 1 }

    /// Sequences of a training step.
    public var batch: Int {
        switch self {
        case .a: 64
        case .b: 32
        case .c: 4
        }
    }

    /// Tokens of a prompt.
    public static let promptLength = 8
}
