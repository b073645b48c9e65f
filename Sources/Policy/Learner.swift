import Tensors

/// Computes log-probabilities, gradients and AdamW steps of a model.
///
/// A batch is split by sequences into a fixed number of shards; each runs serially on one thread
/// with buffers of its own, and the gradients are summed in the order of the shards. So the number
/// of threads changes no bit of any result, and the number of shards is part of the experiment.
public final class Learner {
    /// The model, changed in place by `step`.
    public let model: Transformer
    /// Numbers of AdamW.
    public var optimizer: AdamWSettings
    /// Steps taken.
    public internal(set) var stepCount = 0

    let shards: [Activations]
    let pool: WorkerPool
    let kernels: Kernels
    let mean: FloatBuffer
    let square: FloatBuffer
    var hasGradient = false
    /// Number of forward passes, by which a backward pass knows that the activations are its own.
    private var passes = 0

    /// A learner with empty gradients and moments.
    public convenience init(
        _ model: Transformer, optimizer: AdamWSettings = AdamWSettings(), shards: Int = 2,
        threads: Int = 2
    ) {
        self.init(model, optimizer: optimizer, shards: shards, threads: threads, kernels: .best)
    }

    init(
        _ model: Transformer, optimizer: AdamWSettings, shards: Int, threads: Int, kernels: Kernels
    ) {
        self.model = model
        self.optimizer = optimizer
        self.kernels = kernels
        self.shards = (0..<max(1, shards)).map { _ in
            let activations = Activations(model.configuration, kernels: kernels)
            activations.gradient.reserve(model.parameterCount)
            return activations
        }
        pool = WorkerPool(threads: max(1, threads))
        mean = FloatBuffer(count: model.parameterCount)
        square = FloatBuffer(count: model.parameterCount)
    }

    /// log π(next token) and entropy of every predicted position.
    ///
    /// - Throws: `PolicyError` for a batch that does not fit the model, or `nonFiniteOutput`.
    public func logProbabilities(_ batch: PackedBatch) throws(PolicyError) -> TokenStatistics {
        try batch.check(model.configuration)
        passes += 1
        let ranges = batch.shards(shards.count)
        pool.run(shards.count) { shard in
            shards[shard].prepare(batch, ranges[shard], model.configuration)
            model.forward(batch, shards[shard])
        }
        return try collect(batch)
    }

    /// Forward, `gradient` for dL/dlog π of each predicted position, backward; gradients add up
    /// until `step`.
    ///
    /// - Precondition: `gradient` does not use this learner, whose activations are in use.
    /// - Throws: what `gradient` throws, and `PolicyError`; then no gradient was added.
    @discardableResult
    public func accumulate(
        _ batch: PackedBatch, gradient: (TokenStatistics) throws -> [Float]
    ) throws -> TokenStatistics {
        try accumulate(batch) { TokenGradients(logProbabilities: try gradient($0)) }
    }

    /// As `accumulate(_:gradient:)`, with derivatives by the entropies too.
    @discardableResult
    public func accumulate(
        _ batch: PackedBatch, gradients: (TokenStatistics) throws -> TokenGradients
    ) throws -> TokenStatistics {
        let statistics = try logProbabilities(batch)
        let pass = passes
        let wanted = try gradients(statistics)
        precondition(pass == passes, "the learner was used within its own gradient closure")
        try backward(batch, wanted)
        return statistics
    }

    /// Adds the gradient of the weighted mean of −log π, `Σ wᵢ·(−log πᵢ) / Σ wᵢ`, and returns it.
    ///
    /// - Parameter weights: one non-negative number a predicted position; 0 leaves it out. When all
    ///   are 0 the loss is 0 and nothing is added.
    /// - Throws: `PolicyError`.
    @discardableResult
    public func accumulateCrossEntropy(
        _ batch: PackedBatch, weights: [Float]
    ) throws(PolicyError) -> Float {
        guard weights.count == batch.count else {
            throw .countMismatch(what: "weights", expected: batch.count, found: weights.count)
        }
        let total = weights.reduce(0.0) { $0 + Double($1) }
        guard total.isFinite, weights.allSatisfy({ $0 >= 0 }) else {
            throw .invalidSetting(field: "weights", reason: "are negative or not finite")
        }
        let statistics = try logProbabilities(batch)
        guard total > 0 else { return 0 }
        var loss = 0.0
        for (weight, logProbability) in zip(weights, statistics.logProbabilities) {
            loss -= Double(weight) * Double(logProbability)
        }
        try backward(
            batch, TokenGradients(logProbabilities: weights.map { -Float(Double($0) / total) }))
        return Float(loss / total)
    }

    private func backward(_ batch: PackedBatch, _ gradients: TokenGradients) throws(PolicyError) {
        for values in [gradients.logProbabilities, gradients.entropies].compactMap({ $0 })
        where values.count != batch.count {
            throw .countMismatch(what: "gradient", expected: batch.count, found: values.count)
        }
        pool.run(shards.count) { shard in model.backward(batch, gradients, shards[shard]) }
        hasGradient = true
    }

    private func collect(_ batch: PackedBatch) throws(PolicyError) -> TokenStatistics {
        var logProbabilities: [Float] = []
        var entropies: [Float] = []
        logProbabilities.reserveCapacity(batch.count)
        entropies.reserveCapacity(batch.count)
        for shard in shards {
            let count = shard.entries.count
            logProbabilities += UnsafeBufferPointer(
                start: shard.logProbabilities.pointer, count: count)
            entropies += UnsafeBufferPointer(start: shard.entropies.pointer, count: count)
        }
        for i in 0..<batch.count where !(logProbabilities[i] + entropies[i]).isFinite {
            let sequence = (batch.offsets.firstIndex { $0 > i } ?? 1) - 1
            throw .nonFiniteOutput(sequence: sequence, position: i - batch.offsets[sequence])
        }
        return TokenStatistics(logProbabilities: logProbabilities, entropies: entropies)
    }
}
