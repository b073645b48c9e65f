/// A named part of the flat parameter buffer.
public struct ParameterView: Sendable, Equatable {
    /// Name as Hugging Face's models of the family have it.
    public let name: String
    /// Row-major shape.
    public let shape: [Int]
    /// Index of the first number.
    public let offset: Int
    /// Number of numbers.
    public var count: Int { shape.reduce(1, *) }
    /// Whether it is a matrix: weight decay applies to those, not to norms and biases.
    public var isMatrix: Bool { shape.count > 1 }
}

/// A matrix of weights `[outer, inner]` and, maybe, its bias `[outer]`, by their places.
struct LinearPlace: Sendable, Hashable {
    var offset: Int
    var outer: Int
    var inner: Int
    var bias: Int?
}

/// Where each parameter lies.
///
/// q, k and v are beside each other, and so are gate and up, so that one product serves them.
struct ParameterLayout: Sendable {
    /// A SwiGLU's matrices.
    struct FeedForward: Sendable {
        var gateUp: LinearPlace
        var down: LinearPlace
    }

    /// The places of one block.
    struct Block: Sendable {
        var attentionNorm: Int
        var queryKeyValue: LinearPlace
        /// Norms of a head of q and of k.
        var queryNorm: Int?
        var keyNorm: Int?
        var output: LinearPlace
        var feedForwardNorm: Int
        /// One, or as many as there are experts.
        var feedForward: [FeedForward]
        /// Which experts a token goes to; nil in a dense model.
        var router: LinearPlace?

        /// All matrices that rows are multiplied by.
        var linears: [LinearPlace] {
            [queryKeyValue, output] + (router.map { [$0] } ?? [])
                + feedForward.flatMap { [$0.gateUp, $0.down] }
        }
    }

    let views: [ParameterView]
    let blocks: [Block]
    let embedding: Int
    let finalNorm: Int
    /// The output layer: the embedding where it is tied; nil where the head is scalar.
    let output: LinearPlace?
    /// The scalar head's weights `[1, width]`.
    let score: Int?
    let count: Int
    /// Where each norm and bias lies when they alone are put one after another, by its offset.
    let vectors: [Int: Int]
    /// Numbers of all norms and biases.
    let vectorCount: Int

    init(_ c: TransformerConfiguration) {
        var builder = Builder()
        let d = c.width
        embedding = builder.place("model.embed_tokens.weight", [c.vocabularySize, d])
        blocks = (0..<c.layers).map { builder.block(c, prefix: "model.layers.\($0).") }
        finalNorm = builder.place("model.norm.weight", [d])
        switch c.head {
        case .language:
            let offset =
                c.tiesEmbedding
                ? embedding : builder.place("lm_head.weight", [c.vocabularySize, d])
            output = LinearPlace(offset: offset, outer: c.vocabularySize, inner: d)
            score = nil
        case .scalar:
            output = nil
            score = builder.place("score.weight", [1, d])
        }
        views = builder.views
        count = builder.next
        var vectors: [Int: Int] = [:]
        var next = 0
        for view in builder.views where !view.isMatrix {
            vectors[view.offset] = next
            next += view.count
        }
        self.vectors = vectors
        vectorCount = next
    }

    /// Places parameters one after another.
    private struct Builder {
        var views: [ParameterView] = []
        var next = 0

        mutating func place(_ name: String, _ shape: [Int]) -> Int {
            views.append(ParameterView(name: name, shape: shape, offset: next))
            next += shape.reduce(1, *)
            return views[views.count - 1].offset
        }

        mutating func block(_ c: TransformerConfiguration, prefix: String) -> Block {
            let d = c.width
            let attention = prefix + "self_attn."
            let (q, kv) = (c.attendedWidth, c.keyValueHeads * c.headWidth)
            let attentionNorm = place(prefix + "input_layernorm.weight", [d])
            let offset = place(attention + "q_proj.weight", [q, d])
            _ = place(attention + "k_proj.weight", [kv, d])
            _ = place(attention + "v_proj.weight", [kv, d])
            var bias: Int?
            if c.hasQueryKeyValueBias {
                bias = place(attention + "q_proj.bias", [q])
                _ = place(attention + "k_proj.bias", [kv])
                _ = place(attention + "v_proj.bias", [kv])
            }
            let queryNorm =
                c.hasQueryKeyNorm ? place(attention + "q_norm.weight", [c.headWidth]) : nil
            let keyNorm =
                c.hasQueryKeyNorm ? place(attention + "k_norm.weight", [c.headWidth]) : nil
            let output = LinearPlace(
                offset: place(attention + "o_proj.weight", [d, q]), outer: d, inner: q)
            let norm = place(prefix + "post_attention_layernorm.weight", [d])
            let router = c.experts.map { experts in
                LinearPlace(
                    offset: place(prefix + "mlp.gate.weight", [experts.count, d]),
                    outer: experts.count, inner: d)
            }
            let feedForward =
                c.experts.map { experts in
                    (0..<experts.count).map {
                        self.feedForward(prefix + "mlp.experts.\($0).", d, experts.width)
                    }
                } ?? [self.feedForward(prefix + "mlp.", d, c.feedForwardWidth)]
            return Block(
                attentionNorm: attentionNorm,
                queryKeyValue: LinearPlace(offset: offset, outer: q + 2 * kv, inner: d, bias: bias),
                queryNorm: queryNorm, keyNorm: keyNorm, output: output, feedForwardNorm: norm,
                feedForward: feedForward, router: router)
        }

        private mutating func feedForward(_ prefix: String, _ d: Int, _ f: Int) -> FeedForward {
            let offset = place(prefix + "gate_proj.weight", [f, d])
            _ = place(prefix + "up_proj.weight", [f, d])
            return FeedForward(
                gateUp: LinearPlace(offset: offset, outer: 2 * f, inner: d),
                down: LinearPlace(
                    offset: place(prefix + "down_proj.weight", [d, f]), outer: d, inner: f))
        }
    }
}
