public import Foundation
public import Rollouts

/// Reads problems out of rows of any known shape.
public struct ProblemImporter: Sendable {
    /// What an import read.
    public struct Result: Sendable {
        /// In the order of the file.
        public var problems: [Problem] = []
        /// Rows that were left out, with the reason.
        public var skipped: [CurriculumError] = []
        /// The shape of the first row.
        public var format: RowFormat?
    }

    private let file: String
    private let format: RowFormat?
    private let levelField: [String]?
    private let policy: String

    /// An importer.
    ///
    /// - Parameters:
    ///   - file: names the input in errors.
    ///   - format: the shape of every row; nil recognises each row by its fields.
    ///   - levelField: the member, or dotted path, whose number is the level; nil takes the one
    ///     that the shape has.
    ///   - policy: whose pass rates are those that do not say.
    public init(
        file: String, format: RowFormat? = nil, levelField: String? = nil,
        policy: String = "unknown"
    ) {
        self.file = file
        self.format = format
        self.levelField = levelField.map { $0.split(separator: ".").map(String.init) }
        self.policy = policy
    }

    /// All problems of JSON lines; rows that cannot be used are left out and listed.
    ///
    /// - Throws: `CurriculumError.noRows`.
    public func problems(in data: Data) throws(CurriculumError) -> Result {
        var result = Result()
        var bytes = data[...]
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { bytes = bytes.dropFirst(3) }
        var number = 0
        for line in bytes.split(separator: 0x0A, omittingEmptySubsequences: false) {
            number += 1
            do throws(CurriculumError) {
                guard let row = try row(Array(line), line: number) else { continue }
                guard case .problem(let found) = row else { continue }
                result.format = result.format ?? found.format
                result.problems.append(found.problem)
            } catch {
                result.skipped.append(error)
            }
        }
        guard !result.problems.isEmpty || !result.skipped.isEmpty else {
            throw .noRows(file: file)
        }
        return result
    }

    /// What one line says; nil where it is blank.
    ///
    /// - Throws: the row's `CurriculumError`, with its line.
    public func row(_ bytes: [UInt8], line: Int) throws(CurriculumError) -> ImportedRow? {
        if bytes.allSatisfy({ $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }) { return nil }
        let row: JSONValue
        do throws(JSONReader.Fault) {
            row = try JSONReader.parse(bytes, allowsNaN: true)
        } catch {
            throw .malformed(
                file: file, line: line,
                reason: "the line is not JSON: column \(error.offset + 1): \(error.reason)")
        }
        return try self.row(row, line: line)
    }

    /// What one row says.
    ///
    /// - Throws: the row's `CurriculumError`, with its line.
    public func row(_ row: JSONValue, line: Int) throws(CurriculumError) -> ImportedRow {
        let shape = try shape(of: row, line)
        let reading = RowReading(row: row, file: file, line: line)
        if shape == .scored { return .judged(try reading.judgement()) }
        var problem = try reading.problem(shape)
        if let levelField { problem.level = try level(row, levelField, line) }
        try checkText(problem, line)
        return .problem(
            ProblemRow(
                problem: problem, format: shape, passRates: try reading.passRates(policy: policy)))
    }

    private func shape(of row: JSONValue, _ line: Int) throws(CurriculumError) -> RowFormat {
        if case .array = row, format ?? .orz == .orz { return .orz }
        guard case .object(let members) = row else {
            throw .malformed(file: file, line: line, reason: "the line is no JSON object")
        }
        if let shape = format ?? RowFormat.recognise(row) { return shape }
        throw .unknownShape(
            file: file, line: line,
            keys: members.keys.sorted().prefix(20).map { "\($0.prefix(40))" })
    }

    private func level(
        _ row: JSONValue, _ path: [String], _ line: Int
    ) throws(CurriculumError) -> Int {
        let value = path.reduce(Optional(row)) { $0?[$1] }
        if let level = Self.level(value) { return level }
        if let number = value?.double ?? value?.string.flatMap(Double.init),
            let level = Int(exactly: number.rounded(.down))
        {
            return level
        }
        throw .badField(
            file: file, line: line, field: path.joined(separator: "."),
            expected: "a number for --level-from, not \(value?.shown ?? "nothing")")
    }

    /// SQLite ends a text at its first NUL.
    private func checkText(_ problem: Problem, _ line: Int) throws(CurriculumError) {
        for (field, text) in [
            ("id", problem.id), ("prompt", problem.prompt), ("answer", problem.answer),
        ] where text.utf8.contains(0) {
            throw .badField(
                file: file, line: line, field: field, expected: "text without NUL characters")
        }
    }

    /// The tag of problems whose level is no number; they stand on level 0.
    public static let unreadableLevel = "unreadable-level"

    /// The level that data sets write as `3`, `3.0`, `"Level 3"`, `"3"` or `"3.0"`; nil for anything
    /// else.
    public static func level(_ value: JSONValue?) -> Int? {
        if let level = value?.int { return level }
        guard let text = value?.string, let word = text.split(separator: " ").last else {
            return nil
        }
        return Int(word) ?? Double(word).flatMap { Int(exactly: $0) }
    }
}
