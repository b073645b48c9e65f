import Foundation
import Rollouts

/// Turns one row of a known shape into a problem.
struct RowReading {
    let row: JSONValue
    let file: String
    let line: Int

    /// The problem of a row of `shape`, without pass rates.
    func problem(_ shape: RowFormat) throws(CurriculumError) -> Problem {
        switch shape {
        case .plain: return try plain()
        case .gsm8k:
            guard let answer = GoldField.afterHashes(try text("answer")) else {
                throw missing("answer", "a solution that ends in #### and the answer")
            }
            return make(try text("question"), answer, used: ["question"], tags: ["gsm8k"])
        case .math:
            guard let answer = GoldField.lastBox(try text("solution")) else {
                throw missing("solution", "a complete \\boxed{…}")
            }
            return make(
                try text("problem"), answer, levelIn: "level", used: ["problem"],
                tags: texts("type"))
        case .verl: return try verl()
        case .trl:
            guard let gold = GoldField.find(in: row) else {
                throw missing("answer", "a gold answer")
            }
            return try own(
                prompt(), gold.text, used: ["prompt", "query", "messages", gold.name])
        case .bigMath:
            return make(
                try text("problem"), try text("answer"), levelIn: "level",
                used: ["problem", "answer"], tags: texts("source") + texts("domain"))
        case .deepScaleR:
            return make(
                try text("problem"), try text("answer"), levelIn: "level",
                used: ["problem", "answer"], tags: texts("subject"))
        case .rllm:
            return make(
                try text("problem"), try text("answer"), levelIn: "difficulty",
                used: ["problem", "answer"], tags: texts("type"))
        case .orz: return try orz()
        case .reasoningGym:
            var problem = make(
                try text("question"), try text("answer"), level: reasoningLevel,
                used: ["question", "answer", "metadata"])
            problem.tags = [row["metadata"]?["source_dataset"]?.string].compactMap { $0 }
            take(row["metadata"], into: &problem)
            return problem
        case .nemoGym:
            guard let gold = GoldField.find(in: row) else {
                throw missing("expected_answer", "a gold answer")
            }
            let input = row["responses_create_params"]?["input"]
            guard let prompt = input.flatMap(Self.promptText), !prompt.isEmpty else {
                throw missing("responses_create_params.input", "text, or messages with content")
            }
            return try own(prompt, gold.text, used: ["responses_create_params", gold.name])
        case .scored: throw missing("prompt", "a problem; a scored record holds none")
        }
    }

    /// Whether a completion of a record of `assay score` was right.
    func judgement() throws(CurriculumError) -> JudgedRow {
        guard let id = row["id"]?.scalarText else { throw missing("id", "text") }
        switch row["acc"] {
        case .bool(let isCorrect): return JudgedRow(id: id, isCorrect: isCorrect)
        case .null, nil: return JudgedRow(id: id, isCorrect: nil)
        default: throw missing("acc", "true, false or null")
        }
    }

    /// The rates of fields such as `llama8b_solve_rate` and `pass_rate`.
    func passRates(policy: String) throws(CurriculumError) -> [PassRate] {
        guard case .object(let members) = row else { return [] }
        var rates: [PassRate] = []
        for name in members.keys.sorted() {
            guard let owner = Self.rateOwner(name), let value = members[name], value != .null else {
                continue
            }
            guard let mean = value.double ?? value.string.flatMap(Double.init),
                (0...1).contains(mean)
            else { throw missing(name, "a share from 0 to 1, not \(value.shown)") }
            rates.append(PassRate(policy: owner.isEmpty ? policy : owner, mean: mean))
        }
        return rates
    }

    /// Whose rate a field holds: empty where it does not say, nil where it is none.
    private static func rateOwner(_ name: String) -> String? {
        for ending in ["solve_rate", "pass_rate"] {
            if name == ending { return "" }
            if name.hasSuffix("_" + ending) { return String(name.dropLast(ending.count + 1)) }
        }
        return nil
    }

    // MARK: Shapes

    private func plain() throws(CurriculumError) -> Problem {
        try own(prompt(), text("answer"), used: ["prompt", "answer"])
    }

    /// A shape of ours, or one that we write level, tags and metadata into beside its own fields.
    private func own(
        _ prompt: String, _ answer: String, used: Set<String>
    ) throws(CurriculumError) -> Problem {
        var problem = make(
            prompt, answer, level: ProblemImporter.level(row["level"]),
            used: used.union(["level", "tags", "metadata"]), tags: texts("tags"))
        if let level = row["level"], level != .null, problem.level == nil {
            throw missing("level", "a whole number, not \(level.shown)")
        }
        take(row["metadata"], into: &problem)
        return problem
    }

