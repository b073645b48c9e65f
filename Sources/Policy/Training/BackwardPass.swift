import Tensors

/// What comes into backward from above.
enum HeadGradients {
    /// Of log-probabilities and entropies.
    case tokens(TokenGradients)
    /// Of a scalar head's values, one a position.
    case values([Float])
}

/// From the slopes at the head down to the gradients of all trained parameters.
///
/// Rows go down in their shards, each on one thread; between, the shards' gradients of a block's matrices
/// are added up by all threads together, so that one buffer holds the sum.
struct BackwardPass {
    let model: Transformer
    let shards: [Activations]
    let pool: WorkerPool
    let sum: WeightGradientSum
    /// Gradients of the parameters, or of the adapter where there is one.
    let gradient: UnsafeMutablePointer<Float>
    let recomputes: Bool
    /// What a language head's inputs were multiplied with.
    let headScale: Float

    private var configuration: TransformerConfiguration { model.configuration }

    /// Adds the gradients of a batch whose blocks have been run forward.
    ///
    /// - Parameter headIsFresh: whether the head is still to be computed: then its log-probabilities are
    ///   filled on the way, and no logits are computed twice.
    func run(_ batch: PackedBatch, _ gradients: HeadGradients, headIsFresh: Bool) {
        head(batch, gradients, headIsFresh: headIsFresh)
        each { a in
            if case .tokens = gradients {
                Transformer.scale(a[a.narrow], a.rows * configuration.width, by: headScale)
            }
            a[a.stream].update(repeating: 0, count: a.rows * configuration.width)
            a.kernels.normBackward(
                rows: a.rows, width: configuration.width, a[a.narrow], x: a[a.last],
                weight: model.weights.pointer + model.layout.finalNorm,
                inverse: a[a.finalInverse], dx: a[a.stream],
                dWeight: a.vector(model.layout.finalNorm))
        }
        for layer in (0..<configuration.layers).reversed() {
            each { a in
                if layer + 1 < configuration.layers { finishAttention(layer + 1, a) }
                if recomputes { again(layer, batch, a) }
                if configuration.experts != nil {
                    model.backwardExperts(layer, a)
                } else {
                    feedForward(layer, a)
                }
                adapt(a) { feedForwardJobs(layer, $0) }
            }
            add { feedForwardJobs(layer, $0) }
            each { a in
                attention(layer, batch, a)
                adapt(a) { attentionJobs(layer, $0) }
            }
            add { attentionJobs(layer, $0) }
        }
        each { finishAttention(0, $0) }
        guard model.adapter == nil else { return }
        embedding(batch)
        vectors()
    }

    // MARK: Phases

    private func each(_ work: (Activations) -> Void) {
        pool.run(shards.count) { shard in
            if shards[shard].rows > 0 { work(shards[shard]) }
        }
    }

    private func add(_ jobs: (Activations) -> [WeightGradient]) {
        if let adapter = model.adapter {
            adapter.addGradients(sum, shards.filter { $0.rows > 0 }, to: gradient, jobs)
        } else {
            sum.add(shards, to: gradient, jobs)
        }
    }

    private func adapt(_ a: Activations, _ jobs: (Activations) -> [WeightGradient]) {
        model.adapter?.prepare(jobs(a), a)
    }

    private func again(_ layer: Int, _ batch: PackedBatch, _ a: Activations) {
        model.withPlaces(batch, a) { _, positions in
            model.forwardBlock(layer, positions, a, isAgain: true)
        }
    }

    // MARK: Head

    private func head(_ batch: PackedBatch, _ gradients: HeadGradients, headIsFresh: Bool) {
        switch gradients {
        case .values(let slopes): scalarHead(slopes)
        case .tokens(let gradients):
            let chunks = shards.map { $0.rows == 0 ? 0 : ($0.rows + $0.chunk - 1) / $0.chunk }
            for number in 0..<(chunks.max() ?? 0) {
                each { logitSlopes(batch, gradients, number, $0, isFresh: headIsFresh) }
                guard model.adapter == nil else { continue }
                sum.add(shards, to: gradient) { headJobs(number, $0) }
            }
        }
    }

    private func rows(_ chunk: Int, _ a: Activations) -> Range<Int> {
        min(chunk * a.chunk, a.rows)..<min((chunk + 1) * a.chunk, a.rows)
    }

