import Tensors

/// What one shard keeps between forward and backward, and its gradient.
///
/// Buffers grow to the largest batch seen and are used again. Nothing here is shared between
/// shards, so a shard may run on any thread.
final class Activations {
    /// What one block keeps.
    final class Block {
        let input = FloatBuffer()
        let attentionInverse = FloatBuffer()
        let attentionInput = FloatBuffer()
        let queryKeyValue = FloatBuffer()
        let logSums = FloatBuffer()
        let attended = FloatBuffer()
        let middle = FloatBuffer()
        let feedForwardInverse = FloatBuffer()
        let feedForwardInput = FloatBuffer()
        let gateUp = FloatBuffer()
        let hidden = FloatBuffer()
    }

    let blocks: [Block]
    let last = FloatBuffer()
    let finalInverse = FloatBuffer()
    let normed = FloatBuffer()
    let logits = FloatBuffer()
    let logProbabilities = FloatBuffer()
    let entropies = FloatBuffer()
    let logSums = FloatBuffer()
    let gradient = FloatBuffer()

    let narrow = FloatBuffer()
    let stream = FloatBuffer()
    let wide = FloatBuffer()
    let wider = FloatBuffer()
    let attentionScratch = FloatBuffer()
    let product: MatrixProduct
    let kernels: Kernels

    /// Entries of the batch that this shard has, and where each of its sequences begins.
    var entries = 0..<0
    var sequences: [Range<Int>] = []
    /// Rows of logits computed at once.
    var chunk = 0

    init(_ configuration: TransformerConfiguration, kernels: Kernels) {
        blocks = (0..<configuration.layers).map { _ in Block() }
        self.kernels = kernels
        product = MatrixProduct(kernels)
    }

    /// Makes room for a range of a batch's sequences.
    func prepare(_ batch: PackedBatch, _ range: Range<Int>, _ c: TransformerConfiguration) {
        entries = batch.offsets[range.lowerBound]..<batch.offsets[range.upperBound]
        sequences = range.map { batch.offsets[$0]..<batch.offsets[$0 + 1] }
        let rows = entries.count
        let qkv = (c.heads + 2 * c.keyValueHeads) * c.headWidth
        for block in blocks {
            for buffer in [
                block.input, block.attentionInput, block.attended, block.middle,
                block.feedForwardInput,
            ] { buffer.reserve(rows * c.width) }
            block.attentionInverse.reserve(rows)
            block.feedForwardInverse.reserve(rows)
            block.queryKeyValue.reserve(rows * qkv)
            block.logSums.reserve(rows * c.heads)
            block.gateUp.reserve(rows * 2 * c.feedForwardWidth)
            block.hidden.reserve(rows * c.feedForwardWidth)
        }
        for buffer in [last, normed, narrow, stream] { buffer.reserve(rows * c.width) }
        for buffer in [finalInverse, logProbabilities, entropies, logSums] { buffer.reserve(rows) }
        wide.reserve(rows * max(c.feedForwardWidth, c.width))
        wider.reserve(rows * max(2 * c.feedForwardWidth, qkv))
        // 8 M logits (32 MB) at once; for more, backward computes them again.
        chunk = min(max(rows, 1), max(64, (8 << 20) / c.vocabularySize))
        logits.reserve(chunk * c.vocabularySize)
        let shape = AttentionShape(
            heads: c.heads, keyValueHeads: c.keyValueHeads, headWidth: c.headWidth)
        attentionScratch.reserve(shape.scratch(length: sequences.map(\.count).max() ?? 0))
    }
}
