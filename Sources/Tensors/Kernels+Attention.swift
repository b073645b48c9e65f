internal import CKernels

/// The shape of one sequence's attention: rows hold the heads of q, then k, then v.
package struct AttentionShape: Sendable {
    /// Query heads.
    package let heads: Int
    /// Key and value heads; divides `heads`.
    package let keyValueHeads: Int
    /// Width of one head.
    package let headWidth: Int

    /// A shape from its parts.
    package init(heads: Int, keyValueHeads: Int, headWidth: Int) {
        self.heads = heads
        self.keyValueHeads = keyValueHeads
        self.headWidth = headWidth
    }

    /// Floats of a row of q, k and v.
    package var rowWidth: Int { (heads + 2 * keyValueHeads) * headWidth }

    /// Floats of scratch for a sequence of `length`.
    package func scratch(length: Int) -> Int {
        Int(ck_attention_scratch(Int64(length), Int64(headWidth)))
    }

    func cShape(length: Int) -> ck_attention {
        ck_attention(
            length: Int64(length), heads: Int64(heads), kv_heads: Int64(keyValueHeads),
            head_width: Int64(headWidth), qkv_stride: Int64(rowWidth),
            out_stride: Int64(heads * headWidth), scale: 1 / Float(headWidth).squareRoot())
    }
}

extension Kernels {
    /// Causal attention of one sequence; `logSums` has shape `[heads, length]`.
    package func attention(
        _ shape: AttentionShape, length: Int, _ qkv: UnsafePointer<Float>,
        into out: UnsafeMutablePointer<Float>, logSums: UnsafeMutablePointer<Float>,
        scratch: UnsafeMutablePointer<Float>
    ) {
        var c = shape.cShape(length: length)
        ck_attention_forward(table, &c, qkv, out, logSums, scratch)
    }

    /// The gradient of `attention`, overwriting `dqkv`.
    package func attentionBackward(
        _ shape: AttentionShape, length: Int, _ qkv: UnsafePointer<Float>,
        out: UnsafePointer<Float>, logSums: UnsafePointer<Float>, dOut: UnsafePointer<Float>,
        into dqkv: UnsafeMutablePointer<Float>, scratch: UnsafeMutablePointer<Float>
    ) {
        var c = shape.cShape(length: length)
        ck_attention_back(table, &c, qkv, out, logSums, dOut, dqkv, scratch)
    }

    /// One query against `keys` cached keys and values: the same routine, so the same bits, as a row of
    /// `attention`.
    ///
    /// Keys lie in blocks of 16, each `[headWidth, 16]`; values as rows of `headWidth`.
    package func attend(
        _ shape: AttentionShape, query: UnsafePointer<Float>,
        keyBlocks: UnsafePointer<Float>, values: UnsafePointer<Float>, keys: Int,
        scratch: UnsafeMutablePointer<Float>,
        into out: UnsafeMutablePointer<Float>
    ) {
        ck_attend(
            table, query, keyBlocks, 16, 16 * Int64(shape.headWidth), values,
            Int64(shape.headWidth), Int64(keys), Int64(shape.headWidth),
            1 / Float(shape.headWidth).squareRoot(), scratch, out, nil)
    }
}
