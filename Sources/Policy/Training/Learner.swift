import Tensors

/// Computes log-probabilities, gradients and AdamW steps of a model.
///
/// A batch is split by sequences into shards, as many as its size asks for; each runs serially on one
/// thread, and gradients are summed in the order of the shards. So the number of threads changes no bit
/// of any result, and the number of shards is part of the experiment.
public final class Learner {
    /// The model, changed in place by `step`.
    public let model: Transformer
    /// Numbers of AdamW.
    public var optimizer: AdamWSettings
    /// Whether backward computes each block's activations again instead of keeping them: a third more
    /// work for a fraction of the memory, and the same bits.
    public let recomputes: Bool
    /// What logits are divided by before the softmax of a language head: that of the rollouts.
    public var temperature: Float = 1
    /// Steps taken.
    public internal(set) var stepCount = 0

    private(set) var shards: [Activations] = []
    /// Parts of every batch; nil to choose by its size.
    private let shardCount: Int?
    let pool: WorkerPool
    let kernels: Kernels
    /// What is trained: the model's parameters, or its adapter's.
    let trained: (views: [ParameterView], weights: FloatBuffer)
    let gradient: FloatBuffer
    let mean: FloatBuffer
    let square: FloatBuffer
    var hasGradient = false
    private let sum: WeightGradientSum
    /// The adapter that this learner trains; it must stay the model's.
    private let adapter: LowRankAdapter?
    /// Number of forward passes, by which a backward pass knows that the activations are its own.
    private var passes = 0

    /// A learner with empty gradients and moments.
    ///
    /// - Parameter shards: parts of every batch; nil for parts that caches like, four or more.
    public convenience init(
        _ model: Transformer, optimizer: AdamWSettings = AdamWSettings(), shards: Int? = nil,
        threads: Int = 2, recomputes: Bool = false
    ) {
        self.init(
            model, optimizer: optimizer, shards: shards, threads: threads, recomputes: recomputes,
            kernels: .best)
    }

    init(
        _ model: Transformer, optimizer: AdamWSettings, shards: Int?, threads: Int,
        recomputes: Bool = false, kernels: Kernels
    ) {
        self.model = model
        self.optimizer = optimizer
        self.recomputes = recomputes
        self.kernels = kernels
        shardCount = shards.map { max(1, $0) }
        pool = WorkerPool(threads: max(1, threads))
        sum = WeightGradientSum(pool: pool, kernels: kernels)
        adapter = model.adapter
        trained =
            model.adapter.map { ($0.parameters, $0.weights) } ?? (model.parameters, model.weights)
        gradient = FloatBuffer(count: trained.weights.count)
        mean = FloatBuffer(count: trained.weights.count)
        square = FloatBuffer(count: trained.weights.count)
    }

    /// Bytes of weights, gradients, moments and what forward keeps.
    public var byteCount: Int {
        let floats =
            model.weights.count + (model.halves?.count ?? 0) / 2 + gradient.count + mean.count
            + square.count
        return floats * 4 + shards.reduce(0) { $0 + $1.byteCount }
    }

    /// Numbers that are trained: the model's parameters, or its adapter's.
    public var trainedCount: Int { trained.weights.count }

    // MARK: Log-probabilities

    /// log π(next token) and entropy of every predicted position.
    ///
    /// - Throws: `PolicyError` for a batch that does not fit the model, or `nonFiniteOutput`.
    public func logProbabilities(_ batch: PackedBatch) throws(PolicyError) -> TokenStatistics {
        try forward(batch, .language, trains: false, withHead: true)
        return try collect(batch)
    }

    /// Logits of every position of a batch, shape `[positions, V]`: for tools and for small batches.
    ///
    /// - Throws: as `logProbabilities(_:)`.
    public func logits(_ batch: PackedBatch) throws(PolicyError) -> [Float] {
        try forward(batch, .language, trains: false, withHead: true)
        _ = try collect(batch)
        var all: [Float] = []
        for shard in shards {
            for first in stride(from: 0, to: shard.rows, by: max(1, shard.chunk)) {
                let rows = min(shard.chunk, shard.rows - first)
                model.computeLogits(first, rows, shard)
                let count = rows * model.configuration.vocabularySize
                all += UnsafeBufferPointer(start: shard[shard.logits], count: count)
            }
        }
        return all
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
        try forward(batch, .language, trains: true, withHead: true)
        let statistics = try collect(batch)
        let pass = passes
        let wanted = try gradients(statistics)
        precondition(pass == passes, "the learner was used within its own gradient closure")
        try check(wanted, batch)
        backward(batch, .tokens(wanted))
        return statistics
    }

