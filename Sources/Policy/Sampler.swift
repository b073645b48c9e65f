import Rollouts
import Tensors

/// Samples completions with a key-value cache and continuous batching.
///
/// Each thread has a share of the slots and draws the next prompt when one is free. A row's tokens
/// depend on the model, its prompt, its seed and the settings alone: not on the other rows, the
/// slots or the threads.
public final class Sampler {
    /// The model; must not change during `sample`.
    public let model: Transformer
    private let workers: [SamplingWorker]
    private let pool: WorkerPool
    private let weights: PackedWeights

    /// A sampler with room for `slots` sequences at a time.
    public convenience init(_ model: Transformer, slots: Int = 128, threads: Int = 2) {
        self.init(model, slots: slots, threads: threads, kernels: .best)
    }

    init(_ model: Transformer, slots: Int, threads: Int, kernels: Kernels) {
        self.model = model
        let threads = max(1, min(threads, slots))
        let each = max(1, (slots + threads - 1) / threads)
        pool = WorkerPool(threads: threads)
        let weights = PackedWeights(model, kernels: kernels, threads: threads)
        self.weights = weights
        workers = (0..<threads).map { _ in
            SamplingWorker(
                StepDecoder(model, weights: weights, slots: each, kernels: kernels), slots: each)
        }
    }

    /// One completion of each prompt.
    ///
    /// Equal prompts next to each other share their first pass.
    ///
    /// - Parameters:
    ///   - prompts: each with at least one token and room for one more.
    ///   - seeds: one a prompt; token number i of a row is drawn with the stream of (seed, i).
    ///   - stop: tokens that end a completion; they stay in it.
    ///   - shouldStop: asked before each token, from several threads.
    /// - Throws: `PolicyError` for input that does not fit, `nonFiniteOutput` where the model's
    ///   logits are not finite, `cancelled` where `shouldStop` said so.
    public func sample(
        prompts: [[Int32]], seeds: [UInt64], settings: SamplingSettings, stop: Set<Int32>,
        shouldStop: (@Sendable () -> Bool)? = nil
    ) throws(PolicyError) -> [SampledTokens] {
        try settings.validate()
        try check(prompts, seeds)
        let job = SamplingJob(
            prompts: prompts, seeds: seeds, settings: settings, stop: stop, shouldStop: shouldStop)
        weights.refresh(pool)
        pool.run(workers.count) { workers[$0].run(job) }
        if let failure = workers.compactMap(\.failure).min(by: { $0.row < $1.row }) {
            throw failure.error
        }
        return job.take()
    }

    private func check(_ prompts: [[Int32]], _ seeds: [UInt64]) throws(PolicyError) {
        guard seeds.count == prompts.count else {
            throw .countMismatch(what: "seeds", expected: prompts.count, found: seeds.count)
        }
        let c = model.configuration
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

/// What the threads of one `sample` share: the queue of prompts and a place for each result.
final class SamplingJob: @unchecked Sendable {
    let prompts: [[Int32]]
    let seeds: [UInt64]
    let settings: SamplingSettings
    let stop: Set<Int32>
    let shouldStop: (@Sendable () -> Bool)?
    private let queue = SharedCounter()
    /// Each row is written by the one worker that drew it.
    private let results: UnsafeMutablePointer<SampledTokens>

    init(
        prompts: [[Int32]], seeds: [UInt64], settings: SamplingSettings, stop: Set<Int32>,
        shouldStop: (@Sendable () -> Bool)?
    ) {
        self.prompts = prompts
        self.seeds = seeds
        self.settings = settings
        self.stop = stop
        self.shouldStop = shouldStop
        results = .allocate(capacity: prompts.count)
        results.initialize(repeating: SampledTokens(), count: prompts.count)
    }

    deinit {
        results.deinitialize(count: prompts.count)
        results.deallocate()
    }

    /// The next row to sample, or nil when all are taken.
    func next() -> Int? {
        let row = queue.next()
        return row < prompts.count ? row : nil
    }

    func finish(_ row: Int, _ sampled: SampledTokens) { results[row] = sampled }

    func take() -> [SampledTokens] {
        Array(UnsafeBufferPointer(start: results, count: prompts.count))
    }
}
