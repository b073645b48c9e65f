import Rollouts

/// The denominators of a whole step, so that its micro-batches sum to exactly one batch.
///
/// Build it from all assessments of the step and pass the same value with every micro-batch:
/// ```swift
/// let totals = BatchTotals(assessments, lengths: groups.map(\.lengths))
/// for batch in microBatches { let part = try objective.loss(batch, totals: totals) … }
/// ```
/// Only trained rollouts have to be in the micro-batches; what was dropped or masked is counted
/// here.
public struct BatchTotals: Sendable, Equatable {
    /// Trained tokens.
    public var tokens: Int
    /// Retained sequences, those without a trained token included.
    public var sequences: Int
    /// Sequences with a trained token.
    public var nonEmptySequences: Int
    /// Tokens of all G completions of kept groups.
    public var groupTokens: Int
    /// All G completions of kept groups.
    public var groupSequences: Int
    /// The entropy from which tokens are chosen, where `TokenSelection` chooses; nil takes that of the
    /// batch at hand.
    public var entropyThreshold: Double?

    /// Totals from their parts.
    public init(
        tokens: Int, sequences: Int, nonEmptySequences: Int, groupTokens: Int, groupSequences: Int
    ) {
        self.tokens = tokens
        self.sequences = sequences
        self.nonEmptySequences = nonEmptySequences
        self.groupTokens = groupTokens
        self.groupSequences = groupSequences
    }

    /// The totals of a step; groups that the gate rejected count nowhere.
    ///
    /// - Parameters:
    ///   - assessments: one a group.
    ///   - lengths: `[group][rollout]`: trained tokens of each completion, which is what the mask
    ///     of a batch will hold for it.
    /// - Throws: `shapeMismatch` where lengths and assessments do not correspond.
    public init(
        _ assessments: [GroupAssessment], lengths: [[Int]]
    ) throws(ObjectiveError) {
        self.init(
            tokens: 0, sequences: 0, nonEmptySequences: 0, groupTokens: 0, groupSequences: 0)
        guard assessments.count == lengths.count else {
            throw .shapeMismatch(
                what: "lengths", expected: assessments.count, found: lengths.count)
        }
        for (assessment, lengths) in zip(assessments, lengths) {
            guard assessment.trained.count == lengths.count else {
                throw .shapeMismatch(
                    what: "lengths of a group", expected: assessment.trained.count,
                    found: lengths.count)
            }
            guard assessment.gate.isKept else { continue }
            sequences += assessment.selection.retained.count
            groupSequences += lengths.count
            for (length, isTrained) in zip(lengths, assessment.trained) {
                groupTokens += length
                if isTrained {
                    tokens += length
                    nonEmptySequences += length > 0 ? 1 : 0
                }
            }
        }
    }

    /// The totals of a batch that holds every rollout of the step: each sequence of it counts.
    public init(_ batch: PolicyBatch) {
        let trained = batch.trainedCounts
        let tokens = trained.reduce(0, +)
        self.init(
            tokens: tokens, sequences: trained.count,
            nonEmptySequences: trained.count { $0 > 0 }, groupTokens: tokens,
            groupSequences: trained.count)
    }
}