    /// Adds the gradient of the weighted mean of −log π, `Σ wᵢ·(−log πᵢ) / Σ wᵢ`, and returns it.
    ///
    /// The slopes being known beforehand, head and loss run forward and backward in one go.
    ///
    /// - Parameter weights: one non-negative number a predicted position; 0 leaves it out. When all
    ///   are 0 the loss is 0 and nothing is added.
    /// - Throws: `PolicyError`; where the output is not finite, gradients are cleared.
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
        guard total > 0 else { return 0 }
        try forward(batch, .language, trains: true, withHead: false)
        let slopes = weights.map { -Float(Double($0) / total) }
        backward(batch, .tokens(TokenGradients(logProbabilities: slopes)), headIsFresh: true)
        let statistics: TokenStatistics
        do {
            statistics = try collect(batch)
        } catch {
            clearGradients()
            throw error
        }
        var loss = 0.0
        for (weight, logProbability) in zip(weights, statistics.logProbabilities) {
            loss -= Double(weight) * Double(logProbability)
        }
        return Float(loss / total)
    }

    // MARK: Values

    /// What a scalar head says of every position of a batch.
    ///
    /// - Throws: `PolicyError` for a model with another head, for a batch that does not fit, or
    ///   `nonFiniteOutput`.
    public func values(_ batch: PackedBatch) throws(PolicyError) -> [Float] {
        try forward(batch, .scalar, trains: false, withHead: true)
        return try collectValues(batch)
    }

    /// Forward, `gradient` for dL/dvalue of each position, backward; gradients add up until `step`.
    ///
    /// - Precondition: `gradient` does not use this learner, whose activations are in use.
    /// - Throws: what `gradient` throws, and `PolicyError`; then no gradient was added.
    @discardableResult
    public func accumulateValues(
        _ batch: PackedBatch, gradient: ([Float]) throws -> [Float]
    ) throws -> [Float] {
        try forward(batch, .scalar, trains: true, withHead: true)
        let values = try collectValues(batch)
        let pass = passes
        let wanted = try gradient(values)
        precondition(pass == passes, "the learner was used within its own gradient closure")
        guard wanted.count == batch.count else {
            throw PolicyError.countMismatch(
                what: "gradient", expected: batch.count, found: wanted.count)
        }
        backward(batch, .values(wanted))
        return values
    }

    // MARK: Parts

    private var headScale: Float { 1 / temperature }

    private func forward(
        _ batch: PackedBatch, _ head: TransformerConfiguration.Head, trains: Bool, withHead: Bool
    ) throws(PolicyError) {
        guard model.configuration.head == head else {
            throw .wrongHead(wanted: head.rawValue, found: model.configuration.head.rawValue)
        }
        try checkAdapter()
        try batch.check(model.configuration)
        model.prepareAngles(Int(batch.positions.max() ?? 0) + 1)
        passes += 1
        let ranges = batch.shards(shardCount ?? batch.usualShards)
        while shards.count < ranges.count { shards.append(Activations(model, kernels: kernels)) }
        pool.run(shards.count) { index in
            let shard = shards[index]
            let range = index < ranges.count ? ranges[index] : 0..<0
            shard.prepare(batch, range, trains: trains, recomputes: recomputes)
            model.forwardBlocks(batch, shard)
            if head == .language {
                Transformer.scale(
                    shard[shard.normed], shard.rows * model.configuration.width, by: headScale)
            }
            if withHead, shard.rows > 0 { model.forwardHead(batch, shard) }
        }
    }

    /// Gradients and moments are those of the adapter that there was at first.
    func checkAdapter() throws(PolicyError) {
        guard model.adapter === adapter else {
            throw .invalidSetting(
                field: "adapter", reason: "was added to or taken from the model after its learner")
        }
    }

    private func check(_ gradients: TokenGradients, _ batch: PackedBatch) throws(PolicyError) {
        for values in [gradients.logProbabilities, gradients.entropies].compactMap({ $0 })
        where values.count != batch.count {
            throw .countMismatch(what: "gradient", expected: batch.count, found: values.count)
        }
    }

    private func backward(
        _ batch: PackedBatch, _ gradients: HeadGradients, headIsFresh: Bool = false
    ) {
        BackwardPass(
            model: model, shards: shards, pool: pool, sum: sum, gradient: gradient.pointer,
            recomputes: recomputes, headScale: headScale
        ).run(batch, gradients, headIsFresh: headIsFresh)
        hasGradient = true
    }

    private func collect(_ batch: PackedBatch) throws(PolicyError) -> TokenStatistics {
        let logProbabilities = gathered { $0[$0.logProbabilities] }
        let entropies = gathered { $0[$0.entropies] }
        for i in 0..<batch.count where !(logProbabilities[i] + entropies[i]).isFinite {
            throw batch.nonFinite(at: i)
        }
        return TokenStatistics(logProbabilities: logProbabilities, entropies: entropies)
    }

    private func collectValues(_ batch: PackedBatch) throws(PolicyError) -> [Float] {
        let values = gathered { $0[$0.values] }
        for i in 0..<batch.count where !values[i].isFinite { throw batch.nonFinite(at: i) }
        return values
    }

    private func gathered(_ part: (Activations) -> UnsafeMutablePointer<Float>) -> [Float] {
        shards.flatMap { shard in
            shard.rows == 0 ? [] : Array(UnsafeBufferPointer(start: part(shard), count: shard.rows))
        }
    }
}
