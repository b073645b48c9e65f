/// What the loss reads: flat ragged token arrays.
///
/// Sequence s owns the positions `offsets[s]..<offsets[s + 1]`. Positions whose mask is false are
/// never read, so that they may hold anything.
public struct PolicyBatch: Sendable, Equatable {
    /// What an advantage belongs to.
    public enum AdvantageLevel: String, Sendable, Equatable, CaseIterable {
        /// One a sequence: shape `[B]`.
        case sequence
        /// One a token: shape `[T]`.
        case token
    }

    /// Shape `[B + 1]`: ascending, from 0 to T.
    public var offsets: [Int]
    /// Shape `[T]`: completion tokens that are trained on.
    public var mask: [Bool]
    /// Shape `[T]`: log π, nats.
    public var newLogProbabilities: [Double]
    /// Shape `[T]`: log π_old, of the policy that the update started from.
    public var oldLogProbabilities: [Double]
    /// Shape `[T]`: log π_ref; needed by a KL term.
    public var referenceLogProbabilities: [Double]?
    /// Shape `[T]`: as the sampler reported them; needed by a behaviour correction.
    public var samplerLogProbabilities: [Double]?
    /// Shape `[B]` or `[T]`, as `advantageLevel` says.
    public var advantages: [Double]
    /// What `advantages` belong to.
    public var advantageLevel: AdvantageLevel
    /// Shape `[T]`: entropy of the next-token distribution, nats; needed by an entropy bonus.
    public var entropies: [Double]?
    /// Of what is drawn within the loss: Clip-Cov alone draws.
    public var seed: UInt64 = 0

    /// A batch from its parts; the shapes are checked when it is used.
    public init(
        offsets: [Int], mask: [Bool], newLogProbabilities: [Double],
        oldLogProbabilities: [Double], referenceLogProbabilities: [Double]? = nil,
        samplerLogProbabilities: [Double]? = nil, advantages: [Double],
        advantageLevel: AdvantageLevel = .sequence, entropies: [Double]? = nil
    ) {
        self.offsets = offsets
        self.mask = mask
        self.newLogProbabilities = newLogProbabilities
        self.oldLogProbabilities = oldLogProbabilities
        self.referenceLogProbabilities = referenceLogProbabilities
        self.samplerLogProbabilities = samplerLogProbabilities
        self.advantages = advantages
        self.advantageLevel = advantageLevel
        self.entropies = entropies
    }

    /// B.
    public var sequenceCount: Int { max(0, offsets.count - 1) }

    /// Shape `[B]`: trained tokens of each sequence; meaningful for well-formed offsets.
    var trainedCounts: [Int] {
        (0..<sequenceCount).map { trainedPositions($0).count }
    }

    /// The trained positions of sequence `s`, ascending.
    func trainedPositions(_ s: Int) -> [Int] {
        let lower = max(0, offsets[s])
        let upper = min(offsets[s + 1], mask.count)
        return lower < upper ? (lower..<upper).filter { mask[$0] } : []
    }

    /// The advantage of a position of sequence `s`.
    func advantage(_ s: Int, at position: Int) -> Double {
        advantageLevel == .sequence ? advantages[s] : advantages[position]
    }

    /// Refuses shapes that differ, and trained numbers that are none.
    func check() throws(ObjectiveError) {
        guard offsets.count >= 2 else { throw .empty(what: "the batch") }
        let count = mask.count
        guard offsets[0] == 0, offsets[offsets.count - 1] == count else {
            throw .shapeMismatch(
                what: "offsets", expected: count, found: offsets[offsets.count - 1])
        }
        for s in 0..<sequenceCount where offsets[s] > offsets[s + 1] {
            throw .outOfRange(
                what: "the length", rollout: s, value: Double(offsets[s + 1] - offsets[s]))
        }
        let wanted = advantageLevel == .sequence ? sequenceCount : count
        guard advantages.count == wanted else {
            throw .shapeMismatch(what: "advantages", expected: wanted, found: advantages.count)
        }
        let columns: [(String, [Double]?)] = [
            ("log π", newLogProbabilities), ("log π_old", oldLogProbabilities),
            ("log π_ref", referenceLogProbabilities),
            ("the sampler's log π", samplerLogProbabilities), ("the entropy", entropies),
            ("the advantage", advantageLevel == .token ? advantages : nil),
        ]
        for (what, column) in columns {
            guard let column else { continue }
            guard column.count == count else {
                throw .shapeMismatch(what: what, expected: count, found: column.count)
            }
            for s in 0..<sequenceCount {
                for t in offsets[s]..<offsets[s + 1] where mask[t] && !column[t].isFinite {
                    throw .nonFinite(what: what, rollout: s, token: t - offsets[s])
                }
            }
        }
        if advantageLevel == .sequence {
            for s in 0..<sequenceCount where !advantages[s].isFinite {
                throw .nonFinite(what: "the advantage", rollout: s, token: nil)
            }
        }
    }
}
