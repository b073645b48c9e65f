/// A named part of the flat parameter buffer.
public struct ParameterView: Sendable, Equatable {
    /// Name as in Hugging Face's Llama models.
    public let name: String
    /// Row-major shape.
    public let shape: [Int]
    /// Index of the first number.
    public let offset: Int
    /// Number of numbers.
    public var count: Int { shape.reduce(1, *) }
    /// Whether weight decay applies: matrices only.
    public var decays: Bool { shape.count > 1 }
}

/// Where each parameter lies.
///
/// q, k and v are beside each other, and so are gate and up, so that
/// one product serves them.
struct ParameterLayout: Sendable {
    /// Offsets of one block.
    struct Block: Sendable {
        var attentionNorm = 0
        var queryKeyValue = 0
        var output = 0
        var feedForwardNorm = 0
        var gateUp = 0
        var down = 0
    }

    let views: [ParameterView]
    let blocks: [Block]
    let embedding: Int
    let finalNorm: Int
    let count: Int

    init(_ c: TransformerConfiguration) {
        var views: [ParameterView] = []
        var next = 0
        func place(_ name: String, _ shape: [Int]) -> Int {
            views.append(ParameterView(name: name, shape: shape, offset: next))
            next += shape.reduce(1, *)
            return views[views.count - 1].offset
        }
        let d = c.width
        let keyValueWidth = c.keyValueHeads * c.headWidth
        embedding = place("model.embed_tokens.weight", [c.vocabularySize, d])
        blocks = (0..<c.layers).map { layer in
            let prefix = "model.layers.\(layer)."
            var block = Block()
            block.attentionNorm = place(prefix + "input_layernorm.weight", [d])
            block.queryKeyValue = place(prefix + "self_attn.q_proj.weight", [d, d])
            _ = place(prefix + "self_attn.k_proj.weight", [keyValueWidth, d])
            _ = place(prefix + "self_attn.v_proj.weight", [keyValueWidth, d])
            block.output = place(prefix + "self_attn.o_proj.weight", [d, d])
            block.feedForwardNorm = place(prefix + "post_attention_layernorm.weight", [d])
            block.gateUp = place(prefix + "mlp.gate_proj.weight", [c.feedForwardWidth, d])
            _ = place(prefix + "mlp.up_proj.weight", [c.feedForwardWidth, d])
            block.down = place(prefix + "mlp.down_proj.weight", [d, c.feedForwardWidth])
            return block
        }
        finalNorm = place("model.norm.weight", [d])
        self.views = views
        count = next
    }
}
