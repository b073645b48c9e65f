public import Objectives
public import Settings

/// Which groups are trained on.
public enum GateChoice: String, SettingChoice, Sendable {
    case off = "none"
    case outcome
    case standardDeviation = "standard_deviation"

    var gate: GroupGate {
        switch self {
        case .off: .none
        case .outcome: .outcome
        case .standardDeviation: .standardDeviation
        }
    }
}

/// Which rollouts of a group are trained on.
public enum FilterChoice: String, SettingChoice, Sendable {
    case off = "none"
    case shortest
    case tokenEfficiency = "token_efficiency"
}

/// How token losses become one number.
public enum AggregationChoice: String, SettingChoice, Sendable {
    case tokenMean = "token_mean"
    case sequenceMean = "sequence_mean"
    case constant
}

extension StatisticsScope: SettingChoice {}
extension DenominatorScope: SettingChoice {}
extension RefillPolicy.Exhaustion: SettingChoice {}

/// A preset and the axes on which the run departs from it; what is absent stays the preset's.
public struct ObjectiveRecipe: Configurable, Equatable, Sendable {
    /// Name of the composition, such as `grpo`, `dapo`, `gfpo-shortest`.
    public var preset = "dapo"
    /// The group gate.
    public var gate: GateChoice?
    /// Rounds of drawing again for rejected groups.
    public var refillRounds: Int?
    /// What happens after the last of them.
    public var refillExhausted: RefillPolicy.Exhaustion?
    /// The response filter.
    public var filter: FilterChoice?
    /// Rollouts that the filter retains a group, k.
    public var retain: Int?
    /// Whose rewards the mean and standard deviation are taken over.
    public var statistics: StatisticsScope?
    /// Whose tokens the loss divides by.
    public var denominator: DenominatorScope?
    /// ε_low.
    public var clipLow: Double?
    /// ε_high.
    public var clipHigh: Double?
    /// Strength β of the KL term.
    public var kl: Double?
    /// Aggregation of token losses.
    public var aggregation: AggregationChoice?
    /// Whether truncated completions are masked.
    public var maskTruncated: Bool?

    /// The defaults.
    public init() {}

    /// Names every field.
    public mutating func bind(_ settings: Binder) throws(SettingsError) {
        try settings.bind(
            "preset", &preset, where: Self.isPreset,
            expected: "one of " + Objective.presetNames.joined(separator: ", "))
        try settings.bind("gate", &gate)
        try settings.bind(
            "refill_rounds", &refillRounds, where: { (0...1000).contains($0 ?? 0) },
            expected: "a whole number in 0...1000")
        try settings.bind("refill_exhausted", &refillExhausted)
        try settings.bind("filter", &filter)
        try settings.bind(
            "retain", &retain, where: { $0 ?? 1 >= 1 }, expected: "a whole number from 1 up")
        try settings.bind("statistics", &statistics)
        try settings.bind("denominator", &denominator)
        try settings.bind("clip_low", &clipLow, where: Self.isShare, expected: "a number in 0...1")
        try settings.bind(
            "clip_high", &clipHigh, where: { $0 ?? 0 >= 0 }, expected: "a number from 0 up")
        try settings.bind("kl", &kl, where: { $0 ?? 0 >= 0 }, expected: "a number from 0 up")
        try settings.bind("aggregation", &aggregation)
        try settings.bind("mask_truncated", &maskTruncated)
    }

    private static func isPreset(_ name: String) -> Bool {
        (try? Objective.preset(name)) != nil
    }

    private static func isShare(_ value: Double?) -> Bool { (0...1).contains(value ?? 0) }

    /// The composition that the recipe means.
    ///
    /// - Throws: `ObjectiveError` where the settings contradict each other.
    public func resolve(rollout: RolloutRecipe) throws(ObjectiveError) -> Objective {
        var objective = try Objective.preset(preset)
        if let gate { objective.gate = gate.gate }
        if let refillRounds { objective.refill.maximumRounds = refillRounds }
        if let refillExhausted { objective.refill.onExhaustion = refillExhausted }
        try resolveFilter(&objective, group: rollout.group)
        if let statistics { objective.statistics = statistics }
        if let denominator { objective.denominator = denominator }
        if clipLow != nil || clipHigh != nil {
            guard case .clip(let low, let high, let dual) = objective.trust else {
                throw .invalidSetting(
                    axis: "trust", reason: "\(preset) has no clip that clip_low or clip_high set")
            }
            objective.trust = .clip(low: clipLow ?? low, high: clipHigh ?? high, dual: dual)
        }
        if let kl { objective.kl.coefficient = kl }
        switch aggregation {
        case nil: break
        case .tokenMean: objective.aggregation = .tokenMean
        case .sequenceMean: objective.aggregation = .sequenceMeanTokenMean
        case .constant: objective.aggregation = .constant(length: rollout.maximumNewTokens)
        }
        if let maskTruncated { objective.masksTruncated = maskTruncated }
        _ = try objective.validate(groupSize: rollout.group)
        if objective.baseline == .none || objective.kl.placement == .reward {
            throw .invalidSetting(
                axis: "baseline",
                reason: "\(preset) takes its advantages from token rewards or a critic, which "
                    + "this trainer does not have; choose a preset of the group family")
        }
        return objective
    }

    private func resolveFilter(_ objective: inout Objective, group: Int) throws(ObjectiveError) {
        let size = retain ?? objective.filter.size
        func chosen() throws(ObjectiveError) -> Int {
            guard let size else {
                throw .invalidSetting(axis: "filter.k", reason: "the filter has no `retain`")
            }
            return size
        }
        switch filter {
        case .off?: objective.filter = .all
        case .shortest?: objective.filter = .shortest(k: try chosen())
        case .tokenEfficiency?: objective.filter = .tokenEfficiency(k: try chosen())
        case nil:
            if let retain { objective.filter = objective.filter.keeping(retain) }
        }
        if objective.filter == .all, retain != nil {
            throw .invalidSetting(axis: "filter.k", reason: "`retain` is set without a filter")
        }
    }
}
