import Rollouts

/// Which problems of the chosen levels are drawn.
public enum ProblemRule: Sendable, Equatable, Codable {
    /// All in a shuffled order, each once an epoch.
    case inTurn
    /// With chances in proportion to a weight of their expected success rate.
    case weighted(SuccessWeights)
    /// Of `candidates` times as many, those of the largest weight.
    ///
    /// Source: LILO, arXiv:2502.12272. Differs: it rolls every candidate out; here estimates decide.
    case best(SuccessWeights, candidates: Int)
    /// Of `candidates` times as many, those whose expected success rate is nearest to `goal`.
    ///
    /// Source: PCL, arXiv:2510.01135. Differs: it learns a model of the rate; here what a problem, else
    /// its level, did so far stands for it.
    case nearest(goal: Double, candidates: Int)

    /// How many are looked at for each one that is drawn.
    var candidates: Int {
        switch self {
        case .inTurn, .weighted: 1
        case .best(_, let candidates), .nearest(_, let candidates): max(1, candidates)
        }
    }

    /// The `count` best of some candidates with their expected success rates.
    func choose(_ count: Int, of candidates: [(draw: Draw, rate: Double)]) -> [Draw] {
        switch self {
        case .inTurn, .weighted: return candidates.prefix(count).map(\.draw)
        case .best(let weights, _):
            let order = candidates.indices.sorted {
                (-weights.weight(candidates[$0].rate), $0)
                    < (-weights.weight(candidates[$1].rate), $1)
            }
            return order.prefix(count).map { candidates[$0].draw }
        case .nearest(let goal, _):
            return Curricula.nearest(count, to: goal, among: candidates.map(\.rate))
                .map { candidates[$0].draw }
        }
    }
}

extension SuccessWeights: Codable {
    /// The largest weight that there is.
    var largest: Double {
        switch self {
        case .failure: 1
        case .learnability: 0.25
        }
    }
}

/// When a problem that is solved again and again is left out, and when it is asked again.
public struct Retirement: Sendable, Equatable, Codable {
    /// The estimate from which a problem retires.
    public var rate: Double
    /// Rollouts that must have been seen.
    public var attempts: Int
    /// Steps after which a retired problem may be drawn once more; 0: never.
    public var retestAfter: Int

    /// Retirement from its parts.
    public init(rate: Double, attempts: Int, retestAfter: Int) {
        self.rate = rate
        self.attempts = attempts
        self.retestAfter = retestAfter
    }

    /// Whether a problem is left out now.
    func excludes(_ entry: ProblemBook.Entry?, step: Int) -> Bool {
        guard let entry, let rate = entry.recent.mean, rate >= self.rate,
            entry.attempts >= attempts
        else { return false }
        return retestAfter == 0 || step - entry.recent.lastStep < retestAfter
    }
}
