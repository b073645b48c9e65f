public import Rollouts

/// A fault in a settings file or in an override of the command line, with its place.
public struct SettingsError: UserError, Equatable {
    /// Where: a file's path, or `--set`.
    public let file: String
    /// First line is 1; 0 where the fault has no line.
    public let line: Int
    /// First column is 1; 0 where the fault has no column.
    public let column: Int
    /// Dotted path of the field, such as `objective.preset`; empty for the file as a whole.
    public let field: String
    /// What is wrong.
    public let problem: String
    /// What would mend it.
    public let remedy: String

    /// A fault at a place.
    public init(
        file: String, line: Int = 0, column: Int = 0, field: String = "", problem: String,
        remedy: String
    ) {
        self.file = file
        self.line = line
        self.column = column
        self.field = field
        self.problem = problem
        self.remedy = remedy
    }

    /// `file:line:column: field: problem`, the parts that are known.
    public var description: String {
        let place = line > 0 ? "\(file):\(line):\(column)" : file
        return field.isEmpty ? "\(place): \(problem)" : "\(place): \(field): \(problem)"
    }
}
