import Tensors

/// Runs tokens of several slots through the model against a key-value cache, on one thread.
///
/// The kernels are the trainer's, so a row's logits have the same bits.
final class StepDecoder {
    /// One token to run.
    struct Row {
        var slot: Int
        var position: Int32
        var token: Int32
    }

    let model: Transformer
    let kernels: Kernels
    let cache: KeyValueCache
    let logits = FloatBuffer()
    private let product: MatrixProduct
    private let weights: PackedWeights
    private let stream = FloatBuffer()
    private let middle = FloatBuffer()
    private let normed = FloatBuffer()
    private let attended = FloatBuffer()
    private let narrow = FloatBuffer()
    private let wide = FloatBuffer()
    private let hidden = FloatBuffer()
    private let scores: FloatBuffer

    /// A decoder of `weights`, which are packed from `model` and shared with other threads.
    init(_ model: Transformer, weights: PackedWeights, slots: Int, kernels: Kernels) {
        self.model = model
        self.weights = weights
        self.kernels = kernels
        product = MatrixProduct(kernels)
        cache = KeyValueCache(model.configuration, slots: slots)
        scores = FloatBuffer(count: cache.paddedLength + 16)
    }

    /// Runs rows, those of one slot in order; fills the cache and, if wanted, `logits` `[rows, V]`.
    func run(_ rows: [Row], wantsLogits: Bool) {
        guard !rows.isEmpty else { return }
        let c = model.configuration
        let d = c.width
        for buffer in [stream, middle, normed, attended, narrow] { buffer.reserve(rows.count * d) }
        wide.reserve(rows.count * max(2 * c.feedForwardWidth, model.attentionShape.rowWidth))
        hidden.reserve(rows.count * c.feedForwardWidth)
        rows.map(\.token).withUnsafeBufferPointer { tokens in
            guard let tokens = tokens.baseAddress else { return }
            model.embed(tokens, rows: rows.count, into: stream.pointer)
        }
        rows.map(\.position).withUnsafeBufferPointer { positions in
            guard let positions = positions.baseAddress else { return }
            for layer in 0..<c.layers {
                attention(layer, rows, positions)
                if layer == c.layers - 1 && !wantsLogits { return }
                feedForward(layer, rows.count)
            }
        }
        guard wantsLogits else { return }
        kernels.norm(
            rows: rows.count, width: d, stream.pointer, adding: nil, sum: nil,
            weight: model.weights.pointer + model.layout.finalNorm, epsilon: c.normEpsilon,
            into: normed.pointer, inverse: nil)
        weights.forward(
            product, rows: rows.count, normed.pointer, inner: d, offset: model.layout.embedding,
            outer: c.vocabularySize, into: logits.reserve(rows.count * c.vocabularySize))
    }

    private func attention(_ layer: Int, _ rows: [Row], _ positions: UnsafePointer<Int32>) {
        let c = model.configuration
        let shape = model.attentionShape
        let place = model.layout.blocks[layer]
        let (d, width) = (c.width, c.headWidth)
        let group = c.heads / c.keyValueHeads
        kernels.norm(
            rows: rows.count, width: d, stream.pointer, adding: nil, sum: nil,
            weight: model.weights.pointer + place.attentionNorm, epsilon: c.normEpsilon,
            into: normed.pointer, inverse: nil)
        weights.forward(
            product, rows: rows.count, normed.pointer, inner: d, offset: place.queryKeyValue,
            outer: shape.rowWidth, into: wide.pointer)
        kernels.rotate(
            rows: rows.count, heads: c.heads + c.keyValueHeads, headWidth: width, wide.pointer,
            stride: shape.rowWidth, positions: positions, cosine: model.cosine.pointer,
            sine: model.sine.pointer)
        for (index, row) in rows.enumerated() {
            cache.store(
                slot: row.slot, layer: layer, position: Int(row.position),
                wide.pointer + index * shape.rowWidth + c.heads * width)
        }
        for (index, row) in rows.enumerated() {
            for head in 0..<c.heads {
                kernels.attend(
                    shape, query: wide.pointer + index * shape.rowWidth + head * width,
                    keyBlocks: cache.keys(slot: row.slot, layer: layer, head: head / group),
                    values: cache.values(slot: row.slot, layer: layer, head: head / group),
                    keys: Int(row.position) + 1,
                    scratch: scores.pointer, into: attended.pointer + index * d + head * width)
            }
        }
    }

    private func feedForward(_ layer: Int, _ rows: Int) {
        let c = model.configuration
        let (d, f) = (c.width, c.feedForwardWidth)
        let place = model.layout.blocks[layer]
        let w = model.weights.pointer
        weights.forward(
            product, rows: rows, attended.pointer, inner: d, offset: place.output, outer: d,
            into: narrow.pointer)
        kernels.norm(
            rows: rows, width: d, stream.pointer, adding: narrow.pointer, sum: middle.pointer,
            weight: w + place.feedForwardNorm, epsilon: c.normEpsilon, into: normed.pointer,
            inverse: nil)
        weights.forward(
            product, rows: rows, normed.pointer, inner: d, offset: place.gateUp, outer: 2 * f,
            into: wide.pointer)
        kernels.swiglu(rows: rows, width: f, wide.pointer, into: hidden.pointer)
        weights.forward(
            product, rows: rows, hidden.pointer, inner: f, offset: place.down, outer: d,
            into: stream.pointer)
        kernels.add(rows * d, middle.pointer, to: stream.pointer)
    }
}
