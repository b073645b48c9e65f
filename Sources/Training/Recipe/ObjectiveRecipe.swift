public import Objectives
public import Rollouts
public import Settings

/// A preset and the axes on which the run departs from it; what is absent stays the preset's.
public struct ObjectiveRecipe: Configurable, Equatable, Sendable {
    /// Name of the composition, such as `grpo`, `dapo`, `gfpo-shortest`.
    public var preset = "dapo"
    /// Values on axes by the names of `Objective.settingNames`.
    public var axes: [String: JSONValue] = [:]

    /// The defaults.
    public init() {}

    /// Names every field: the preset and each axis.
    public mutating func bind(_ settings: Binder) throws(SettingsError) {
        try settings.bind(
            "preset", &preset, where: { (try? Objective.preset($0)) != nil },
            expected: "one of " + Objective.presetNames.joined(separator: ", "))
        for name in Objective.settingNames where name != "name" {
            try settings.bindScalar(name, &axes[name])
        }
    }

    /// The composition that the recipe means.
    ///
    /// - Throws: `ObjectiveError` where the settings contradict each other.
    public func resolve(rollout: RolloutRecipe) throws(ObjectiveError) -> Objective {
        var axes = axes
        let base = try Objective.preset(preset)
        if axes["constant_length"] == nil, Self.isConstant(axes["aggregation"], base) {
            // Dr. GRPO's constant is the token limit.
            axes["constant_length"] = .integer(Int64(rollout.maximumNewTokens))
        }
        if axes["shaping"] == "soft_overlong", axes["overlong_maximum"] == nil {
            // The punishment ends at the token limit and begins at four fifths of it.
            let limit = rollout.maximumNewTokens
            axes["overlong_maximum"] = .integer(Int64(limit))
            if axes["overlong_cache"] == nil {
                axes["overlong_cache"] = .integer(Int64(max(1, limit / 5)))
            }
        }
        let objective = try base.applying(axes)
        _ = try objective.validate(groupSize: rollout.group)
        return objective
    }

    private static func isConstant(_ aggregation: JSONValue?, _ base: Objective) -> Bool {
        if let aggregation { return aggregation == "constant" }
        guard case .constant = base.aggregation else { return false }
        return true
    }
}
