internal import CKernels

/// The shape of one sequence's attention: rows hold the heads of q, then k, then v.
package struct AttentionShape: Sendable {
    /// Query heads.
    package let heads: Int
    /// Key and value heads; divides `heads`.
    package let keyValueHeads: Int
    /// Width of one head.
    package let headWidth: Int
    /// Whether a query sees the keys up to its own place alone.
    package let isCausal: Bool

    /// A shape from its parts.
    package init(heads: Int, keyValueHeads: Int, headWidth: Int, isCausal: Bool = true) {
        self.heads = heads
        self.keyValueHeads = keyValueHeads
        self.headWidth = headWidth
        self.isCausal = isCausal
    }

    /// Floats of a row of q, k and v.
    package var rowWidth: Int { (heads + 2 * keyValueHeads) * headWidth }

    /// Floats of scratch for a sequence of `length`.
    package func scratch(length: Int) -> Int {
        Int(ck_attention_scratch(Int64(length), Int64(heads), Int64(headWidth)))
    }

    /// Floats of scratch for a query against `keys` cached positions.
    package func cacheScratch(keys: Int) -> Int {
        var c = cache
        return Int(ck_attend_pages_scratch(&c, Int64(keys)))
    }

    private var scale: Float { 1 / Float(headWidth).squareRoot() }

    fileprivate var cache: ck_cache {
        ck_cache(
            heads: Int64(heads), kv_heads: Int64(keyValueHeads), head_width: Int64(headWidth),
            scale: scale)
    }

    fileprivate func cShape(length: Int) -> ck_attention {
        ck_attention(
            length: Int64(length), heads: Int64(heads), kv_heads: Int64(keyValueHeads),
            head_width: Int64(headWidth), qkv_stride: Int64(rowWidth),
            out_stride: Int64(heads * headWidth), scale: scale,
            causal: isCausal ? 1 : 0)
    }
}

extension Kernels {
    /// Attention of one sequence; `logSums` has shape `[heads, length]`.
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

    /// Positions of a page of cached keys and values.
    package static let pagePositions = Int(CK_PAGE_POSITIONS)

    /// One row's query, all heads, against the first `keys` positions of a cache: the same sums, so the
    /// same bits, as a row of `attention`.
    ///
    /// - Parameters:
    ///   - pages: from `offset` on each has keys as `[keyValueHeads, headWidth, 16]`, then values as
    ///     `[keyValueHeads, 16, headWidth]`.
    ///   - scratch: room for `shape.cacheScratch(keys:)` floats.
    package func attend(
        _ shape: AttentionShape, query: UnsafePointer<Float>,
        pages: UnsafePointer<UnsafePointer<Float>?>, offset: Int, keys: Int,
        scratch: UnsafeMutablePointer<Float>, into out: UnsafeMutablePointer<Float>
    ) {
        var c = shape.cache
        ck_attend_pages(table, &c, query, pages, Int64(offset), Int64(keys), scratch, out)
    }

    /// Keeps a row's keys, then values, at one position of a page whose layer begins at `page`.
    package func keep(
        _ shape: AttentionShape, _ row: UnsafePointer<Float>,
        in page: UnsafeMutablePointer<Float>, position: Int
    ) {
        var c = shape.cache
        ck_keep_in_page(table, &c, row, page, Int64(position))
    }
}
