import Rollouts
import Tensors

/// Samples completions with a key-value cache and continuous batching.
///
/// Small models: each thread has a share of the slots and draws the next prompt when one is free. Greater
/// ones: all threads run all slots together, each with a share of every matrix's outputs, so that weights
/// are read once a token. A row's tokens depend on the model, its prompt, its seed and the settings
/// alone: not on the other rows, the slots or the threads.
public final class Sampler {
    /// The model; must not change during `sample`.
    public let model: Transformer
    private let workers: [SamplingWorker]
    private let pool: WorkerPool
    private let weights: PackedWeights
    private let kernels: Kernels

    /// Bytes of weights from which threads share them: what the cache of a core does not hold.
    static let sharedFrom = 8 << 20

    /// A sampler with room for `slots` sequences at a time.
    public convenience init(_ model: Transformer, slots: Int = 128, threads: Int = 2) {
        self.init(model, slots: slots, threads: threads, kernels: .best)
    }

    /// - Parameter shares: whether threads share products; nil to choose by the model's size.
    init(
        _ model: Transformer, slots: Int, threads: Int, kernels: Kernels, shares: Bool? = nil
    ) {
        self.model = model
        self.kernels = kernels
        let threads = max(1, min(threads, slots))
        let pool = WorkerPool(threads: threads)
        let bytes = model.parameterCount * (model.precision == .bfloat16 ? 2 : 4)
        let isShared =
            threads > 1 && model.configuration.experts == nil
            && (shares ?? (bytes >= Self.sharedFrom))
        self.pool = pool
        let weights = PackedWeights(
            model, kernels: kernels, threads: threads, members: isShared ? threads : 1)
        self.weights = weights
        let count = isShared ? 1 : threads
        workers = (0..<count).map { _ in
            SamplingWorker(
                model, weights: weights,
                team: DecodingTeam(isShared ? pool : nil, kernels: kernels),
                slots: max(1, (slots + count - 1) / count), kernels: kernels)
        }
    }

    /// One completion of each prompt.
    ///
    /// Equal prompts near each other share their first pass and its keys and values.
    ///
    /// - Parameters:
    ///   - prompts: each with at least one token and room for one more.
    ///   - seeds: one a prompt; token number i of a row is drawn with the stream of (seed, i).
    ///   - stop: what ends a completion before the limit.
    ///   - shouldStop: asked before each token, from several threads.
    /// - Throws: `PolicyError` for input that does not fit, `nonFiniteOutput` where the model's
    ///   logits are not finite, `cancelled` where `shouldStop` said so.
    public func sample(
        prompts: [[Int32]], seeds: [UInt64], settings: SamplingSettings, stop: StopRule,
        shouldStop: (@Sendable () -> Bool)? = nil
    ) throws(PolicyError) -> [SampledTokens] {
        try settings.validate()
        try check(prompts, seeds)
        let job = SamplingJob(
            prompts: prompts, seeds: seeds, settings: settings, stop: stop, shouldStop: shouldStop)
        let longest = prompts.map(\.count).max() ?? 0
        let (most, overflows) = longest.addingReportingOverflow(settings.maximumNewTokens)
        let limit = model.configuration.maximumLength
        model.prepareAngles(overflows ? limit : min(limit, most))
        weights.refresh(pool)
        if workers.count == 1 {
            workers[0].run(job)
        } else {
            pool.run(workers.count) { workers[$0].run(job) }
        }
        if let failure = workers.compactMap(\.failure).min(by: { $0.row < $1.row }) {
            throw failure.error
        }
        return job.take()
    }

    /// As `sample(prompts:seeds:settings:stop:shouldStop:)`, ended by tokens alone.
    public func sample(
        prompts: [[Int32]], seeds: [UInt64], settings: SamplingSettings, stop: Set<Int32>,
        shouldStop: (@Sendable () -> Bool)? = nil
    ) throws(PolicyError) -> [SampledTokens] {
        try sample(
            prompts: prompts, seeds: seeds, settings: settings, stop: StopRule(tokens: stop),
            shouldStop: shouldStop)
    }

    private func check(_ prompts: [[Int32]], _ seeds: [UInt64]) throws(PolicyError) {
        guard seeds.count == prompts.count else {
            throw .countMismatch(what: "seeds", expected: prompts.count, found: seeds.count)
        }
        let c = model.configuration
        guard c.head == .language else {
            throw .wrongHead(wanted: "language", found: c.head.rawValue)
        }
        guard c.attention == .causal else {
            throw .invalidConfiguration(field: "attention", reason: "is not causal: no sampling")
        }
        for (row, prompt) in prompts.enumerated() {
            guard !prompt.isEmpty else { throw .emptyPrompt(row: row) }
            guard prompt.count < c.maximumLength else {
                throw .sequenceTooLong(
                    sequence: row, length: prompt.count + 1, maximum: c.maximumLength)
            }
            for (position, token) in prompt.enumerated()
            where token < 0 || token >= c.vocabularySize {
                throw .tokenOutOfRange(
                    token: token, sequence: row, position: position, vocabulary: c.vocabularySize)
            }
        }
    }
}
