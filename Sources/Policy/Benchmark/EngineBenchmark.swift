public import Foundation
import Rollouts
import Tensors

/// How fast this machine trains and samples a model of random weights, and how near to its peak.
public struct EngineBenchmark: Sendable {
    /// What was measured.
    public struct Figures: Sendable {
        /// Parameters of the model.
        public var parameters: Int
        /// Median seconds of a step: a whole training step, or one token of every row.
        public var seconds: Double
        /// Tokens trained or sampled a second.
        public var tokensPerSecond: Double
        /// Operations a second, in 10⁹.
        public var gigaflops: Double
        /// What large products reach on the same threads, in 10⁹ operations a second.
        public var peak: Double
        /// The part of the peak that was reached.
        public var share: Double { gigaflops / peak }
        /// Steps that were timed.
        public var steps: Int
        /// The most memory that the process had, in bytes; nil where the system does not tell.
        public var peakMemory: Int?
        /// Bytes of weights, gradients and moments and of one block's activations of the batch: what a
        /// training step cannot do without.
        public var memoryFloor: Int?
    }

    /// What is measured: a size's random weights, or the model of a folder.
    public enum Subject: Sendable {
        /// Random weights of a size.
        case size(BenchmarkSize)
        /// A folder's model, with sequences of `length` tokens and `batch` of them in a training step.
        case folder(URL, length: Int, batch: Int)
    }

    private let subject: Subject
    private let precision: Precision
    private let threads: Int
    private let seconds: Double

    /// A benchmark of one model.
    ///
    /// - Parameter seconds: how long to measure at least, after two steps that do not count.
    public init(
        _ subject: Subject, precision: Precision = .float32, threads: Int, seconds: Double
    ) {
        self.subject = subject
        self.precision = precision
        self.threads = max(1, threads)
        self.seconds = seconds
    }

    /// Forward, backward and AdamW on random tokens.
    ///
    /// - Parameters:
    ///   - recomputes: whether backward computes each block's activations again.
    ///   - adapter: a low-rank adapter that is trained in place of the weights.
    public func train(
        recomputes: Bool = false, adapter: LowRankSettings? = nil
    ) throws -> Figures {
        let model = try model()
        if let adapter { try model.addAdapter(adapter, seed: 1) }
        let learner = Learner(model, threads: threads, recomputes: recomputes)
        var random = SplitMix64(seed: 2)
        let sequences = (0..<batch).map { _ in tokens(model, length + 1, &random) }
        let batch = PackedBatch(sequences: sequences)
        let weights = [Float](repeating: 1, count: batch.count)
        let times = try timed {
            try learner.accumulateCrossEntropy(batch, weights: weights)
            try learner.step(learningRate: 1e-4, clipNorm: 1)
        }
        var found = figures(
            model, times, tokens: batch.count,
            operations: model.trainingOperations(tokens: batch.count, length: length))
        found.memoryFloor =
            4 * model.parameterCount + 12 * learner.trainedCount
            + 4 * batch.count * model.configuration.blockFloats
        return found
    }

    /// Sampling with a cache: every row gets as many tokens as fit, prompts included in the time.
    public func sample(rows: Int) throws -> Figures {
        let model = try model()
        let newTokens = min(length, 128) - BenchmarkSize.promptLength
        let sampler = Sampler(model, slots: rows, threads: threads)
        var random = SplitMix64(seed: 3)
        let prompts = (0..<rows).map { _ in
            tokens(model, BenchmarkSize.promptLength, &random)
        }
        let seeds = (0..<rows).map { UInt64($0) }
        let settings = SamplingSettings(maximumNewTokens: newTokens)
        var times = try timed {
            _ = try sampler.sample(prompts: prompts, seeds: seeds, settings: settings, stop: [])
        }
        times = times.map { $0 / Double(newTokens) }
        return figures(
            model, times, tokens: rows,
            operations: model.samplingOperations(newTokens: newTokens) * Double(rows))
    }

    // MARK: Parts

