import Tensors

extension Transformer {
    /// Adds the gradients of one shard to its gradient buffer, after `forward`.
    func backward(_ batch: PackedBatch, _ gradients: TokenGradients, _ a: Activations) {
        guard !a.entries.isEmpty else { return }
        let c = configuration
        let (rows, d) = (a.entries.count, c.width)
        backwardHead(batch, gradients, a)
        a.stream.pointer.update(repeating: 0, count: rows * d)
        a.kernels.normBackward(
            rows: rows, width: d, a.narrow.pointer, x: a.last.pointer,
            weight: weights.pointer + layout.finalNorm, inverse: a.finalInverse.pointer,
            dx: a.stream.pointer, dWeight: a.gradient.pointer + layout.finalNorm)
        batch.positions.withUnsafeBufferPointer { positions in
            guard let positions = positions.baseAddress else { return }
            for layer in (0..<c.layers).reversed() {
                backwardFeedForward(layer, a)
                backwardAttention(layer, positions + a.entries.lowerBound, a)
            }
        }
        let table = a.gradient.pointer + layout.embedding
        for row in 0..<rows {
            let token = Int(batch.inputs[a.entries.lowerBound + row])
            a.kernels.add(d, a.stream.pointer + row * d, to: table + token * d)
        }
    }

    /// From dL/dlogp to the gradient of the last norm's output (in `narrow`) and of the embedding.
    private func backwardHead(_ batch: PackedBatch, _ gradients: TokenGradients, _ a: Activations) {
        let c = configuration
        let again = a.chunk < a.entries.count
        var first = 0
        while first < a.entries.count {
            let rows = min(a.chunk, a.entries.count - first)
            if again { computeLogits(first, rows, a) }
            let start = a.entries.lowerBound + first
            withPointers(batch.targets, gradients) { targets, dLogp, dEntropy in
                a.kernels.logSoftmaxBackward(
                    rows: rows, vocabulary: c.vocabularySize, a.logits.pointer,
                    targets: targets + start, entropies: a.entropies.pointer + first,
                    logSums: a.logSums.pointer + first, dLogProbabilities: dLogp + start,
                    dEntropies: dEntropy.map { $0 + start })
            }
            a.product.inputGradient(
                rows: rows, a.logits.pointer, outer: c.vocabularySize,
                weights: weights.pointer + layout.embedding, inner: c.width,
                into: a.narrow.pointer + first * c.width)
            a.product.weightGradient(
                rows: rows, a.logits.pointer, outer: c.vocabularySize,
                a.normed.pointer + first * c.width, inner: c.width,
                addingTo: a.gradient.pointer + layout.embedding)
            first += rows
        }
    }

    private func backwardFeedForward(_ layer: Int, _ a: Activations) {
        let (rows, d, f) = (a.entries.count, configuration.width, configuration.feedForwardWidth)
        let block = a.blocks[layer]
        let place = layout.blocks[layer]
        let (w, g) = (weights.pointer, a.gradient.pointer)
        a.product.inputGradient(
            rows: rows, a.stream.pointer, outer: d, weights: w + place.down, inner: f,
            into: a.wide.pointer)
        a.product.weightGradient(
            rows: rows, a.stream.pointer, outer: d, block.hidden.pointer, inner: f,
            addingTo: g + place.down)
        a.kernels.swigluBackward(
            rows: rows, width: f, block.gateUp.pointer, dh: a.wide.pointer, into: a.wider.pointer)
        a.product.weightGradient(
            rows: rows, a.wider.pointer, outer: 2 * f, block.feedForwardInput.pointer, inner: d,
            addingTo: g + place.gateUp)
        a.product.inputGradient(
            rows: rows, a.wider.pointer, outer: 2 * f, weights: w + place.gateUp, inner: d,
            into: a.narrow.pointer)
        a.kernels.normBackward(
            rows: rows, width: d, a.narrow.pointer, x: block.middle.pointer,
            weight: w + place.feedForwardNorm, inverse: block.feedForwardInverse.pointer,
            dx: a.stream.pointer, dWeight: g + place.feedForwardNorm)
    }

    private func backwardAttention(
        _ layer: Int, _ positions: UnsafePointer<Int32>, _ a: Activations
    ) {
        let c = configuration
        let (rows, d) = (a.entries.count, c.width)
        let shape = attentionShape
        let block = a.blocks[layer]
        let place = layout.blocks[layer]
        let (w, g) = (weights.pointer, a.gradient.pointer)
        a.product.inputGradient(
            rows: rows, a.stream.pointer, outer: d, weights: w + place.output, inner: d,
            into: a.wide.pointer)
        a.product.weightGradient(
            rows: rows, a.stream.pointer, outer: d, block.attended.pointer, inner: d,
            addingTo: g + place.output)
        for sequence in a.sequences where !sequence.isEmpty {
            let first = sequence.lowerBound - a.entries.lowerBound
            a.kernels.attentionBackward(
                shape, length: sequence.count, block.queryKeyValue.pointer + first * shape.rowWidth,
                out: block.attended.pointer + first * d,
                logSums: block.logSums.pointer + first * c.heads, dOut: a.wide.pointer + first * d,
                into: a.wider.pointer + first * shape.rowWidth, scratch: a.attentionScratch.pointer)
        }
        a.kernels.rotate(
            rows: rows, heads: c.heads + c.keyValueHeads, headWidth: c.headWidth, a.wider.pointer,
            stride: shape.rowWidth, positions: positions, cosine: cosine.pointer,
            sine: sine.pointer, backward: true)
        a.product.weightGradient(
            rows: rows, a.wider.pointer, outer: shape.rowWidth, block.attentionInput.pointer,
            inner: d, addingTo: g + place.queryKeyValue)
        a.product.inputGradient(
            rows: rows, a.wider.pointer, outer: shape.rowWidth, weights: w + place.queryKeyValue,
            inner: d, into: a.narrow.pointer)
        a.kernels.normBackward(
            rows: rows, width: d, a.narrow.pointer, x: block.input.pointer,
            weight: w + place.attentionNorm, inverse: block.attentionInverse.pointer,
            dx: a.stream.pointer, dWeight: g + place.attentionNorm)
    }
}

private func withPointers(
    _ targets: [Int32], _ gradients: TokenGradients,
    _ body: (UnsafePointer<Int32>, UnsafePointer<Float>, UnsafePointer<Float>?) -> Void
) {
    targets.withUnsafeBufferPointer { targets in
        gradients.logProbabilities.withUnsafeBufferPointer { dLogp in
            guard let targets = targets.baseAddress, let dLogp = dLogp.baseAddress else { return }
            if let entropies = gradients.entropies {
                entropies.withUnsafeBufferPointer { body(targets, dLogp, $0.baseAddress) }
            } else {
                body(targets, dLogp, nil)
            }
        }
    }
}
