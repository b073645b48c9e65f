/// Why a pattern could not be compiled or a match could not be finished.
public enum PatternError: Error, Equatable, Sendable {
    /// The source is no regular expression; `offset` counts UTF-8 bytes from its start.
    case syntax(source: String, offset: Int, message: String)
    /// The match was given up because it needed more than the limits allow.
    case resourceLimit(source: String, limit: String)
    /// PCRE2 refused for another reason, which it names itself.
    case engine(source: String, message: String)

    /// What would mend it, in one sentence.
    public var remedy: String {
        switch self {
        case .syntax(_, let offset, _):
            "Mend the pattern at byte \(offset); a literal bracket or brace needs a backslash."
        case .resourceLimit(_, let limit):
            "Make nested repeats possessive or atomic, e.g. (?>a+), or raise the \(limit) limit."
        case .engine:
            "Simplify the pattern, or check that PCRE2 10.34 or newer is installed."
        }
    }
}

extension PatternError: CustomStringConvertible {
    /// What went wrong, and in which pattern.
    public var description: String {
        switch self {
        case .syntax(let source, let offset, let message):
            "pattern '\(source)' is not a regular expression: \(message) at byte \(offset)"
        case .resourceLimit(let source, let limit):
            "pattern '\(source)' ran into its \(limit) limit"
        case .engine(let source, let message):
            "pattern '\(source)' failed: \(message)"
        }
    }
}
