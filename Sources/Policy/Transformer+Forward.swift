import Tensors

extension Transformer {
    /// Runs one shard of a batch and fills its activations, log-probabilities and entropies.
    func forward(_ batch: PackedBatch, _ a: Activations) {
        guard !a.entries.isEmpty else { return }
        batch.inputs.withUnsafeBufferPointer { inputs in
            batch.positions.withUnsafeBufferPointer { positions in
                guard let inputs = inputs.baseAddress, let positions = positions.baseAddress
                else { return }
                embed(
                    inputs + a.entries.lowerBound, rows: a.entries.count,
                    into: a.blocks[0].input.pointer)
                for layer in 0..<configuration.layers {
                    forwardBlock(layer, positions + a.entries.lowerBound, a)
                }
            }
        }
        let d = configuration.width
        a.kernels.norm(
            rows: a.entries.count, width: d, a.last.pointer, adding: nil, sum: nil,
            weight: weights.pointer + layout.finalNorm, epsilon: configuration.normEpsilon,
            into: a.normed.pointer, inverse: a.finalInverse.pointer)
        var first = 0
        while first < a.entries.count {
            let rows = min(a.chunk, a.entries.count - first)
            computeLogits(first, rows, a)
            batch.targets.withUnsafeBufferPointer { targets in
                guard let targets = targets.baseAddress else { return }
                a.kernels.logSoftmax(
                    rows: rows, vocabulary: configuration.vocabularySize, a.logits.pointer,
                    targets: targets + a.entries.lowerBound + first,
                    logProbabilities: a.logProbabilities.pointer + first,
                    entropies: a.entropies.pointer + first, logSums: a.logSums.pointer + first)
            }
            first += rows
        }
    }

    /// Rows of the embedding.
    func embed(_ tokens: UnsafePointer<Int32>, rows: Int, into out: UnsafeMutablePointer<Float>) {
        let d = configuration.width
        let table = weights.pointer + layout.embedding
        for row in 0..<rows {
            (out + row * d).update(from: table + Int(tokens[row]) * d, count: d)
        }
    }

    func computeLogits(_ first: Int, _ rows: Int, _ a: Activations) {
        a.product.forward(
            rows: rows, a.normed.pointer + first * configuration.width, inner: configuration.width,
            weights: weights.pointer + layout.embedding, outer: configuration.vocabularySize,
            into: a.logits.pointer)
    }

    private func forwardBlock(_ layer: Int, _ positions: UnsafePointer<Int32>, _ a: Activations) {
        let c = configuration
        let (rows, d, f) = (a.entries.count, c.width, c.feedForwardWidth)
        let shape = attentionShape
        let block = a.blocks[layer]
        let place = layout.blocks[layer]
        let w = weights.pointer
        let next = layer + 1 < c.layers ? a.blocks[layer + 1].input : a.last
        a.kernels.norm(
            rows: rows, width: d, block.input.pointer, adding: nil, sum: nil,
            weight: w + place.attentionNorm, epsilon: c.normEpsilon,
            into: block.attentionInput.pointer, inverse: block.attentionInverse.pointer)
        a.product.forward(
            rows: rows, block.attentionInput.pointer, inner: d, weights: w + place.queryKeyValue,
            outer: shape.rowWidth, into: block.queryKeyValue.pointer)
        a.kernels.rotate(
            rows: rows, heads: c.heads + c.keyValueHeads, headWidth: c.headWidth,
            block.queryKeyValue.pointer, stride: shape.rowWidth, positions: positions,
            cosine: cosine.pointer, sine: sine.pointer)
        for sequence in a.sequences where !sequence.isEmpty {
            let first = sequence.lowerBound - a.entries.lowerBound
            a.kernels.attention(
                shape, length: sequence.count, block.queryKeyValue.pointer + first * shape.rowWidth,
                into: block.attended.pointer + first * d,
                logSums: block.logSums.pointer + first * c.heads,
                scratch: a.attentionScratch.pointer)
        }
        a.product.forward(
            rows: rows, block.attended.pointer, inner: d, weights: w + place.output, outer: d,
            into: a.narrow.pointer)
        a.kernels.norm(
            rows: rows, width: d, block.input.pointer, adding: a.narrow.pointer,
            sum: block.middle.pointer, weight: w + place.feedForwardNorm, epsilon: c.normEpsilon,
            into: block.feedForwardInput.pointer, inverse: block.feedForwardInverse.pointer)
        a.product.forward(
            rows: rows, block.feedForwardInput.pointer, inner: d, weights: w + place.gateUp,
            outer: 2 * f, into: block.gateUp.pointer)
        a.kernels.swiglu(rows: rows, width: f, block.gateUp.pointer, into: block.hidden.pointer)
        a.product.forward(
            rows: rows, block.hidden.pointer, inner: f, weights: w + place.down, outer: d,
            into: next.pointer)
        a.kernels.add(rows * d, block.middle.pointer, to: next.pointer)
    }
}