    private func model() throws -> Transformer {
        switch subject {
        case .size(let size):
            try Transformer(size.configuration, seed: 1, precision: precision)
        case .folder(let url, _, _): try Transformer(folder: url, precision: precision)
        }
    }

    /// Predicted positions of a sequence.
    private var length: Int {
        switch subject {
        case .size(let size): size.length
        case .folder(_, let length, _): length
        }
    }

    /// Sequences of a training step.
    private var batch: Int {
        switch subject {
        case .size(let size): size.batch
        case .folder(_, _, let batch): batch
        }
    }

    private func tokens(
        _ model: Transformer, _ count: Int, _ random: inout SplitMix64
    ) -> [Int32] {
        let vocabulary = UInt64(model.configuration.vocabularySize)
        return (0..<count).map { _ in Int32(random.next() % vocabulary) }
    }

    /// Seconds of each step, ascending: two that do not count, then at least four.
    private func timed(_ step: () throws -> Void) rethrows -> [Double] {
        for _ in 0..<2 { try step() }
        var times: [Double] = []
        let start = ContinuousClock.now
        while times.count < 4 || ContinuousClock.now - start < .seconds(seconds) {
            let begin = ContinuousClock.now
            try step()
            times.append((ContinuousClock.now - begin) / .seconds(1))
        }
        return times.sorted()
    }

    private func figures(
        _ model: Transformer, _ times: [Double], tokens: Int, operations: Double
    ) -> Figures {
        let median = times[times.count / 2]
        let memory = PeakMemory.bytes
        return Figures(
            parameters: model.parameterCount, seconds: median,
            tokensPerSecond: Double(tokens) / median, gigaflops: operations / median / 1e9,
            peak: peak(), steps: times.count, peakMemory: memory)
    }

    /// What products of 512 × 512 × 512 reach, one on every thread, in 10⁹ operations a second.
    private func peak() -> Double {
        precision == .float32 ? peak(of: Float.self) : peak(of: BFloat16.self)
    }

    private func peak<E: ProductElement & BitwiseCopyable>(of: E.Type) -> Double {
        let n = 512
        let pool = WorkerPool(threads: threads)
        let parts = (0..<threads).map { _ in
            (
                MatrixProduct(), Buffer<E>(count: n * n), Buffer<E>(count: n * n),
                FloatBuffer(count: n * n)
            )
        }
        var best = 0.0
        for _ in 0..<8 {
            let begin = ContinuousClock.now
            pool.run(threads) { thread in
                let (product, x, w, y) = parts[thread]
                for _ in 0..<8 {
                    product.forward(
                        rows: n, x.pointer, inner: n, weights: w.pointer, outer: n,
                        into: y.pointer)
                }
            }
            let seconds = (ContinuousClock.now - begin) / .seconds(1)
            best = max(best, Double(threads * 8) * 2 * pow(Double(n), 3) / seconds / 1e9)
        }
        return best
    }
}

extension Transformer {
    /// Floating-point operations of one training step of `tokens` tokens: 6·N + 6·L·T·d a token, or 4·N
    /// where a low-rank adapter is trained and the weights have no gradient.
    fileprivate func trainingOperations(tokens: Int, length: Int) -> Double {
        let c = configuration
        let each = (adapter == nil ? 6 : 4) * parameterCount
        return Double(tokens) * Double(each + 6 * c.layers * length * c.attendedWidth)
    }

    /// Floating-point operations of one sampled token: 2·N, and attention over half of the row.
    fileprivate func samplingOperations(newTokens: Int) -> Double {
        let c = configuration
        let keys = Double(BenchmarkSize.promptLength + newTokens / 2)
        return 2 * Double(parameterCount) + 4 * Double(c.layers * c.attendedWidth) * keys
    }
}

extension TransformerConfiguration {
    /// Floats that backward needs of one row of one dense block.
    fileprivate var blockFloats: Int {
        4 * width + (heads + 2 * keyValueHeads) * headWidth + attendedWidth + heads + 2
            + 3 * feedForwardWidth
    }
}