    /// A verl row; `extra_info` of our own export holds everything that verl has no field for.
    private func verl() throws(CurriculumError) -> Problem {
        guard let answer = row["reward_model"]?["ground_truth"]?.scalarText, !answer.isEmpty else {
            throw missing("reward_model.ground_truth", "text")
        }
        let extra = row["extra_info"]
        let isOurs = extra?["metadata"] != nil && extra?["tags"]?.array != nil
        var problem = make(
            try prompt(), answer, level: ProblemImporter.level(extra?["level"]),
            used: isOurs
                ? ["prompt", "reward_model", "data_source", "ability", "extra_info"]
                : ["prompt", "reward_model"],
            tags: texts("data_source"))
        if let id = extra?["id"]?.scalarText, row["id"] == nil { problem.id = id }
        if isOurs {
            problem.tags = extra?["tags"]?.array?.compactMap(\.string) ?? []
            take(extra?["metadata"], into: &problem)
        }
        return problem
    }

    private func orz() throws(CurriculumError) -> Problem {
        guard let pair = row.array else {
            return make(
                try prompt(), try text("final_answer"), used: ["prompt", "final_answer"])
        }
        let question = pair.first { ["human", "user"].contains($0["from"]?.string) }
        guard let prompt = question?["value"]?.string, !prompt.isEmpty else {
            throw missing("value", "the question, in a message from human")
        }
        let gold = pair.lazy.compactMap { $0["ground_truth"]?["value"]?.scalarText }.first
        guard let gold, !gold.isEmpty else {
            throw missing("ground_truth.value", "text, in a message from assistant")
        }
        return make(prompt, gold, used: [])
    }

    /// A generator's number where it gives one; its settings stay metadata.
    private var reasoningLevel: Int? {
        ProblemImporter.level(row["metadata"]?["difficulty"])
    }

    // MARK: Fields

    private func missing(_ field: String, _ expected: String) -> CurriculumError {
        .badField(file: file, line: line, field: field, expected: expected)
    }

    private func text(_ field: String) throws(CurriculumError) -> String {
        guard let text = row[field]?.scalarText, !text.isEmpty else {
            throw missing(field, "text")
        }
        return text
    }

    /// A text, or the texts of a list.
    private func texts(_ field: String) -> [String] {
        if let text = row[field]?.string { return [text] }
        return row[field]?.array?.compactMap(\.string) ?? []
    }

    private func prompt() throws(CurriculumError) -> String {
        let asked = row["prompt"] ?? row["query"] ?? Self.question(row["messages"])
        guard let prompt = asked.flatMap(Self.promptText), !prompt.isEmpty else {
            throw missing("prompt", "text, or messages with content")
        }
        return prompt
    }

    /// Messages up to the answer of an assistant at their end.
    private static func question(_ messages: JSONValue?) -> JSONValue? {
        guard let list = messages?.array else { return nil }
        let isAnswered = list.last?["role"]?.string == "assistant"
        return .array(isAnswered ? list.dropLast() : list)
    }

    private func take(_ metadata: JSONValue?, into problem: inout Problem) {
        guard case .object(let members)? = metadata else { return }
        problem.metadata.merge(members) { _, inner in inner }
    }

    /// A problem whose other fields become metadata.
    private func make(
        _ prompt: String, _ answer: String, level: Int? = nil, used: Set<String>,
        tags: [String] = []
    ) -> Problem {
        var metadata: [String: JSONValue] = [:]
        if case .object(let members) = row { metadata = members }
        for key in used.union(["id"]) { metadata[key] = nil }
        let own = row["id"]?.scalarText.flatMap { $0.isEmpty ? nil : $0 }
        let id = own ?? String(ContentKey.content(prompt, answer), radix: 16)
        return Problem(
            id: id, prompt: prompt, answer: answer, level: level, tags: tags, metadata: metadata)
    }

    /// The same, with its level in a field of the row.
    ///
    /// A level that cannot be read, as `Level ?`, stays in the metadata, and a tag tells.
    private func make(
        _ prompt: String, _ answer: String, levelIn field: String, used: Set<String>,
        tags: [String]
    ) -> Problem {
        let level = ProblemImporter.level(row[field])
        let isUnreadable = level == nil && row[field].map { $0 != .null } ?? false
        return make(
            prompt, answer, level: level, used: isUnreadable ? used : used.union([field]),
            tags: isUnreadable ? tags + [ProblemImporter.unreadableLevel] : tags)
    }

    /// A text prompt, or the contents of its messages.
    private static func promptText(_ value: JSONValue) -> String? {
        if let text = value.string { return text }
        guard let messages = value.array, !messages.isEmpty else { return nil }
        let contents = messages.compactMap(messageText)
        return contents.count == messages.count ? contents.joined(separator: "\n") : nil
    }

    /// The text of a message, also where it comes in parts.
    private static func messageText(_ message: JSONValue) -> String? {
        if let text = message["content"]?.string ?? message["value"]?.string { return text }
        guard let parts = message["content"]?.array, !parts.isEmpty else { return nil }
        let texts = parts.compactMap { $0["text"]?.string }
        return texts.count == parts.count ? texts.joined() : nil
    }
}

extension JSONValue {
    /// The value in a message, cut where it is long.
    var shown: String {
        let text = serialized()
        return text.count > 60 ? "\(text.prefix(60))…" : text
    }
}
