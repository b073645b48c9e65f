/// The Bradley–Terry loss of a reward model: `−log σ(r_c − r_r − margin)`, plus
/// `centre·(r_c + r_r)²`, which holds rewards near 0.
public struct RewardModelLoss: Sendable, Equatable {
    /// The mean over pairs.
    public let loss: Double
    /// Shape `[N]`: d loss / d r_c.
    public let chosenGradient: [Double]
    /// Shape `[N]`: d loss / d r_r.
    public let rejectedGradient: [Double]
    /// The share of pairs whose chosen reward is the larger.
    public let accuracy: Double

    /// - Parameters:
    ///   - chosen: shape `[N]`: rewards of the chosen completions.
    ///   - rejected: shape `[N]`.
    ///   - margins: shape `[N]`; nil for none.
    ///   - centre: the centring coefficient.
    /// - Throws: `empty`, `shapeMismatch`, or `nonFinite` naming the pair.
    public init(
        chosen: [Double], rejected: [Double], margins: [Double]? = nil, centre: Double = 0
    ) throws(ObjectiveError) {
        guard !chosen.isEmpty else { throw .empty(what: "the batch") }
        let margins = margins ?? chosen.map { _ in 0 }
        for (what, column) in [("rejected", rejected), ("margins", margins)]
        where column.count != chosen.count {
            throw .shapeMismatch(what: what, expected: chosen.count, found: column.count)
        }
        let n = Double(chosen.count)
        var loss = 0.0
        var chosenGradient: [Double] = []
        var rejectedGradient: [Double] = []
        var right = 0
        for i in chosen.indices {
            let gap = chosen[i] - rejected[i] - margins[i]
            let sum = chosen[i] + rejected[i]
            guard gap.isFinite, sum.isFinite else {
                throw .nonFinite(what: "the reward", rollout: i, token: nil)
            }
            loss += (softplus(-gap) + centre * sum * sum) / n
            let slope = -logistic(-gap)
            chosenGradient.append((slope + 2 * centre * sum) / n)
            rejectedGradient.append((-slope + 2 * centre * sum) / n)
            right += chosen[i] > rejected[i] ? 1 : 0
        }
        self.loss = loss
        self.chosenGradient = chosenGradient
        self.rejectedGradient = rejectedGradient
        accuracy = Double(right) / n
    }
}

/// Binary cross-entropy of a discriminator, such as the adversarial reward model of GAPO,
/// arXiv:2503.20194.
public struct DiscriminatorLoss: Sendable, Equatable {
    /// The mean over samples.
    public let loss: Double
    /// Shape `[N]`: d loss / d logit.
    public let gradient: [Double]
    /// The share of samples on the right side of 0: hold it within 0.6…0.9, or the reward saturates.
    public let accuracy: Double

    /// - Parameters:
    ///   - logits: shape `[N]`.
    ///   - labels: shape `[N]`: 1 accepted, 0 rejected or generated; between them is soft.
    /// - Throws: `empty`, `shapeMismatch`, `nonFinite`, or `outOfRange` for a label outside of 0…1.
    public init(logits: [Double], labels: [Double]) throws(ObjectiveError) {
        guard !logits.isEmpty else { throw .empty(what: "the batch") }
        guard logits.count == labels.count else {
            throw .shapeMismatch(what: "labels", expected: logits.count, found: labels.count)
        }
        let n = Double(logits.count)
        var loss = 0.0
        var right = 0
        for i in logits.indices {
            guard logits[i].isFinite else {
                throw .nonFinite(what: "the logit", rollout: i, token: nil)
            }
            guard labels[i] >= 0, labels[i] <= 1 else {
                throw .outOfRange(what: "the label", rollout: i, value: labels[i])
            }
            loss += (softplus(logits[i]) - labels[i] * logits[i]) / n
            right += (logits[i] > 0) == (labels[i] >= 0.5) ? 1 : 0
        }
        self.loss = loss
        gradient = zip(logits, labels).map { (logistic($0) - $1) / n }
        accuracy = Double(right) / n
    }
}
