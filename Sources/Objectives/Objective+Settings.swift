public import Rollouts

extension Objective {
    /// Names that `applying` knows, as a recipe writes them.
    public static let settingNames = [
        "name", "gate", "gate_low", "gate_high", "refill_rounds", "refill_on_exhaustion", "filter",
        "k", "negative_rewards", "statistics", "mask_truncated", "baseline", "scale", "scale_ddof",
        "scale_epsilon", "clip_low", "clip_high", "dual_clip", "kl_coefficient", "kl_estimator",
        "aggregation", "constant_length", "denominator", "entropy_coefficient",
        "off_policy_threshold",
    ]

    /// This objective with some axes replaced, as a recipe overrides a preset.
    ///
    /// Settings depend on each other as written here: `k` on `filter`, `gate_low` on a range, and
    /// so on; the order of the dictionary does not matter.
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
        if let name = try reader.text("name") { result.name = name }
        try result.applyGroupSettings(reader)
        try result.applyAdvantageSettings(reader)
        try result.applyLossSettings(reader)
        return result
    }

    private mutating func applyGroupSettings(
        _ reader: SettingReader
    ) throws(ObjectiveError) {
        let low = try reader.number("gate_low")
        let high = try reader.number("gate_high")
        switch try reader.word("gate", ["none", "outcome", "standard_deviation", "range"]) {
        case "none": gate = .none
        case "outcome": gate = .outcome
        case "standard_deviation": gate = .standardDeviation
        case "range": gate = .range(low: 0, high: 1)
        default: break
        }
        if low != nil || high != nil {
            guard case .range(let oldLow, let oldHigh) = gate else {
                throw .invalidSetting(axis: "gate_low", reason: "only the gate `range` has bounds")
            }
            gate = .range(low: low ?? oldLow, high: high ?? oldHigh)
        }
        if let rounds = try reader.integer("refill_rounds") { refill.maximumRounds = rounds }
        if let value = try reader.choice("refill_on_exhaustion", RefillPolicy.Exhaustion.self) {
            refill.onExhaustion = value
        }
        let k = try reader.integer("k") ?? filter.size
        switch try reader.word("filter", ["all", "shortest", "token_efficiency"]) {
        case "all": filter = .all
        case "shortest": filter = .shortest(k: k ?? 8)
        case "token_efficiency": filter = .tokenEfficiency(k: k ?? 8)
        default: if let k { filter = filter.keeping(k) }
        }
        if reader.has("k"), filter == .all {
            throw .invalidSetting(axis: "k", reason: "the filter `all` keeps every rollout")
        }
        if let value = try reader.choice(
            "negative_rewards", ResponseFilter.NegativeRewards.self)
        {
            guard case .tokenEfficiency(let k, _) = filter else {
                throw .invalidSetting(
                    axis: "negative_rewards", reason: "only token efficiency reads them")
            }
            filter = .tokenEfficiency(k: k, negatives: value)
        }
        if let value = try reader.choice("statistics", StatisticsScope.self) { statistics = value }
        if let value = try reader.flag("mask_truncated") { masksTruncated = value }
    }

    private mutating func applyAdvantageSettings(
        _ reader: SettingReader
    ) throws(ObjectiveError) {
        switch try reader.word(
            "baseline", ["none", "mean", "leave_one_out", "length_weighted"])
        {
        case "none": baseline = .none
        case "mean": baseline = .mean
        case "leave_one_out": baseline = .leaveOneOut
        case "length_weighted": baseline = .lengthWeighted
        default: break
        }
        switch try reader.word(
            "scale", ["none", "standard_deviation", "batch_standard_deviation", "token_whitening"])
        {
        case "none": scale = .none
        case "standard_deviation": scale = .standardDeviation(ddof: 1, epsilon: 1e-4)
        case "batch_standard_deviation": scale = .batchStandardDeviation(ddof: 1, epsilon: 1e-4)
        case "token_whitening": scale = .tokenWhitening(epsilon: 1e-8)
        default: break
        }
        let ddof = try reader.integer("scale_ddof")
        let epsilon = try reader.number("scale_epsilon")
        guard ddof != nil || epsilon != nil else { return }
        switch scale {
        case .standardDeviation(let oldDdof, let old):
            scale = .standardDeviation(ddof: ddof ?? oldDdof, epsilon: epsilon ?? old)
        case .batchStandardDeviation(let oldDdof, let old):
            scale = .batchStandardDeviation(ddof: ddof ?? oldDdof, epsilon: epsilon ?? old)
        case .tokenWhitening(let old) where ddof == nil:
            scale = .tokenWhitening(epsilon: epsilon ?? old)
        case .leaveOneOut(let old) where ddof == nil:
            scale = .leaveOneOut(epsilon: epsilon ?? old)
        case .none, .tokenWhitening, .leaveOneOut:
            throw .invalidSetting(axis: "scale_ddof", reason: "the scale has no such number")
        }
    }

    private mutating func applyLossSettings(
        _ reader: SettingReader
    ) throws(ObjectiveError) {
        let low = try reader.number("clip_low")
        let high = try reader.number("clip_high")
        let dual = try reader.number("dual_clip")
        if low != nil || high != nil || dual != nil {
            guard case .clip(let oldLow, let oldHigh, let oldDual) = trust else {
                throw .invalidSetting(
                    axis: "clip_low", reason: "the objective `\(name)` does not clip")
            }
            trust = .clip(low: low ?? oldLow, high: high ?? oldHigh, dual: dual ?? oldDual)
        }
        if let value = try reader.number("kl_coefficient") { kl.coefficient = value }
        if let value = try reader.choice("kl_estimator", KLEstimator.self) { kl.estimator = value }
        let length = try reader.integer("constant_length")
        switch try reader.word(
            "aggregation",
            [
                "token_mean", "sequence_mean_token_mean", "sequence_mean_token_mean_non_empty",
                "constant", "sequence_mean_token_sum", "token_sum",
            ])
        {
        case "token_mean": aggregation = .tokenMean
        case "sequence_mean_token_mean": aggregation = .sequenceMeanTokenMean
        case "sequence_mean_token_mean_non_empty": aggregation = .sequenceMeanTokenMeanNonEmpty
        case "constant":
            guard let length else {
                throw .invalidSetting(axis: "aggregation", reason: "`constant_length` is missing")
            }
            aggregation = .constant(length: length)
        case "sequence_mean_token_sum": aggregation = .sequenceMeanTokenSum
        case "token_sum": aggregation = .tokenSum
        default: break
        }
        if let length {
            guard case .constant = aggregation else {
                throw .invalidSetting(
                    axis: "constant_length", reason: "only the aggregation `constant` has one")
            }
            aggregation = .constant(length: length)
        }
        if let value = try reader.choice("denominator", DenominatorScope.self) {
            denominator = value
        }
        if let value = try reader.number("entropy_coefficient") { entropyCoefficient = value }
        if let value = try reader.number("off_policy_threshold") { offPolicyThreshold = value }
    }
}

