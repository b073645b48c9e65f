/// What an objective cannot see of the rewards, for `validate`; nil where unknown.
public struct RewardProfile: Sendable, Equatable {
    /// Whether a reward may be below 0.
    public var mayBeNegative: Bool?
    /// Whether length changes the reward.
    public var shapesLength: Bool
    /// Whether the length term is paid to wrong answers too.
    public var paysLengthOnFailure: Bool
    /// Whether overlong completions are punished.
    public var punishesOverlong: Bool

    /// Traits; left out, nothing is known or done.
    public init(
        mayBeNegative: Bool? = nil, shapesLength: Bool = false, paysLengthOnFailure: Bool = false,
        punishesOverlong: Bool = false
    ) {
        self.mayBeNegative = mayBeNegative
        self.shapesLength = shapesLength
        self.paysLengthOnFailure = paysLengthOnFailure
        self.punishesOverlong = punishesOverlong
    }
}

extension Objective {
    /// Refuses settings that contradict each other, and says which are doubtful.
    ///
    /// - Parameters:
    ///   - groupSize: G.
    ///   - rewards: what is known of the rewards.
    /// - Returns: a reason for each doubtful composition.
    /// - Throws: `invalidSetting` or `filterExceedsGroup` for one that has no meaning.
    public func validate(
        groupSize: Int, rewards: RewardProfile = RewardProfile()
    ) throws(ObjectiveError) -> [String] {
        try checkNumbers(groupSize: groupSize)
        return groupWarnings(groupSize: groupSize, rewards: rewards) + lossWarnings()
    }

    private func groupWarnings(groupSize: Int, rewards: RewardProfile) -> [String] {
        var warnings: [String] = []
        if gate == .standardDeviation {
            warnings.append(
                "gate: the standard deviation of shaped rewards keeps all-wrong groups whose"
                    + " lengths differ and rewards giving up; use the outcome gate")
        }
        if case .tokenEfficiency(_, let negatives) = filter, rewards.mayBeNegative != false,
            negatives == .asWritten
        {
            warnings.append(
                "filter: reward a token prefers the longest failure where rewards are negative")
        }
        if let size = filter.size {
            if size < 2 { warnings.append("filter: fewer than 2 retained have no variance") }
            if size >= 2, statistics == .retained, rewards.shapesLength == false {
                warnings.append(
                    "statistics: a binary reward is often equal over the retained rollouts, which"
                        + " leaves no gradient; count degenerate groups or use the whole group")
            }
            if gate == .none, shaping == .none {
                warnings.append(
                    "filter: choosing by length in mostly wrong groups rewards giving up; gate on"
                        + " the outcome")
            }
        }
        if case .softOverlong = shaping, rewards.punishesOverlong {
            warnings.append("shaping: the reward punishes overlong completions already")
        }
        if case .kimiLength = shaping, rewards.shapesLength {
            warnings.append("shaping: the reward has a length term already")
        }
        if masksTruncated, rewards.punishesOverlong || shaping.punishesOverlong {
            warnings.append(
                "masksTruncated: the punishment of overlong completions reaches the baseline only,"
                    + " since their tokens are masked")
        }
        if rewards.paysLengthOnFailure {
            warnings.append("rewards: a length term paid on failures rewards short failures")
        }
        if groupSize == 1, baseline != .none {
            warnings.append("baseline: a group of one is its own baseline; every advantage is 0")
        }
        return warnings
    }

    private func lossWarnings() -> [String] {
        var warnings: [String] = []
        if ratio == .sequenceGeometric, aggregation.weighsByLength,
            aggregation != .sequenceMeanTokenSum
        {
            warnings.append(
                "aggregation: a sequence ratio summed over tokens weighs sequences by length")
        }
        if case .clip(let low, let high, _) = trust {
            let isGeometric = ratio == .sequenceGeometric || ratio == .sequenceGeometricPerToken
            if isGeometric, max(low, high) >= 0.1 {
                warnings.append(
                    "trust: geometric-mean ratios stay near 1; bounds of 0.1 and more never clip")
            }
            if ratio == .token, max(low, high) < 0.01 {
                warnings.append("trust: token ratios rarely stay within so narrow a band")
            }
        }
        if kl.placement == .loss, kl.coefficient != 0, kl.estimator == .k1, !kl.isRatioWeighted {
            warnings.append("kl: k1 in the loss has no expected gradient")
        }
        switch trust {
        case .covarianceKL, .covarianceClip:
            warnings.append("trust: the selection is made within a micro-batch")
        default: break
        }
        return warnings
    }