    /// From dL/dlogp to the slopes of a chunk of logits and of the last norm's output (in `narrow`).
    private func logitSlopes(
        _ batch: PackedBatch, _ gradients: TokenGradients, _ number: Int, _ a: Activations,
        isFresh: Bool
    ) {
        guard let output = model.layout.output else { return }
        let rows = rows(number, a)
        guard !rows.isEmpty else { return }
        if isFresh || a.chunk < a.rows { model.computeLogits(rows.lowerBound, rows.count, a) }
        if isFresh { model.logSoftmax(batch, rows.lowerBound, rows.count, a) }
        let start = a.entries.lowerBound + rows.lowerBound
        withPointers(batch.targets, gradients) { targets, dLogp, dEntropy in
            a.kernels.logSoftmaxBackward(
                rows: rows.count, vocabulary: output.outer, a[a.logits],
                targets: targets + start, entropies: a[a.entropies] + rows.lowerBound,
                logSums: a[a.logSums] + rows.lowerBound, dLogProbabilities: dLogp + start,
                dEntropies: dEntropy.map { $0 + start })
        }
        let first = rows.lowerBound * output.inner
        a.inputGradient(
            output, rows: rows.count, a[a.logits], in: .secondSlope, into: a[a.narrow] + first)
        a.keep(rows.count * output.inner, a[a.normed] + first, in: .firstInput)
    }

    private func headJobs(_ number: Int, _ a: Activations) -> [WeightGradient] {
        guard let output = model.layout.output else { return [] }
        let rows = rows(number, a)
        return [
            WeightGradient(
                place: output, slopes: a.logits, slopesRoom: .secondSlope, inputs: a.normed,
                inputsRoom: .firstInput, firstInput: rows.lowerBound, rows: 0..<rows.count)
        ]
    }

    private func scalarHead(_ slopes: [Float]) {
        guard let score = model.layout.score else { return }
        let d = configuration.width
        each { a in
            a[a.narrow].update(repeating: 0, count: a.rows * d)
            for row in 0..<a.rows {
                let slope = slopes[a.entries.lowerBound + row]
                a[a.values][row] = slope
                a.kernels.add(
                    d, model.weights.pointer + score, scaledBy: slope, to: a[a.narrow] + row * d)
            }
        }
        guard model.adapter == nil else { return }
        sum.add(shards, to: gradient) { a in
            [
                WeightGradient(
                    place: LinearPlace(offset: score, outer: 1, inner: d), slopes: a.values,
                    inputs: a.normed, rows: 0..<a.rows)
            ]
        }
    }

    // MARK: Blocks

    private func feedForward(_ layer: Int, _ a: Activations) {
        let block = a.blocks[layer]
        let place = model.layout.blocks[layer].feedForward[0]
        a.inputGradient(
            place.down, rows: a.rows, a[a.stream], in: .firstSlope, into: a[a.wide])
        a.kernels.swigluBackward(
            rows: a.rows, width: place.down.inner, a[block.gateUp], dh: a[a.wide],
            into: a[a.wider])
        a.inputGradient(
            place.gateUp, rows: a.rows, a[a.wider], in: .secondSlope, into: a[a.narrow])
        a.keep(a.rows * place.down.inner, a[block.hidden], in: .firstInput)
        a.keep(a.rows * place.gateUp.inner, a[block.feedForwardInput], in: .secondInput)
    }

    private func feedForwardJobs(_ layer: Int, _ a: Activations) -> [WeightGradient] {
        if configuration.experts != nil { return model.expertJobs(layer, a) }
        let block = a.blocks[layer]
        let place = model.layout.blocks[layer].feedForward[0]
        return [
            WeightGradient(
                place: place.gateUp, slopes: a.wider, slopesRoom: .secondSlope,
                inputs: block.feedForwardInput, inputsRoom: .secondInput, rows: 0..<a.rows),
            WeightGradient(
                place: place.down, slopes: a.stream, slopesRoom: .firstSlope,
                inputs: block.hidden, inputsRoom: .firstInput, rows: 0..<a.rows),
        ]
    }

