/// One of the things that make a run, where it is no longer as it was.
struct RunChange: Codable, Equatable {
    /// What makes a run.
    enum Part: String, Codable {
        case recipe, reward
        case evaluationReward = "evaluation_reward"
        case data

        var inWords: String {
            switch self {
            case .recipe: "the recipe"
            case .reward: "the reward spec"
            case .evaluationReward: "the spec of evaluations"
            case .data: "the data set"
            }
        }
    }

    /// A value that differs; nil where one side has none.
    struct Field: Codable, Equatable, CustomStringConvertible {
        var name: String
        var was: String?
        var now: String?

        var description: String {
            "\(name): was \(was ?? "not there"), now \(now ?? "not there")"
        }
    }

    var part: Part
    /// Empty where the texts differ in nothing that counts, such as a comment.
    var fields: [Field]

    /// What differs; nil where nothing does.
    ///
    /// - Parameter isSameText: whether the texts themselves are equal.
    init?(
        _ part: Part, was: [String: String], now: [String: String], isSameText: Bool = true
    ) {
        self.part = part
        fields = Set(was.keys).union(now.keys).sorted().compactMap { name in
            was[name] == now[name] ? nil : Field(name: name, was: was[name], now: now[name])
        }
        if fields.isEmpty, isSameText { return nil }
    }

    /// A line a field.
    var lines: [String] {
        fields.isEmpty
            ? ["\(part.inWords): only comments or layout"]
            : fields.map { part == .recipe ? "\($0)" : "\(part.inWords): \($0)" }
    }

    /// Whether a curriculum's state has lost its meaning.
    var touchesCurriculum: Bool {
        part == .data || part == .recipe && fields.contains { $0.name.hasPrefix("curriculum.") }
    }

    /// Whether what the objective remembers has lost its meaning.
    var touchesObjective: Bool {
        part == .recipe && fields.contains { $0.name.hasPrefix("objective.") }
    }

    /// Whether evaluations can no longer be compared with those before.
    var touchesEvaluation: Bool {
        switch part {
        case .data, .evaluationReward: true
        case .reward: false
        case .recipe:
            fields.contains {
                $0.name.hasPrefix("evaluation.") || $0.name.hasPrefix("curriculum.")
            }
        }
    }
}
