import Tensors

extension Transformer {
    /// Runs one shard of a batch through the blocks and the last norm.
    func forwardBlocks(_ batch: PackedBatch, _ a: Activations) {
        guard a.rows > 0, let first = a.blocks.first else { return }
        withPlaces(batch, a) { inputs, positions in
            embed(inputs, rows: a.rows, into: a[first.input])
            for layer in 0..<configuration.layers { forwardBlock(layer, positions, a) }
        }
        a.kernels.norm(
            rows: a.rows, width: configuration.width, a[a.last], adding: nil, sum: nil,
            weight: weights.pointer + layout.finalNorm, epsilon: configuration.normEpsilon,
            into: a[a.normed], inverse: a[a.finalInverse])
    }

    /// Inputs and positions of a shard.
    func withPlaces(
        _ batch: PackedBatch, _ a: Activations,
        _ body: (UnsafePointer<Int32>, UnsafePointer<Int32>) -> Void
    ) {
        batch.inputs.withUnsafeBufferPointer { inputs in
            batch.positions.withUnsafeBufferPointer { positions in
                guard let inputs = inputs.baseAddress, let positions = positions.baseAddress
                else { return }
                body(inputs + a.entries.lowerBound, positions + a.entries.lowerBound)
            }
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

    /// One block; `isAgain` where only what backward needs is wanted, and not what comes out.
    func forwardBlock(
        _ layer: Int, _ positions: UnsafePointer<Int32>, _ a: Activations, isAgain: Bool = false
    ) {
        let c = configuration
        let (rows, d) = (a.rows, c.width)
        let block = a.blocks[layer]
        let place = layout.blocks[layer]
        let w = weights.pointer
        a.kernels.norm(
            rows: rows, width: d, a[block.input], adding: nil, sum: nil,
            weight: w + place.attentionNorm, epsilon: c.normEpsilon,
            into: a[block.attentionInput], inverse: a[block.attentionInverse])
        forwardHeads(layer, positions, a)
        forwardAttention(block, a)
        a.forward(place.output, rows: rows, a[block.attended], into: a[a.narrow])
        a.kernels.norm(
            rows: rows, width: d, a[block.input], adding: a[a.narrow], sum: a[block.middle],
            weight: w + place.feedForwardNorm, epsilon: c.normEpsilon,
            into: a[block.feedForwardInput], inverse: a[block.feedForwardInverse])
        let next = a[layer + 1 < c.layers ? a.blocks[layer + 1].input : a.last]
        if c.experts != nil {
            forwardExperts(layer, a, into: isAgain ? nil : next)
        } else {
            let (gateUp, down) = (place.feedForward[0].gateUp, place.feedForward[0].down)
            a.forward(gateUp, rows: rows, a[block.feedForwardInput], into: a[block.gateUp])
            a.kernels.swiglu(
                rows: rows, width: down.inner, a[block.gateUp], into: a[block.hidden])
            if !isAgain { a.forward(down, rows: rows, a[block.hidden], into: next) }
        }
        if !isAgain { a.kernels.add(rows * d, a[block.middle], to: next) }
    }

    /// Queries, keys and values, normed where the family does so, and rotated.
    private func forwardHeads(
        _ layer: Int, _ positions: UnsafePointer<Int32>, _ a: Activations
    ) {
        let c = configuration
        let shape = attentionShape
        let block = a.blocks[layer]
        let place = layout.blocks[layer]
        let qkv = a[block.queryKeyValue]
        a.forward(place.queryKeyValue, rows: a.rows, a[block.attentionInput], into: qkv)
        if let queryNorm = place.queryNorm, let keyNorm = place.keyNorm {
            let normed = c.heads + c.keyValueHeads
            for row in 0..<a.rows {
                let raw = a[block.rawQueryKey] + row * normed * c.headWidth
                raw.update(from: qkv + row * shape.rowWidth, count: normed * c.headWidth)
                normHeads(
                    a.kernels, raw, queryNorm, keyNorm, into: qkv + row * shape.rowWidth,
                    inverse: a[block.queryKeyInverse] + row * normed)
            }
        }
        a.kernels.rotate(
            rows: a.rows, heads: c.heads + c.keyValueHeads, headWidth: c.headWidth, qkv,
            stride: shape.rowWidth, positions: positions, cosine: cosine.pointer,
            sine: sine.pointer)
    }

    /// Norms the heads of q and k of one row; `x` and `y` may be the same.
    func normHeads(
        _ kernels: Kernels, _ x: UnsafePointer<Float>, _ queryNorm: Int, _ keyNorm: Int,
        into y: UnsafeMutablePointer<Float>, inverse: UnsafeMutablePointer<Float>?
    ) {
        let c = configuration
        let keys = c.heads * c.headWidth
        for (norm, heads, first) in [(queryNorm, c.heads, 0), (keyNorm, c.keyValueHeads, c.heads)] {
            let at = first == 0 ? 0 : keys
            kernels.norm(
                rows: heads, width: c.headWidth, x + at, adding: nil, sum: nil,
                weight: weights.pointer + norm, epsilon: c.normEpsilon, into: y + at,
                inverse: inverse.map { $0 + first })
        }
    }

    private func forwardAttention(_ block: Activations.Block, _ a: Activations) {
        let c = configuration
        let shape = attentionShape
        for sequence in a.sequences where !sequence.isEmpty {
            let first = sequence.lowerBound - a.entries.lowerBound
            a.kernels.attention(
                shape, length: sequence.count, a[block.queryKeyValue] + first * shape.rowWidth,
                into: a[block.attended] + first * c.attendedWidth,
                logSums: a[block.logSums] + first * c.heads, scratch: a[a.attentionScratch])
        }
    }
}
