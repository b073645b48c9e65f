import Tensors

extension Learner {
    /// Floats that one task of the step handles; fixed, so that sums do not depend on threads.
    private static let block = 1 << 16

    /// Clips the global gradient norm to `clipNorm`, takes an AdamW step and clears the gradients.
    ///
    /// Without a gradient since the last step the norm is 0; decay and momentum still act.
    ///
    /// - Returns: the norm before clipping.
    /// - Throws: `PolicyError.nonFiniteGradient`; then the gradients are cleared and weights and
    ///   moments untouched.
    @discardableResult
    public func step(learningRate: Float, clipNorm: Float? = nil) throws(PolicyError) -> Float {
        try checkAdapter()
        try optimizer.validate()
        guard learningRate.isFinite, learningRate >= 0 else {
            throw .invalidSetting(field: "learningRate", reason: "is \(learningRate)")
        }
        if let clipNorm, !(clipNorm > 0) {
            throw .invalidSetting(field: "clipNorm", reason: "is \(clipNorm), not above 0")
        }
        let norm = gradientNorm()
        guard norm.isFinite else {
            clearGradients()
            throw .nonFiniteGradient
        }
        stepCount += 1
        var scale: Float = 1
        if let clipNorm, norm > clipNorm { scale = clipNorm / norm }
        update(learningRate, scale)
        hasGradient = false
        if let adapter = model.adapter {
            adapter.merge(pool, kernels)
            model.refreshHalves(pool)
        }
        return norm
    }

    /// Forgets moments, step count and gradients: what follows starts afresh.
    public func resetOptimizer() {
        mean.clear()
        square.clear()
        stepCount = 0
        clearGradients()
    }

    /// Forgets gradients that were accumulated since the last step.
    public func clearGradients() {
        guard hasGradient else { return }
        gradient.clear()
        for shard in shards { shard.vectorGradient.clear() }
        hasGradient = false
    }

    /// The accumulated gradient, by parameter; for tests and tools.
    public func copyGradient() -> [Float] { gradient.values }

    /// The accumulated gradient as tensors, `prefix` before each parameter's name.
    public func gradientTensors(prefix: String) -> [SafeTensors.Tensor] {
        Transformer.content(of: gradient, trained.views, prefix: prefix).tensors
    }

    /// √Σ g² in blocks of a fixed size.
    private func gradientNorm() -> Float {
        let count = gradient.count
        let blocks = (count + Self.block - 1) / Self.block
        var squares = [Double](repeating: 0, count: blocks)
        squares.withUnsafeMutableBufferPointer { squares in
            let squares = SendablePointer(squares.baseAddress)
            pool.run(blocks) { index in
                let first = index * Self.block
                squares.pointer?[index] = kernels.sumOfSquares(
                    min(Self.block, count - first), gradient.pointer + first)
            }
        }
        return Float(squares.reduce(0, +).squareRoot())
    }

    /// A part of a parameter, so that great ones are shared by threads.
    private struct Part {
        var view: Int
        var offset: Int
        var count: Int
    }

    /// Updates every parameter and clears its gradient while it is at hand.
    private func update(_ learningRate: Float, _ scale: Float) {
        let parts = trained.views.indices.flatMap { index in
            let view = trained.views[index]
            return stride(from: 0, to: view.count, by: Self.block).map {
                Part(view: index, offset: view.offset + $0, count: min(Self.block, view.count - $0))
            }
        }
        let halves = model.adapter == nil ? model.halves : nil
        let treatments = trained.views.map { optimizer.treatment(of: $0) }
        pool.run(parts.count) { index in
            let part = parts[index]
            let (rateScale, decay) = treatments[part.view]
            let slope = gradient.pointer + part.offset
            if rateScale > 0 {
                let step = AdamWStep(
                    rate: learningRate * rateScale, beta1: optimizer.beta1,
                    beta2: optimizer.beta2, epsilon: optimizer.epsilon, decay: decay,
                    step: stepCount, gradientScale: scale)
                kernels.adamW(
                    part.count, step, gradient: slope, mean: mean.pointer + part.offset,
                    square: square.pointer + part.offset,
                    weights: trained.weights.pointer + part.offset,
                    halves: halves.map { $0.pointer + part.offset })
            } else {
                slope.update(repeating: 0, count: part.count)
            }
        }
    }
}

/// A pointer that several threads write through, at different places.
private struct SendablePointer<T>: @unchecked Sendable {
    let pointer: UnsafeMutablePointer<T>?
    init(_ pointer: UnsafeMutablePointer<T>?) { self.pointer = pointer }
}
