import Policy
import Rollouts

/// One rollout as the policy's forward and backward see it.
///
/// Prompt and feedback are context: the forward pass reads them, and nothing that is counted by completion
/// tokens has a place for them.
struct TrainedSequence {
    /// Prompt, completion, and what an environment wrote in between.
    var tokens: [Int32]
    /// Where the completion's tokens stand, the policy's own.
    var own: [Range<Int>]
    /// Of each completion token, as it was sampled.
    var oldLogProbabilities: [Double]
    /// Of the rollout.
    var advantage: Double
    /// Of each completion token, where advantages are those of tokens.
    var tokenAdvantages: [Double] = []
    /// What a critic should have said before each completion token, and what it said.
    var returns: [Double] = []
    var oldValues: [Double] = []

    init(prompt: [Int32], completion: Completion, advantage: Double) {
        let written = completion.inContext
        tokens = prompt + written.tokens
        own = written.own.map { $0.lowerBound + prompt.count..<$0.upperBound + prompt.count }
        oldLogProbabilities = completion.logProbabilities.map(Double.init)
        self.advantage = advantage
    }

    /// The positions that predict the completion's tokens, one before each.
    var predicting: [Range<Int>] { own.map { $0.lowerBound - 1..<$0.upperBound - 1 } }
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
            for range in sequence.predicting {
                picked.append(
                    contentsOf: values[position + range.lowerBound..<position + range.upperBound]
                        .map(Double.init))
            }
            position += sequence.tokens.count - 1
        }
        return picked
    }

    /// A gradient by completion tokens back into the layout of the forward pass, 0 on prompt and feedback.
    func scattered(_ gradient: [Double]) -> [Float] {
        var scattered: [Float] = []
        var next = 0
        for sequence in self {
            let start = scattered.count
            for range in sequence.predicting {
                let gap = start + range.lowerBound - scattered.count
                scattered.append(contentsOf: repeatElement(0, count: gap))
                scattered.append(contentsOf: gradient[next..<next + range.count].map(Float.init))
                next += range.count
            }
            let gap = start + sequence.tokens.count - 1 - scattered.count
            scattered.append(contentsOf: repeatElement(0, count: gap))
        }
        return scattered
    }
}
