/// An algorithm of the literature: values on the axes, and where they come from.
public struct Preset: Sendable, Equatable {
    /// The composition; its name is the preset's.
    public let objective: Objective
    /// What the algorithm is, in a line.
    public let summary: String
    /// Paper or code base.
    public let source: String
    /// Other names.
    public let aliases: [String]
    /// What a run needs beside the objective, such as a learned reward.
    public let needs: String?

    init(
        _ objective: Objective, _ summary: String, source: String, aliases: [String] = [],
        needs: String? = nil
    ) {
        self.objective = objective
        self.summary = summary
        self.source = source
        self.aliases = aliases
        self.needs = needs
    }

    /// Its name, `preset` or `preset@dialect`.
    public var name: String { objective.name }

    /// All presets, the papers' first, then the dialects of other libraries.
    public static let all: [Preset] = groupFamily + filtered + tokenFamily + pairs + trl + verl

    /// The preset of a name; `_` and `-` are the same.
    ///
    /// - Throws: `ObjectiveError.unknownPreset` with the names that exist.
    public static func named(_ name: String) throws(ObjectiveError) -> Preset {
        let wanted = String(name.lowercased().map { $0 == "_" ? "-" : $0 })
        guard let found = all.first(where: { $0.name == wanted || $0.aliases.contains(wanted) })
        else { throw .unknownPreset(name: name, known: Objective.presetNames) }
        return found
    }
}

extension Objective {
    /// Every name that `preset` knows, aliases last.
    public static let presetNames = Preset.all.map(\.name) + Preset.all.flatMap(\.aliases)

    /// The objective of a name; `_` and `-` are the same.
    ///
    /// - Throws: `ObjectiveError.unknownPreset` with the names that exist.
    public static func preset(_ name: String) throws(ObjectiveError) -> Objective {
        try Preset.named(name).objective
    }
}