/// Typed access to settings, with errors that name the setting.
struct SettingReader {
    let settings: [String: JSONValue]

    func has(_ name: String) -> Bool { settings[name] != nil }

    func number(_ name: String) throws(ObjectiveError) -> Double? {
        guard let value = settings[name] else { return nil }
        guard let number = value.double, number.isFinite else {
            throw .invalidSetting(axis: name, reason: "\(value.serialized()) is not a number")
        }
        return number
    }

    func integer(_ name: String) throws(ObjectiveError) -> Int? {
        guard let value = settings[name] else { return nil }
        guard let number = value.int else {
            throw .invalidSetting(axis: name, reason: "\(value.serialized()) is not an integer")
        }
        return number
    }

    func flag(_ name: String) throws(ObjectiveError) -> Bool? {
        guard let value = settings[name] else { return nil }
        guard case .bool(let flag) = value else {
            throw .invalidSetting(axis: name, reason: "\(value.serialized()) is not true or false")
        }
        return flag
    }

    func text(_ name: String) throws(ObjectiveError) -> String? {
        guard let value = settings[name] else { return nil }
        guard let text = value.string else {
            throw .invalidSetting(axis: name, reason: "\(value.serialized()) is not text")
        }
        return text
    }

    /// One of some words; `-` and `_` are the same.
    func word(_ name: String, _ known: [String]) throws(ObjectiveError) -> String? {
        guard let text = try text(name) else { return nil }
        let wanted = String(text.map { $0 == "-" ? "_" : $0 })
        guard known.contains(wanted) else {
            throw .invalidSetting(
                axis: name, reason: "'\(text)' is none of \(known.joined(separator: ", "))")
        }
        return wanted
    }

    /// A case of an enumeration of words.
    func choice<Choice: RawRepresentable & CaseIterable>(
        _ name: String, _: Choice.Type
    ) throws(ObjectiveError) -> Choice? where Choice.RawValue == String {
        guard let word = try word(name, Choice.allCases.map(\.rawValue)) else { return nil }
        return Choice(rawValue: word)
    }
}
