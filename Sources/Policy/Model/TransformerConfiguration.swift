/// The shape of a transformer: pre-norm RMSNorm, rotary positions, grouped-query attention, SwiGLU.
public struct TransformerConfiguration: Sendable, Equatable {
    /// Whose layout and names its files have.
    public var family: ModelFamily
    /// Number of tokens.
    public var vocabularySize: Int
    /// Width of the residual stream.
    public var width: Int
    /// Number of blocks.
    public var layers: Int
    /// Query heads.
    public var heads: Int
    /// Key and value heads; divides `heads`.
    public var keyValueHeads: Int
    /// Width of one head.
    public var headWidth: Int
    /// Inner width of SwiGLU.
    public var feedForwardWidth: Int
    /// Longest sequence, prompt and completion together.
    public var maximumLength: Int
    /// The angles of the positions.
    public var rope: RotaryPositions
    /// Added to the mean square before its root.
    public var normEpsilon: Float
    /// Whether q, k and v have a bias (Qwen2).
    public var hasQueryKeyValueBias = false
    /// Whether each head of q and k is normed before it is rotated (Qwen3).
    public var hasQueryKeyNorm = false
    /// Whether the output layer is the embedding.
    public var tiesEmbedding = true
    /// The experts in place of one SwiGLU a block; nil for a dense model.
    public var experts: ExpertConfiguration?
    /// What a position sees: itself and what stands before it, or the whole sequence (an encoder).
    public var attention = Attention.causal
    /// What comes out of a position.
    public var head = Head.language

    /// What a position sees.
    public enum Attention: String, Sendable, Equatable, CaseIterable {
        /// Itself and what stands before it.
        case causal
        /// The whole sequence.
        case bidirectional
    }

    /// What a model says of each position.
    public enum Head: String, Sendable, Equatable, CaseIterable {
        /// A distribution of the next token.
        case language
        /// One number: a critic's value, or a reward at the last position.
        case scalar
    }

    /// A dense shape from its parts; `validate` checks it.
    public init(
        family: ModelFamily = .llama, vocabularySize: Int, width: Int, layers: Int, heads: Int,
        keyValueHeads: Int? = nil, headWidth: Int? = nil, feedForwardWidth: Int,
        maximumLength: Int, ropeBase: Float = 10_000, normEpsilon: Float = 1e-5
    ) {
        self.family = family
        self.vocabularySize = vocabularySize
        self.width = width
        self.layers = layers
        self.heads = heads
        self.keyValueHeads = keyValueHeads ?? heads
        self.headWidth = headWidth ?? width / max(1, heads)
        self.feedForwardWidth = feedForwardWidth
        self.maximumLength = maximumLength
        self.rope = RotaryPositions(base: ropeBase)
        self.normEpsilon = normEpsilon
    }

    /// Floats of a row of all query heads.
    var attendedWidth: Int { heads * headWidth }

    /// Refuses shapes that no model can have, and those past 2³³ parameters.
    ///
    /// - Throws: `PolicyError.invalidConfiguration` naming the first bad field.
    public func validate() throws(PolicyError) {
        let bounds: [(String, Int, Int)] = [
            ("vocabularySize", vocabularySize, 1 << 20), ("width", width, 1 << 14),
            ("layers", layers, 1024), ("heads", heads, 1024),
            ("keyValueHeads", keyValueHeads, 1024), ("headWidth", headWidth, 1 << 12),
            ("feedForwardWidth", feedForwardWidth, 1 << 18),
            ("maximumLength", maximumLength, 1 << 20),
            ("experts.count", experts?.count ?? 1, 1024),
            ("experts.perToken", experts?.perToken ?? 1, experts?.count ?? 1),
            ("experts.width", experts?.width ?? 1, 1 << 16),
        ]
        for (field, value, most) in bounds where value < 1 || value > most {
            throw .invalidConfiguration(field: field, reason: "is \(value), not in 1...\(most)")
        }
        guard headWidth % 2 == 0 else {
            throw .invalidConfiguration(field: "headWidth", reason: "is odd")
        }
        guard heads % keyValueHeads == 0 else {
            throw .invalidConfiguration(field: "keyValueHeads", reason: "does not divide heads")
        }
        try rope.validate()
        guard normEpsilon.isFinite, normEpsilon > 0 else {
            throw .invalidConfiguration(field: "normEpsilon", reason: "is not above 0")
        }
        guard parameterCount < 1 << 33 else {
            throw .invalidConfiguration(field: "layers", reason: "gives over 2^33 parameters")
        }
    }

    /// Number of parameters, without a list of them.
    var parameterCount: Int {
        let feedForward =
            experts.map { $0.count * (3 * $0.width * width + width) }
            ?? 3 * feedForwardWidth * width
        let attention = (2 * heads + 2 * keyValueHeads) * headWidth * width
        let vectors = 2 * width + (heads + 2 * keyValueHeads + 2) * headWidth
        let outer = head == .language && !tiesEmbedding ? 2 : 1
        return layers * (feedForward + attention + vectors) + outer * vocabularySize * width
            + 2 * width
    }
}

/// The experts of a block: a router gives each token to a few of them.
public struct ExpertConfiguration: Sendable, Equatable {
    /// Number of experts.
    public var count: Int
    /// Experts that a token goes to: those that the router finds likeliest.
    public var perToken: Int
    /// Inner width of an expert's SwiGLU.
    public var width: Int
    /// Whether the weights of a token's experts are made to add up to 1.
    public var normalizesWeights: Bool

    /// Experts from their parts.
    public init(count: Int, perToken: Int, width: Int, normalizesWeights: Bool = true) {
        self.count = count
        self.perToken = perToken
        self.width = width
        self.normalizesWeights = normalizesWeights
    }
}