    /// Contradictions and numbers outside of their domain.
    private func checkNumbers(groupSize: Int) throws(ObjectiveError) {
        func demand(_ holds: Bool, _ axis: String, _ reason: String) throws(ObjectiveError) {
            guard holds else { throw .invalidSetting(axis: axis, reason: reason) }
        }
        try demand(groupSize >= 1, "groupSize", "\(groupSize) is no size of a group")
        for size in [filter.size, retention.largest].compactMap({ $0 }) {
            try demand(size >= 1, "filter.k", "\(size) keeps nothing")
            guard size <= groupSize else {
                throw .filterExceedsGroup(k: size, groupSize: groupSize)
            }
        }
        if case .adaptive(let sizes, let after) = retention {
            try demand(
                sizes.count == 4 && sizes.allSatisfy { $0 >= 1 } && after >= 1, "retention",
                "four numbers of 1 or more, and 1 or more groups before")
            try demand(filter != .all, "retention", "the filter `all` keeps every rollout")
        }
        if case .range(let low, let high) = gate {
            try demand(low < high, "gate", "the range \(low)…\(high) is empty")
        }
        try demand(
            refill.maximumRounds >= 0, "refill.maximumRounds", "it cannot be negative")
        try demand(
            refill.maximumRounds == 0 || gate != .none, "refill",
            "without a gate no group is ever rejected")
        try demand(
            !(filter != .all && baseline == .leaveOneOut), "baseline",
            "leave-one-out is unbiased over independent rollouts, which a filter breaks")
        if case .leaveOneOut = scale {
            try demand(
                filter == .all, "scale", "leave-one-out does not go with a response filter")
        }
        if case .standardDeviation(let ddof, let epsilon) = scale {
            try demand((0...1).contains(ddof), "scale.ddof", "\(ddof) is neither 0 nor 1")
            try demand(epsilon >= 0 && epsilon.isFinite, "scale.epsilon", "\(epsilon)")
        }
        if case .constant(let length) = aggregation {
            try demand(length >= 1, "aggregation.length", "\(length) tokens")
        }
        try demand(
            denominator == .retained || aggregation != .sequenceMeanTokenMeanNonEmpty,
            "denominator", "all G and only the non-empty sequences exclude each other")
        try demand(kl.coefficient >= 0 && kl.coefficient.isFinite, "kl", "\(kl.coefficient)")
        try demand(entropy.coefficient.isFinite, "entropy", "\(entropy.coefficient)")
        try checkParts()
        try trust.check()
    }
}

extension Objective {
    /// Parts that one kind of objective has and another has not.
    private func checkParts() throws(ObjectiveError) {
        func demand(_ holds: Bool, _ axis: String, _ reason: String) throws(ObjectiveError) {
            guard holds else { throw .invalidSetting(axis: axis, reason: reason) }
        }
        if usesTokenAdvantages {
            try demand(filter == .all, "filter", "advantages of tokens are not taken over groups")
            switch scale {
            case .none, .tokenWhitening: break
            default:
                throw .invalidSetting(
                    axis: "scale", reason: "advantages of tokens are whitened over tokens or left")
            }
            try demand(
                !ratio.isSequenceLevel || ratio == .sequenceGeometricPerToken, "ratio",
                "a ratio of whole sequences has one advantage a sequence")
        }
        if case .value(let discount, let decay) = baseline {
            try demand(
                (0...1).contains(discount) && (0...1).contains(decay), "baseline",
                "discount \(discount) and trace decay \(decay) are within 0…1")
        }
        if case .rewardToGo(let discount) = baseline {
            try demand((0...1).contains(discount), "baseline", "discount \(discount)")
        }
        if let valueClip { try demand(valueClip > 0, "value_clip", "\(valueClip) is not above 0") }
        try checkEpsilons()
        if case .softOverlong(let maximum, let cache, _, _) = shaping {
            try demand(
                cache >= 1 && cache <= maximum, "overlong_cache",
                "\(cache) is not within 1…\(maximum), the maximum")
        }
        if case .clippedGeometric(let bound) = ratio {
            try demand(bound > 0, "ratio_log_bound", "\(bound) is not above 0")
        }
        switch correction {
        case .none: break
        case .truncated(_, let minimum, let maximum), .masked(_, let minimum, let maximum):
            try demand(
                maximum > 0 && minimum ?? 0 <= maximum, "correction",
                "there is nothing within \(minimum ?? 0)…\(maximum)")
        }
        if preference != nil {
            try demand(
                kl.coefficient == 0 && entropy == .none, "preference",
                "a loss on pairs has neither a KL term nor an entropy bonus")
        }
        try preference?.checkSettings()
        if case .decoupled(let epsilon, let batchEpsilon, _) = scale {
            try demand(epsilon >= 0 && batchEpsilon >= 0, "scale.epsilon", "it is negative")
            try demand(
                baseline == .mean, "baseline", "a decoupled scale takes the mean of each component")
            try demand(
                filter == .all, "filter", "a decoupled scale reads every rollout of the group")
            try demand(
                shaping == .none, "shaping", "a decoupled scale reads the reward's components alone"
            )
            try demand(
                kl.placement == .loss || kl.coefficient == 0, "kl",
                "a decoupled scale reads the reward's components alone")
        }
        if case .highestEntropy(let share) = tokens {
            try demand(share > 0 && share <= 1, "token_share", "\(share) is not within 0…1")
        }
        if let control = kl.control {
            try demand(
                control.target > 0 && control.horizon > 0, "kl", "target and horizon above 0")
            try demand(kl.coefficient > 0, "kl", "a controlled coefficient starts above 0")
        }
        if let control = entropy.control {
            try demand(
                control.target >= 0 && control.step > 0 && control.maximum > 0, "entropy",
                "target of 0 or more, step and maximum above 0")
        }
        try demand(
            preference == nil || filter == .all, "filter", "pairs are made of whole groups")
        if kl.placement == .reward, kl.coefficient != 0 {
            try demand(
                !kl.isRatioWeighted && !kl.isCorrected, "kl",
                "in the reward there is neither a ratio nor a correction to weigh it by")
        }
    }
}

