import Tensors

/// Numbers of AdamW.
public struct AdamWSettings: Codable, Sendable, Equatable {
    /// Decay of the gradient's running mean.
    public var beta1: Float
    /// Decay of its running mean square.
    public var beta2: Float
    /// Added to the root of the mean square.
    public var epsilon: Float
    /// Decoupled decay; applies to matrices (the embedding too), not to norms.
    public var weightDecay: Float

    /// Settings from their parts.
    public init(
        beta1: Float = 0.9, beta2: Float = 0.95, epsilon: Float = 1e-8, weightDecay: Float = 0.01
    ) {
        self.beta1 = beta1
        self.beta2 = beta2
        self.epsilon = epsilon
        self.weightDecay = weightDecay
    }

    /// Refuses numbers out of range.
    ///
    /// - Throws: `PolicyError.invalidSetting` naming the field.
    public func validate() throws(PolicyError) {
        for (field, value) in [("beta1", beta1), ("beta2", beta2)] where !(0..<1 ~= value) {
            throw .invalidSetting(field: field, reason: "is \(value), not in 0..<1")
        }
        guard epsilon.isFinite, epsilon > 0 else {
            throw .invalidSetting(field: "epsilon", reason: "is \(epsilon), not above 0")
        }
        guard weightDecay.isFinite, weightDecay >= 0 else {
            throw .invalidSetting(field: "weightDecay", reason: "is \(weightDecay), below 0")
        }
    }
}

extension Learner {
    /// Floats that one task of the step handles; fixed, so that sums do not depend on threads.
    private static let block = 1 << 14

    /// Clips the global gradient norm to `clipNorm`, takes an AdamW step and clears the gradients.
    ///
    /// Without a gradient since the last step the norm is 0; decay and momentum still act.
    ///
    /// - Returns: the norm before clipping.
    /// - Throws: `PolicyError.nonFiniteGradient`; then the gradients are cleared and weights and
    ///   moments untouched.
    @discardableResult
    public func step(learningRate: Float, clipNorm: Float? = nil) throws(PolicyError) -> Float {
        try optimizer.validate()
        guard learningRate.isFinite, learningRate >= 0 else {
            throw .invalidSetting(field: "learningRate", reason: "is \(learningRate)")
        }
        if let clipNorm, !(clipNorm > 0) {
            throw .invalidSetting(field: "clipNorm", reason: "is \(clipNorm), not above 0")
        }
        let norm = reduceGradients()
        guard norm.isFinite else {
            clearGradients()
            throw .nonFiniteGradient
        }
        stepCount += 1
        var scale: Float = 1
        if let clipNorm, norm > clipNorm { scale = clipNorm / norm }
        update(learningRate, scale)
        clearGradients()
        return norm
    }

    /// Forgets gradients that were accumulated since the last step.
    public func clearGradients() {
        guard hasGradient else { return }
        pool.run(shards.count) { shards[$0].gradient.clear() }
        hasGradient = false
    }

    /// The accumulated gradient, by parameter; for tests and tools.
    public func copyGradient() -> [Float] {
        var sum = shards[0].gradient.values
        for shard in shards.dropFirst() {
            sum.withUnsafeMutableBufferPointer { sum in
                guard let base = sum.baseAddress else { return }
                kernels.add(sum.count, shard.gradient.pointer, to: base)
            }
        }
        return sum
    }

    /// Sums the shards' gradients into the first and returns the norm.
    private func reduceGradients() -> Float {
        let count = model.parameterCount
        let blocks = (count + Self.block - 1) / Self.block
        var squares = [Double](repeating: 0, count: blocks)
        squares.withUnsafeMutableBufferPointer { squares in
            let squares = SendablePointer(squares.baseAddress)
            pool.run(blocks) { index in
                let first = index * Self.block
                let size = min(Self.block, count - first)
                let sum = shards[0].gradient.pointer + first
                for shard in shards.dropFirst() {
                    kernels.add(size, shard.gradient.pointer + first, to: sum)
                    (shard.gradient.pointer + first).update(repeating: 0, count: size)
                }
                squares.pointer?[index] = kernels.sumOfSquares(size, sum)
            }
        }
        return Float(squares.reduce(0, +).squareRoot())
    }

    private func update(_ learningRate: Float, _ scale: Float) {
        let views = model.parameters
        pool.run(views.count) { index in
            let view = views[index]
            let step = AdamWStep(
                rate: learningRate, beta1: optimizer.beta1, beta2: optimizer.beta2,
                epsilon: optimizer.epsilon, decay: view.decays ? optimizer.weightDecay : 0,
                step: stepCount, gradientScale: scale)
            kernels.adamW(
                view.count, step, gradient: shards[0].gradient.pointer + view.offset,
                mean: mean.pointer + view.offset, square: square.pointer + view.offset,
                weights: model.weights.pointer + view.offset)
        }
    }
}

/// A pointer that several threads write through, at different places.
private struct SendablePointer<T>: @unchecked Sendable {
    let pointer: UnsafeMutablePointer<T>?
    init(_ pointer: UnsafeMutablePointer<T>?) { self.pointer = pointer }
}
