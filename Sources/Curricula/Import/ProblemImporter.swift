public import Foundation
public import Rollouts

/// Reads problems out of JSON lines of any known shape.
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
    private let skipsBad: Bool

    /// An importer.
    ///
    /// - Parameters:
    ///   - file: names the input in errors.
    ///   - format: the shape of every row; nil recognises each row by its fields.
    ///   - skipsBad: whether bad rows are left out and reported, instead of refusing the file.
    public init(file: String, format: RowFormat? = nil, skipsBad: Bool = false) {
        self.file = file
        self.format = format
        self.skipsBad = skipsBad
    }

    /// All problems of a file.
    ///
    /// - Throws: the first bad row's `CurriculumError`, with its line; nothing is returned then.
    public func problems(in data: Data) throws(CurriculumError) -> Result {
        var result = Result()
        var bytes = data[...]
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { bytes = bytes.dropFirst(3) }
        var number = 0
        for line in bytes.split(separator: 0x0A, omittingEmptySubsequences: false) {
            number += 1
            if line.allSatisfy({ $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }) { continue }
            do throws(CurriculumError) {
                let row = try parse(line, number)
                let shape = try shape(of: row, number)
                result.format = result.format ?? shape
                result.problems.append(try problem(row, shape, number))
            } catch {
                guard skipsBad else { throw error }
                result.skipped.append(error)
            }
        }
        guard !result.problems.isEmpty || !result.skipped.isEmpty else {
            throw .noRows(file: file)
        }
        return result
    }

    private func parse(_ line: Data, _ number: Int) throws(CurriculumError) -> JSONValue {
        let row: JSONValue
        do throws(JSONReader.Fault) {
            row = try JSONReader.parse(Array(line))
        } catch {
            throw .malformed(
                file: file, line: number,
                reason: "the line is not JSON: column \(error.offset + 1): \(error.reason)")
        }
        guard case .object = row else {
            throw .malformed(file: file, line: number, reason: "the line is no JSON object")
        }
        return row
    }

    private func shape(of row: JSONValue, _ number: Int) throws(CurriculumError) -> RowFormat {
        if let shape = format ?? RowFormat.recognise(row) { return shape }
        guard case .object(let members) = row else { return .plain }
        throw .unknownShape(file: file, line: number, keys: members.keys.sorted())
    }

    private func problem(
        _ row: JSONValue, _ shape: RowFormat, _ line: Int
    ) throws(CurriculumError) -> Problem {
        func missing(_ field: String, _ expected: String) -> CurriculumError {
            .badField(file: file, line: line, field: field, expected: expected)
        }
        func text(_ field: String) throws(CurriculumError) -> String {
            guard let text = row[field]?.scalarText, !text.isEmpty else {
                throw missing(field, "text")
            }
            return text
        }
        func prompt() throws(CurriculumError) -> String {
            guard let prompt = row["prompt"].flatMap(Self.promptText), !prompt.isEmpty else {
                throw missing("prompt", "text, or messages with content")
            }
            return prompt
        }
        switch shape {
        case .plain: return try plain(row, prompt: prompt(), answer: text("answer"), line)
        case .gsm8k:
            guard let answer = GoldField.afterHashes(try text("answer")) else {
                throw missing("answer", "a solution that ends in #### and the answer")
            }
            return make(row, try text("question"), answer, used: ["question"], tags: ["gsm8k"])
        case .math:
            guard let answer = GoldField.lastBox(try text("solution")) else {
                throw missing("solution", "a complete \\boxed{…}")
            }
            return make(
                row, try text("problem"), answer, level: Self.level(row["level"]),
                used: ["problem", "level"], tags: [row["type"]?.string].compactMap { $0 })
        case .verl:
            guard let answer = row["reward_model"]?["ground_truth"]?.scalarText, !answer.isEmpty
            else {
                throw missing("reward_model.ground_truth", "text")
            }
            return make(
                row, try prompt(), answer, used: ["prompt", "reward_model"],
                tags: [row["data_source"]?.string].compactMap { $0 })
        case .trl:
            guard let gold = GoldField.find(in: row) else {
                throw missing("answer", "a gold answer")
            }
            return make(row, try prompt(), gold.text, used: ["prompt", gold.name])
        case .bigMath:
            return make(
                row, try text("problem"), try text("answer"), level: Self.level(row["level"]),
                used: ["problem", "answer", "level"],
                tags: [row["source"]?.string].compactMap { $0 })
        case .reasoningGym:
            return make(
                row, try text("question"), try text("answer"), used: ["question", "answer"],
                tags: [row["metadata"]?["source_dataset"]?.string].compactMap { $0 })
        }
    }

    private func plain(
        _ row: JSONValue, prompt: String, answer: String, _ line: Int
    ) throws(CurriculumError) -> Problem {
        var problem = make(
            row, prompt, answer, level: Self.level(row["level"]),
            used: ["prompt", "answer", "level", "tags", "metadata"],
            tags: row["tags"]?.array?.compactMap(\.string) ?? [])
        if let level = row["level"], level != .null, problem.level == nil {
            throw .badField(
                file: file, line: line, field: "level", expected: "a whole number, not \(level)")
        }
        if case .object(let members)? = row["metadata"] {
            problem.metadata.merge(members) { _, inner in inner }
        }
        return problem
    }

    /// A problem whose other fields become metadata.
    private func make(
        _ row: JSONValue, _ prompt: String, _ answer: String, level: Int? = nil, used: Set<String>,
        tags: [String] = []
    ) -> Problem {
        var metadata: [String: JSONValue] = [:]
        if case .object(let members) = row { metadata = members }
        for key in used.union(["id"]) { metadata[key] = nil }
        let hash = String(stableHash(prompt + "\u{0}" + answer), radix: 16)
        return Problem(
            id: row["id"]?.scalarText ?? hash, prompt: prompt, answer: answer, level: level,
            tags: tags, metadata: metadata)
    }

    /// The level that data sets write as `3`, `3.0`, `"Level 3"` or `"3"`; nil for anything else.
    public static func level(_ value: JSONValue?) -> Int? {
        if let level = value?.int { return level }
        guard let text = value?.string else { return nil }
        return Int(text.split(separator: " ").last ?? "")
    }

    /// A text prompt, or the contents of its messages.
    private static func promptText(_ value: JSONValue) -> String? {
        if let text = value.string { return text }
        guard let messages = value.array, !messages.isEmpty else { return nil }
        let contents = messages.compactMap { $0["content"]?.string ?? $0["value"]?.string }
        return contents.count == messages.count ? contents.joined(separator: "\n") : nil
    }
}
