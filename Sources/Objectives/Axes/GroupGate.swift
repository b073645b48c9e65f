/// Which groups carry a signal: decided before any shaping, filter or statistic.
public enum GroupGate: Sendable, Equatable {
    /// Every group with a scored rollout is kept.
    case none
    /// Kept iff the raw outcomes are neither all right nor all wrong (right: 0.5 or more).
    case outcome
    /// Kept iff the population standard deviation of the *shaped* rewards is above 0.
    ///
    /// A length term gives an all-wrong group variance, hence a gradient that rewards giving up.
    case standardDeviation
    /// Kept iff `low < mean outcome < high`, both strict.
    case range(low: Double, high: Double)
}

/// What a gate said of one group.
public enum GateDecision: String, Sendable, Equatable, CaseIterable {
    /// It goes on.
    case kept
    /// Nothing to learn: every scored outcome is right.
    case allRight = "all_right"
    /// Nothing to learn from: every scored outcome is wrong.
    case allWrong = "all_wrong"
    /// All shaped rewards are equal.
    case noVariance = "no_variance"
    /// The mean outcome is at or below the range.
    case tooHard = "too_hard"
    /// The mean outcome is at or above the range.
    case tooEasy = "too_easy"
    /// No rollout could be scored.
    case unscored

    /// Whether the group is trained on.
    public var isKept: Bool { self == .kept }
}

extension GroupGate {
    /// Decides on one group; nil entries could not be scored and have no say.
    ///
    /// - Parameters:
    ///   - outcomes: shape `[G]`: raw outcomes.
    ///   - rewards: shape `[G]`: shaped rewards; only `standardDeviation` reads their values.
    /// - Returns: `unscored` where what the gate reads is nil throughout. A group of one is kept:
    ///   it has no variance to miss.
    ///
    /// Source: DAPO, arXiv:2503.14476 (dynamic sampling). Range: OpenRLHF.
    public func decide(outcomes: [Double?], rewards: [Double?]) -> GateDecision {
        let scoredRewards = rewards.compactMap { $0 }
        guard !scoredRewards.isEmpty else { return .unscored }
        switch self {
        case .none: return .kept
        case .standardDeviation:
            return rewards.count == 1 || !isConstant(scoredRewards) ? .kept : .noVariance
        case .outcome:
            let known = outcomes.compactMap { $0 }
            guard !known.isEmpty else { return .unscored }
            if outcomes.count == 1 { return .kept }
            let right = known.count { $0 >= 0.5 }
            return right == 0 ? .allWrong : right == known.count ? .allRight : .kept
        case .range(let low, let high):
            let known = outcomes.compactMap { $0 }
            guard !known.isEmpty else { return .unscored }
            let mean = known.reduce(0, +) / Double(known.count)
            return mean <= low ? .tooHard : mean >= high ? .tooEasy : .kept
        }
    }
}
