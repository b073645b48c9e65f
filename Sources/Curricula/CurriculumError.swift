public import Rollouts

/// What a curriculum refuses.
public enum CurriculumError: UserError, Equatable {
    /// A level that the generator does not have.
    case unknownLevel(level: Int, known: ClosedRange<Int>)
    /// A demonstration was asked for another kind of problem.
    case notArithmetic(prompt: String)

    /// What happened.
    public var description: String {
        switch self {
        case .unknownLevel(let level, let known):
            "there is no level \(level); the levels are \(known.lowerBound)–\(known.upperBound)"
        case .notArithmetic(let prompt): "`\(prompt.prefix(80))` is no arithmetic problem"
        }
    }

    /// What would mend it.
    public var remedy: String {
        switch self {
        case .unknownLevel: "Choose one of the levels."
        case .notArithmetic: "Use problems of the arithmetic generator, such as `47+85=`."
        }
    }
}