extension Objective {
    /// Numbers that are added to a deviation or a variance.
    private func checkEpsilons() throws(ObjectiveError) {
        switch scale {
        case .none, .standardDeviation, .decoupled: break
        case .leaveOneOut(let epsilon), .tokenWhitening(let epsilon),
            .batchStandardDeviation(_, let epsilon):
            guard epsilon >= 0 else {
                throw .invalidSetting(axis: "scale_epsilon", reason: "\(epsilon) is negative")
            }
        }
        if case .batchStandardDeviation(let ddof, _) = scale, !(0...1).contains(ddof) {
            throw .invalidSetting(axis: "scale_ddof", reason: "\(ddof) is neither 0 nor 1")
        }
    }
}

extension TrustGate {
    /// Refuses bounds without a meaning.
    func check() throws(ObjectiveError) {
        func demand(_ holds: Bool, _ reason: String) throws(ObjectiveError) {
            guard holds else { throw .invalidSetting(axis: "trust", reason: reason) }
        }
        switch self {
        case .none, .reinforce: break
        case .clip(let low, let high, let dual):
            try demand(low > 0 && low <= 1, "low \(low) is not within 0…1")
            try demand(high > 0 && high.isFinite, "high \(high) is not above 0")
            if let dual { try demand(dual > 1, "dual \(dual) is not above 1") }
        case .sigmoid(let positive, let negative):
            try demand(positive > 0 && negative > 0, "temperatures must be above 0")
        case .detachedCap(let maximum):
            try demand(maximum >= 1, "the cap \(maximum) is below 1: it is the cap, not 1 + ε")
        case .detachedBand(let low, let high):
            try demand(low >= 0 && low <= 1 && high >= 0, "low \(low), high \(high)")
        case .detachedGamma(let shape):
            try demand(
                shape.powerPositive > 0 && shape.powerNegative > 0 && shape.ratePositive >= 0
                    && shape.rateNegative >= 0, "powers above 0 and rates of 0 or more")
        case .quadratic(let strength):
            try demand(strength >= 0 && strength.isFinite, "strength \(strength)")
        case .covarianceKL(let fraction, let coefficient):
            try demand(fraction > 0 && fraction <= 1, "fraction \(fraction) is not within 0…1")
            try demand(coefficient >= 0, "coefficient \(coefficient)")
        case .covarianceClip(let low, let high, let fraction, let from, let to):
            try demand(low > 0 && low <= 1 && high > 0, "low \(low), high \(high)")
            try demand(fraction > 0 && fraction <= 1, "fraction \(fraction) is not within 0…1")
            try demand(from < to, "covariances \(from)…\(to) are none")
        }
    }
}
