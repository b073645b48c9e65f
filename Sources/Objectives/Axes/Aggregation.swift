/// How token losses become one number: the weight of a token.
///
/// m trained tokens in the sequence, B sequences.
public enum Aggregation: Sendable, Equatable {
    /// `1 / Σ m`: every token alike. DAPO.
    case tokenMean
    /// `1 / (m·B)`: every sequence alike; B counts fully masked sequences too, as TRL does. GRPO.
    case sequenceMeanTokenMean
    /// `1 / (m·B)` where B counts sequences with a trained token only, as verl and OpenRLHF do.
    case sequenceMeanTokenMeanNonEmpty
    /// `1 / (B·length)` with a constant length, usually the token limit. Dr. GRPO.
    case constant(length: Int)
    /// `1 / B`: sums within a sequence. REINFORCE, Kimi; with GSPO's ratio it is LUSPO.
    case sequenceMeanTokenSum
    /// 1.
    case tokenSum

    /// Whether every token of the batch weighs alike, so that long sequences weigh more.
    public var weighsByLength: Bool {
        switch self {
        case .tokenMean, .constant, .sequenceMeanTokenSum, .tokenSum: true
        case .sequenceMeanTokenMean, .sequenceMeanTokenMeanNonEmpty: false
        }
    }

    /// The weight of each trained token of a sequence with `trained` of them; 0 where there is
    /// nothing to divide by.
    func weight(trained: Int, totals: BatchTotals, scope: DenominatorScope) -> Double {
        let tokens = scope == .group ? totals.groupTokens : totals.tokens
        let sequences = scope == .group ? totals.groupSequences : totals.sequences
        func inverse(_ value: Double) -> Double { value > 0 ? 1 / value : 0 }
        switch self {
        case .tokenMean: return inverse(Double(tokens))
        case .sequenceMeanTokenMean: return inverse(Double(trained) * Double(sequences))
        case .sequenceMeanTokenMeanNonEmpty:
            return inverse(Double(trained) * Double(totals.nonEmptySequences))
        case .constant(let length): return inverse(Double(sequences) * Double(length))
        case .sequenceMeanTokenSum: return inverse(Double(sequences))
        case .tokenSum: return 1
        }
    }
}

/// Whose tokens and sequences an aggregation divides by.
public enum DenominatorScope: String, Sendable, Equatable, CaseIterable {
    /// Those that the filter retained: what a library computes that drops rejected rows.
    case retained
    /// All G of every kept group, as GFPO's paper has it: dropped completions enlarge the
    /// denominator and need no forward pass. Requires totals.
    case group
}