    private func attention(_ layer: Int, _ batch: PackedBatch, _ a: Activations) {
        let c = configuration
        let shape = model.attentionShape
        let block = a.blocks[layer]
        let place = model.layout.blocks[layer]
        a.kernels.normBackward(
            rows: a.rows, width: c.width, a[a.narrow], x: a[block.middle],
            weight: model.weights.pointer + place.feedForwardNorm,
            inverse: a[block.feedForwardInverse], dx: a[a.stream],
            dWeight: a.vector(place.feedForwardNorm))
        a.inputGradient(
            place.output, rows: a.rows, a[a.stream], in: .firstSlope, into: a[a.wide])
        for sequence in a.sequences where !sequence.isEmpty {
            let first = sequence.lowerBound - a.entries.lowerBound
            a.kernels.attentionBackward(
                shape, length: sequence.count, a[block.queryKeyValue] + first * shape.rowWidth,
                out: a[block.attended] + first * c.attendedWidth,
                logSums: a[block.logSums] + first * c.heads,
                dOut: a[a.wide] + first * c.attendedWidth,
                into: a[a.wider] + first * shape.rowWidth, scratch: a[a.attentionScratch])
        }
        model.withPlaces(batch, a) { _, positions in
            a.kernels.rotate(
                rows: a.rows, heads: c.heads + c.keyValueHeads, headWidth: c.headWidth,
                a[a.wider], stride: shape.rowWidth, positions: positions,
                cosine: model.cosine.pointer, sine: model.sine.pointer, backward: true)
        }
        headNorms(layer, a)
        if let bias = place.queryKeyValue.bias {
            a.kernels.addColumns(
                rows: a.rows, width: shape.rowWidth, a[a.wider], to: a.vector(bias))
        }
        a.inputGradient(
            place.queryKeyValue, rows: a.rows, a[a.wider], in: .secondSlope, into: a[a.narrow])
        a.keep(a.rows * c.attendedWidth, a[block.attended], in: .firstInput)
        a.keep(a.rows * c.width, a[block.attentionInput], in: .secondInput)
    }

    /// Through the norms of the heads of q and k, in place.
    private func headNorms(_ layer: Int, _ a: Activations) {
        let c = configuration
        let place = model.layout.blocks[layer]
        guard let queryNorm = place.queryNorm, let keyNorm = place.keyNorm else { return }
        let block = a.blocks[layer]
        let normed = c.heads + c.keyValueHeads
        let count = normed * c.headWidth
        for row in 0..<a.rows {
            let slopes = a[a.wider] + row * model.attentionShape.rowWidth
            a[a.headSlope].update(from: slopes, count: count)
            slopes.update(repeating: 0, count: count)
            for (norm, heads, first) in [
                (queryNorm, c.heads, 0), (keyNorm, c.keyValueHeads, c.heads),
            ] {
                let at = first * c.headWidth
                a.kernels.normBackward(
                    rows: heads, width: c.headWidth, a[a.headSlope] + at,
                    x: a[block.rawQueryKey] + row * count + at,
                    weight: model.weights.pointer + norm,
                    inverse: a[block.queryKeyInverse] + row * normed + first, dx: slopes + at,
                    dWeight: a.vector(norm))
            }
        }
    }

    private func attentionJobs(_ layer: Int, _ a: Activations) -> [WeightGradient] {
        let block = a.blocks[layer]
        let place = model.layout.blocks[layer]
        return [
            WeightGradient(
                place: place.queryKeyValue, slopes: a.wider, slopesRoom: .secondSlope,
                inputs: block.attentionInput, inputsRoom: .secondInput, rows: 0..<a.rows),
            WeightGradient(
                place: place.output, slopes: a.stream, slopesRoom: .firstSlope,
                inputs: block.attended, inputsRoom: .firstInput, rows: 0..<a.rows),
        ]
    }

    /// The last of a block's backward: its first norm.
    private func finishAttention(_ layer: Int, _ a: Activations) {
        let place = model.layout.blocks[layer]
        let block = a.blocks[layer]
        a.kernels.normBackward(
            rows: a.rows, width: configuration.width, a[a.narrow], x: a[block.input],
            weight: model.weights.pointer + place.attentionNorm,
            inverse: a[block.attentionInverse], dx: a[a.stream],
            dWeight: a.vector(place.attentionNorm))
    }

    // MARK: What is no product

    /// Tokens' rows of the embedding, parts of the vocabulary side by side.
    private func embedding(_ batch: PackedBatch) {
        let d = configuration.width
        let table = gradient + model.layout.embedding
        let parts = 8
        let vocabulary = configuration.vocabularySize
        pool.run(parts) { part in
            let tokens = part * vocabulary / parts..<(part + 1) * vocabulary / parts
            for a in shards {
                for row in 0..<a.rows {
                    let token = Int(batch.inputs[a.entries.lowerBound + row])
                    guard tokens.contains(token) else { continue }
                    a.kernels.add(d, a[a.stream] + row * d, to: table + token * d)
                }
            }
        }
    }

    private func vectors() {
        for view in model.parameters where !view.isMatrix {
            for a in shards where a.rows > 0 {
                a.kernels.add(view.count, a.vector(view.offset), to: gradient + view.offset)
            }
        }
        for a in shards { a.vectorGradient.clear() }
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
