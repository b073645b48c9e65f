/// Sequences of different lengths, one after another without padding.
///
/// A sequence of n tokens is predicted at n − 1 positions: from token i, token i + 1; a scalar head says
/// something of all n. Everything by position is laid out flat: sequence s has entries
/// `offsets[s]..<offsets[s + 1]`.
public struct PackedBatch: Sendable, Equatable {
    /// The tokens that predict.
    public let inputs: [Int32]
    /// The tokens that are predicted, −1 where none is; same shape as `inputs`.
    public let targets: [Int32]
    /// Place of each input in its sequence.
    public let positions: [Int32]
    /// First entry of each sequence, and the number of entries last.
    public let offsets: [Int]
    /// Whether it is of whole sequences, of which nothing is predicted.
    let isWhole: Bool

    /// Packs sequences, each a prompt with its completion.
    ///
    /// Those of fewer than two tokens predict
    /// nothing and take no entries.
    public init(sequences: [[Int32]]) {
        var inputs: [Int32] = []
        var targets: [Int32] = []
        var positions: [Int32] = []
        var offsets = [0]
        let total = sequences.reduce(0) { $0 + max(0, $1.count - 1) }
        inputs.reserveCapacity(total)
        targets.reserveCapacity(total)
        positions.reserveCapacity(total)
        for sequence in sequences {
            inputs += sequence.dropLast()
            targets += sequence.dropFirst()
            positions += 0..<Int32(clamping: max(0, sequence.count - 1))
            offsets.append(inputs.count)
        }
        self.inputs = inputs
        self.targets = targets
        self.positions = positions
        self.offsets = offsets
        isWhole = false
    }

    /// Packs sequences of which a scalar head sees every token, the last one too.
    public init(whole sequences: [[Int32]]) {
        isWhole = true
        inputs = sequences.flatMap { $0 }
        targets = Array(repeating: -1, count: inputs.count)
        positions = sequences.flatMap { 0..<Int32(clamping: $0.count) }
        offsets = sequences.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1.count) }
    }

    /// Number of sequences.
    public var sequenceCount: Int { offsets.count - 1 }
    /// Number of predicted positions.
    public var count: Int { inputs.count }

    /// Refuses tokens outside of the vocabulary and sequences that are too long.
    func check(_ configuration: TransformerConfiguration) throws(PolicyError) {
        let vocabulary = configuration.vocabularySize
        for s in 0..<sequenceCount {
            let range = offsets[s]..<offsets[s + 1]
            let length =
                isWhole ? range.count : range.count + 1
            if length > configuration.maximumLength {
                throw .sequenceTooLong(
                    sequence: s, length: length, maximum: configuration.maximumLength)
            }
            for i in range {
                for (token, shift) in [(inputs[i], 0), (targets[i], 1)]
                where !(0..<Int32(clamping: vocabulary) ~= token || shift == 1 && isWhole) {
                    throw .tokenOutOfRange(
                        token: token, sequence: s, position: i - range.lowerBound + shift,
                        vocabulary: vocabulary)
                }
            }
        }
    }

    /// The error of an output at an entry that is not finite.
    func nonFinite(at entry: Int) -> PolicyError {
        let sequence = (offsets.firstIndex { $0 > entry } ?? 1) - 1
        return .nonFiniteOutput(sequence: sequence, position: entry - offsets[sequence])
    }

    /// Parts of about 256 entries: what the caches of a core hold, and enough for many threads.
    var usualShards: Int { min(64, max(4, count / 256)) }

    /// Contiguous ranges of sequences with about equal numbers of entries; depends on the batch
    /// alone.
    func shards(_ count: Int) -> [Range<Int>] {
        var ranges: [Range<Int>] = []
        var first = 0
        for shard in 0..<count {
            let goal = self.count * (shard + 1) / count
            var last = first
            if shard == count - 1 {
                last = sequenceCount
            } else {
                while last < sequenceCount, (offsets[last] + offsets[last + 1]) / 2 < goal {
                    last += 1
                }
            }
            ranges.append(first..<last)
            first = last
        }
        return ranges
    }
}

/// What the model says of each predicted position of a batch, laid out as `PackedBatch` has it.
public struct TokenStatistics: Sendable, Equatable {
    /// log π(target | before), in nats.
    public var logProbabilities: [Float]
    /// Entropy of the next token's distribution, in nats.
    public var entropies: [Float]

    /// Statistics from their parts.
    public init(logProbabilities: [Float], entropies: [Float]) {
        self.logProbabilities = logProbabilities
        self.entropies = entropies
    }
}

/// Derivatives of a loss by the statistics of each predicted position.
public struct TokenGradients: Sendable, Equatable {
    /// dL/dlog π(target).
    public var logProbabilities: [Float]
    /// dL/dentropy; nil where the loss has no entropy term.
    public var entropies: [Float]?

    /// Gradients from their parts.
    public init(logProbabilities: [Float], entropies: [Float]? = nil) {
        self.logProbabilities = logProbabilities
        self.entropies = entropies
    }
}
