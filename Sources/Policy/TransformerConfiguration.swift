/// The shape of a decoder-only transformer: pre-norm RMSNorm, rotary positions, grouped-query
/// attention, SwiGLU and an output layer tied to the embedding.
public struct TransformerConfiguration: Codable, Sendable, Equatable {
    /// Number of tokens.
    public var vocabularySize: Int
    /// Width of the residual stream.
    public var width: Int
    /// Number of blocks.
    public var layers: Int
    /// Query heads; the width of a head is `width / heads`.
    public var heads: Int
    /// Key and value heads; divides `heads`.
    public var keyValueHeads: Int
    /// Inner width of SwiGLU.
    public var feedForwardWidth: Int
    /// Longest sequence, prompt and completion together.
    public var maximumLength: Int
    /// Base of the rotary angles.
    public var ropeBase: Float
    /// Added to the mean square before its root.
    public var normEpsilon: Float

    /// A shape from its parts; `validate` checks it.
    public init(
        vocabularySize: Int, width: Int, layers: Int, heads: Int, keyValueHeads: Int? = nil,
        feedForwardWidth: Int, maximumLength: Int, ropeBase: Float = 10_000,
        normEpsilon: Float = 1e-5
    ) {
        self.vocabularySize = vocabularySize
        self.width = width
        self.layers = layers
        self.heads = heads
        self.keyValueHeads = keyValueHeads ?? heads
        self.feedForwardWidth = feedForwardWidth
        self.maximumLength = maximumLength
        self.ropeBase = ropeBase
        self.normEpsilon = normEpsilon
    }

    /// Width of one head.
    public var headWidth: Int { width / max(1, heads) }

    /// Refuses shapes that no model can have, and those past 2³¹ parameters.
    ///
    /// - Throws: `PolicyError.invalidConfiguration` naming the first bad field.
    public func validate() throws(PolicyError) {
        let bounds: [(String, Int, Int)] = [
            ("vocabularySize", vocabularySize, 1 << 20), ("width", width, 1 << 14),
            ("layers", layers, 1024), ("heads", heads, 1024),
            ("keyValueHeads", keyValueHeads, 1024),
            ("feedForwardWidth", feedForwardWidth, 1 << 16),
            ("maximumLength", maximumLength, 1 << 20),
        ]
        for (field, value, most) in bounds where value < 1 || value > most {
            throw .invalidConfiguration(field: field, reason: "is \(value), not in 1...\(most)")
        }
        guard width % heads == 0 else {
            throw .invalidConfiguration(field: "width", reason: "is not a multiple of heads")
        }
        guard headWidth % 2 == 0 else {
            throw .invalidConfiguration(field: "width", reason: "gives an odd width of a head")
        }
        guard heads % keyValueHeads == 0 else {
            throw .invalidConfiguration(field: "keyValueHeads", reason: "does not divide heads")
        }
        guard ropeBase.isFinite, ropeBase > 1 else {
            throw .invalidConfiguration(field: "ropeBase", reason: "is \(ropeBase), not above 1")
        }
        guard normEpsilon.isFinite, normEpsilon > 0 else {
            throw .invalidConfiguration(field: "normEpsilon", reason: "is not above 0")
        }
        guard ParameterLayout(self).count < 1 << 31 else {
            throw .invalidConfiguration(field: "layers", reason: "gives over 2^31 parameters")
        }
    }
}
