import Tensors

extension Transformer {
    /// What the head says of a shard's rows: log-probabilities and entropies, or values.
    func forwardHead(_ batch: PackedBatch, _ a: Activations) {
        if configuration.head == .scalar { return forwardScalar(a) }
        var first = 0
        while first < a.rows {
            let rows = min(a.chunk, a.rows - first)
            computeLogits(first, rows, a)
            logSoftmax(batch, first, rows, a)
            first += rows
        }
    }

    /// Multiplies numbers in place; a scale of 1 leaves their bits.
    static func scale(_ values: UnsafeMutablePointer<Float>, _ count: Int, by scale: Float) {
        guard scale != 1 else { return }
        for index in 0..<count { values[index] *= scale }
    }

    func computeLogits(_ first: Int, _ rows: Int, _ a: Activations) {
        guard let output = layout.output else { return }
        a.forward(output, rows: rows, a[a.normed] + first * output.inner, into: a[a.logits])
    }

    func logSoftmax(_ batch: PackedBatch, _ first: Int, _ rows: Int, _ a: Activations) {
        batch.targets.withUnsafeBufferPointer { targets in
            guard let targets = targets.baseAddress else { return }
            a.kernels.logSoftmax(
                rows: rows, vocabulary: configuration.vocabularySize, a[a.logits],
                targets: targets + a.entries.lowerBound + first,
                logProbabilities: a[a.logProbabilities] + first,
                entropies: a[a.entropies] + first, logSums: a[a.logSums] + first)
        }
    }

    private func forwardScalar(_ a: Activations) {
        guard let score = layout.score else { return }
        let d = configuration.width
        for row in 0..<a.rows {
            a[a.values][row] = a.kernels.dot(d, a[a.normed] + row * d, weights.pointer + score)
        }
    }
}
