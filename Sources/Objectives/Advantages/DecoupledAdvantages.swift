/// Advantages of several rewards, each normalised within its group before they are summed, so that
/// no reward drowns another: `S = Σ wₙ·zₙ`, then normalised over the batch.
public struct DecoupledAdvantages: Sendable, Equatable {
    /// What the batch normalisation counts.
    public enum Unit: Sendable, Equatable {
        /// Each sequence once, `(S − mean)/(std₁ + ε)`, as TRL.
        case sequence(epsilon: Double)
        /// Each token once, `(S − mean)/√(var₁ + ε)`: long completions weigh more, as verl.
        case token(lengths: [Int], epsilon: Double)
    }

    /// Shape `[B]`: the weighted sums before batch normalisation.
    public let weightedSums: [Double]
    /// Shape `[B]`.
    public let advantages: [Double]

    /// - Parameters:
    ///   - rewards: `[B][N]`: each sequence's rewards.
    ///   - groups: shape `[B]`: which group a sequence belongs to.
    ///   - weights: shape `[N]`.
    ///   - epsilon: added to the sample standard deviation of a group.
    /// - Throws: `shapeMismatch`, or `nonFinite` naming the sequence.
    ///
    /// Source: GDPO, arXiv:2601.05242.
    public init(
        rewards: [[Double]], groups: [Int], weights: [Double], epsilon: Double = 1e-4,
        unit: Unit = .sequence(epsilon: 1e-4)
    ) throws(ObjectiveError) {
        guard rewards.count == groups.count else {
            throw .shapeMismatch(what: "groups", expected: rewards.count, found: groups.count)
        }
        for (s, row) in rewards.enumerated() {
            guard row.count == weights.count else {
                throw .shapeMismatch(
                    what: "rewards of a sequence", expected: weights.count, found: row.count)
            }
            guard row.allSatisfy({ $0.isFinite }) else {
                throw .nonFinite(what: "the reward", rollout: s, token: nil)
            }
        }
        var sums = Array(repeating: 0.0, count: rewards.count)
        let members = Dictionary(grouping: groups.indices) { groups[$0] }
        for rows in members.values {
            for (n, weight) in weights.enumerated() {
                let found = groupAdvantages(
                    rows.map { rewards[$0][n] },
                    scale: .standardDeviation(ddof: 1, epsilon: epsilon))
                for (row, value) in zip(rows, found) { sums[row] += weight * value }
            }
        }
        weightedSums = sums
        switch unit {
        case .sequence(let epsilon):
            advantages = groupAdvantages(
                sums, scale: .standardDeviation(ddof: 1, epsilon: epsilon))
        case .token(let lengths, let epsilon):
            guard lengths.count == sums.count else {
                throw .shapeMismatch(what: "lengths", expected: sums.count, found: lengths.count)
            }
            let whitening = Whitening(sums, weights: lengths.map(Double.init), epsilon: epsilon)
            advantages = sums.map(whitening.apply)
        }
    }
}
