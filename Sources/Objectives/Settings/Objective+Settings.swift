public import Rollouts

extension Objective {
    /// Names that `applying` knows, as a recipe writes them.
    public static let settingNames: [String] =
        ["name"] + GroupGate.names + RefillPolicy.names + GroupShaping.names
        + ResponseFilter.names + Retention.names + StatisticsScope.names + ["mask_truncated"]
        + Baseline.names + AdvantageScale.names + RatioLevel.names + TrustGate.names
        + BehaviourCorrection.names + ["off_policy_threshold"] + TokenSelection.names + KLTerm.names
        + Aggregation.names + DenominatorScope.names + EntropyTerm.names
        + ["value_clip", "reset_optimizer"] + PreferenceAxis.names

    /// This objective with some axes replaced, as a recipe overrides a preset.
    ///
    /// Settings depend on each other as the axes have them: `k` on `filter`, `gate_low` on a range,
    /// and so on; the order of the dictionary does not matter.
    ///
    /// - Throws: `ObjectiveError.invalidSetting` naming the setting, for an unknown name, a value of
    ///   the wrong kind, or one that the chosen axis does not have.
    public func applying(
        _ settings: [String: JSONValue]
    ) throws(ObjectiveError) -> Objective {
        if let unknown = settings.keys.sorted().first(where: { !Self.settingNames.contains($0) }) {
            throw .invalidSetting(
                axis: unknown,
                reason: "no such setting; there are \(Self.settingNames.joined(separator: ", "))")
        }
        let reader = SettingReader(settings: settings)
        var result = self
        result.name = try reader.text("name") ?? name
        result.gate = try gate.applying(reader)
        result.refill = try refill.applying(reader)
        result.shaping = try shaping.applying(reader)
        result.filter = try filter.applying(reader)
        result.retention = try retention.applying(reader)
        result.statistics = try statistics.applying(reader)
        result.masksTruncated = try reader.flag("mask_truncated") ?? masksTruncated
        result.baseline = try baseline.applying(reader)
        result.scale = try scale.applying(reader)
        result.ratio = try ratio.applying(reader)
        result.trust = try trust.applying(reader)
        result.correction = try correction.applying(reader)
        result.offPolicyThreshold =
            try reader.optional("off_policy_threshold") ?? offPolicyThreshold
        result.tokens = try tokens.applying(reader)
        result.kl = try kl.applying(reader)
        result.aggregation = try aggregation.applying(reader)
        result.denominator = try denominator.applying(reader)
        result.entropy = try entropy.applying(reader)
        result.valueClip = try reader.optional("value_clip") ?? valueClip
        result.resetsOptimizer = try reader.flag("reset_optimizer") ?? resetsOptimizer
        result.preference = try PreferenceAxis(loss: preference).applying(reader).loss
        return result
    }

    /// All axes as settings: `applying` them to any objective gives this one.
    public var settings: [String: JSONValue] {
        var settings: [String: JSONValue] = ["name": .string(name)]
        for axis in axes { settings.merge(axis.settings) { _, new in new } }
        return settings
    }
}
