/// Adaptive difficulty: how many rollouts of a group to retain, from where its mean reward lies
/// among those seen so far.
///
/// Each group first enters the history, then is placed by the quartiles: below the first it is very
/// hard, and so on. Pass the answer as `retaining` to `Objective.assess`. The whole state is
/// `Codable`, so that a run resumes where it stopped.
///
/// Source: GFPO, arXiv:2508.09726 (G 16; 8, 8, 6, 4; a t-digest).
public struct AdaptiveRetention: Sendable, Equatable, Codable {
    /// k of very hard, hard, medium and easy problems.
    public let sizes: [Int]
    /// Groups to see before quartiles are used.
    public let readyAfter: Int
    /// Mean rewards so far.
    public private(set) var history = QuantileDigest()

    /// - Throws: `invalidSetting` unless there are four sizes of 1 or more and `readyAfter` ≥ 1.
    public init(sizes: [Int] = [8, 8, 6, 4], readyAfter: Int = 4) throws(ObjectiveError) {
        guard sizes.count == 4, sizes.allSatisfy({ $0 >= 1 }) else {
            throw .invalidSetting(axis: "filter.sizes", reason: "four numbers of 1 or more")
        }
        guard readyAfter >= 1 else {
            throw .invalidSetting(axis: "filter.readyAfter", reason: "\(readyAfter) is below 1")
        }
        self.sizes = sizes
        self.readyAfter = readyAfter
    }

    /// The quartiles of the history; nil before it is long enough.
    public var quartiles: [Double]? {
        guard history.count >= readyAfter else { return nil }
        return [0.25, 0.5, 0.75].compactMap { history.quantile($0) }
    }

    /// Notes a group's mean reward and says how many rollouts to retain.
    ///
    /// - Returns: the first size while the history is too short.
    /// - Throws: `nonFinite` where the mean is no number; the history stays as it was.
    public mutating func retained(meanReward: Double) throws(ObjectiveError) -> Int {
        guard meanReward.isFinite else {
            throw .nonFinite(what: "the mean reward", rollout: 0, token: nil)
        }
        history.add(meanReward)
        guard let quartiles else { return sizes[0] }
        return sizes[quartiles.firstIndex { meanReward < $0 } ?? 3]
    }
}
