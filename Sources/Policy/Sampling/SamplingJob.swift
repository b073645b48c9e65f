import Tensors

/// What the workers of one `sample` share: the queue of prompts and a place for each result.
final class SamplingJob: @unchecked Sendable {
    let prompts: [[Int32]]
    let seeds: [UInt64]
    let settings: SamplingSettings
    let stop: StopRule
    let shouldStop: (@Sendable () -> Bool)?
    private let queue = SharedCounter()
    /// Prompts that are there more than once.
    private let repeated: Set<[Int32]>
    /// Each row is written by the one worker that drew it.
    private let results: UnsafeMutablePointer<SampledTokens>

    init(
        prompts: [[Int32]], seeds: [UInt64], settings: SamplingSettings, stop: StopRule,
        shouldStop: (@Sendable () -> Bool)?
    ) {
        self.prompts = prompts
        self.seeds = seeds
        self.settings = settings
        self.stop = stop
        self.shouldStop = shouldStop
        var seen: Set<[Int32]> = []
        repeated = Set(prompts.filter { !seen.insert($0).inserted })
        results = .allocate(capacity: prompts.count)
        results.initialize(repeating: SampledTokens(), count: prompts.count)
    }

    deinit {
        results.deinitialize(count: prompts.count)
        results.deallocate()
    }

    /// Whether a prompt is there more than once.
    func repeats(_ prompt: [Int32]) -> Bool { repeated.contains(prompt) }

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
