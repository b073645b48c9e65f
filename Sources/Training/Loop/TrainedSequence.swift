import Policy

/// One rollout as the policy's forward and backward see it.
struct TrainedSequence {
    var tokens: [Int32]
    var promptLength: Int
    /// Of each completion token, as it was sampled.
    var oldLogProbabilities: [Double]
    /// Of the rollout.
    var advantage: Double
    /// Of each completion token, where advantages are those of tokens.
    var tokenAdvantages: [Double] = []
    /// What a critic should have said before each completion token, and what it said.
    var returns: [Double] = []
    var oldValues: [Double] = []
}

extension [TrainedSequence] {
    /// Where each rollout's completion begins in flat token arrays; the number of tokens last.
    var offsets: [Int] {
        reduce(into: [0]) { $0.append(($0.last ?? 0) + $1.oldLogProbabilities.count) }
    }

    /// Picks what a forward pass says of completion tokens out of what it says of all predicted ones.
    func completions(_ values: [Float]) -> [Double] {
        var picked: [Double] = []
        var position = 0
        for sequence in self {
            let predicted = sequence.tokens.count - 1
            picked.append(
                contentsOf: values[position + sequence.promptLength - 1..<position + predicted]
                    .map(Double.init))
            position += predicted
        }
        return picked
    }

    /// A gradient by completion tokens back into the layout of the forward pass, 0 on the prompt.
    func scattered(_ gradient: [Double]) -> [Float] {
        var scattered: [Float] = []
        var next = 0
        for sequence in self {
            scattered.append(contentsOf: repeatElement(0, count: sequence.promptLength - 1))
            let count = sequence.oldLogProbabilities.count
            scattered.append(contentsOf: gradient[next..<next + count].map(Float.init))
            next += count
        }
        return scattered
    }
}
