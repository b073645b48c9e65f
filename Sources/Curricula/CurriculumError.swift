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
    /// A file in which no row could be used.
    case noneUsable(file: String, rows: Int, first: String)
    /// A text file in another encoding than UTF-8.
    case wrongEncoding(file: String, encoding: String)
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
        case .noneUsable(let file, let rows, let first):
            "\(file): none of \(rows) rows can be used; the first: \(first)"
        case .wrongEncoding(let file, let encoding): "\(file): it is \(encoding), not UTF-8"
        case .outOfRange(let what, let value): "\(what) is \(value)"
        }
    }

    /// What would mend it.
    public var remedy: String {
        switch self {
        case .unknownLevel: "Choose one of the levels."
        case .notOfTask(_, let task): "Use problems of `assay curriculum generate \(task)`."
        case .malformed: "Mend the line; without --strict it is left out."
        case .unknownShape:
            "Name the shape with --format (\(RowFormat.names)), or rename the fields."
        case .badField: "Mend the field, or choose another --format."
        case .noRows: "Name a file with one JSON object a line."
        case .noneUsable: "Name the shape with --format (\(RowFormat.names)), or another file."
        case .wrongEncoding(_, let encoding):
            "Convert it: iconv -f \(encoding) -t UTF-8 FILE > NEW."
        case .outOfRange: "Correct the number."
        }
    }
}
