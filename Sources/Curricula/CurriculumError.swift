public import Rollouts

/// What a curriculum refuses.
public enum CurriculumError: UserError, Equatable {
    /// A level that the generator does not have.
    case unknownLevel(level: Int, known: ClosedRange<Int>)
    /// A demonstration was asked for another kind of problem.
    case notOfTask(prompt: String, task: String)
    /// A line is no JSON object in UTF-8.
    case malformed(file: String, line: Int, reason: String)
    /// A row is no shape that an importer knows.
    case unknownShape(file: String, line: Int, keys: [String])
    /// A row lacks a field, or holds something else there.
    case badField(file: String, line: Int, field: String, expected: String)
    /// A file without a single row.
    case noRows(file: String)
    /// A number outside of its domain.
    case outOfRange(what: String, value: Double)

    /// What happened, where.
    public var description: String {
        switch self {
        case .unknownLevel(let level, let known):
            "there is no level \(level); the levels are \(known.lowerBound)–\(known.upperBound)"
        case .notOfTask(let prompt, let task): "`\(prompt.prefix(80))` is no problem of \(task)"
        case .malformed(let file, let line, let reason): "\(file):\(line): \(reason)"
        case .unknownShape(let file, let line, let keys):
            "\(file):\(line): no known row shape has the keys \(keys.joined(separator: ", "))"
        case .badField(let file, let line, let field, let expected):
            "\(file):\(line): \(field): expected \(expected)"
        case .noRows(let file): "\(file): holds no rows"
        case .outOfRange(let what, let value): "\(what) is \(value)"
        }
    }

    /// What would mend it.
    public var remedy: String {
        switch self {
        case .unknownLevel: "Choose one of the levels."
        case .notOfTask(_, let task): "Use problems of `assay curriculum generate \(task)`."
        case .malformed: "Mend the line, or leave it out with --skip-bad."
        case .unknownShape:
            "Name the shape with --format (\(RowFormat.names)), or rename the fields."
        case .badField: "Mend the field, choose another --format, or use --skip-bad."
        case .noRows: "Name a file with one JSON object a line."
        case .outOfRange: "Correct the number."
        }
    }
}
