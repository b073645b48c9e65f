import Rollouts

/// Finds the completions, gold answer and labels in rows of the shapes that data sets and trainers
/// use.
struct RowShape {
    static let goldPaths = [
        "reward_model.ground_truth", "ground_truth", "answer", "solution", "expected_answer",
        "final_answer", "label", "gts", "target",
    ]
    private static let manyKeys = ["completions", "responses", "outputs", "generations", "samples"]
    private static let oneKeys = [
        "completion", "response", "output", "generation", "generated_text", "solution_str",
        "prediction",
    ]
    private static let countKeys = [
        "tokens", "token_count", "completion_tokens", "completion_length",
    ]
    private static let idKeys = ["completion_ids", "token_ids"]
    private static let promptKeys = ["prompt", "question", "problem", "query", "input"]
    private static let idPaths = [
        "id", "uid", "task_id", "question_id", "problem_id", "example_id", "doc_id", "index",
        "extra_info.index",
    ]

    /// The names that the spec gives.
    let fields: RewardSpec.Fields

    /// The completions of `row`; at least one.
    func samples(in row: JSONValue, line: Int) -> [RowSample] {
        let id = id(of: row) ?? "line-\(line)"
        guard case .object(let members) = row else {
            return [Self.failed(id, .notAnObject)]
        }
        let gold = gold(of: row)
        let prompt = prompt(of: row)
        let texts = completions(of: row, members)
        guard !texts.isEmpty else {
            return [Self.failed(id, .noCompletion(keys: Array(members.keys)), gold: gold)]
        }
        return texts.enumerated().map { index, found in
            let facts = facts(of: row, index: index, of: texts.count, own: found.facts)
            let input = ScoringInput(
                prompt: found.prompt ?? prompt, completion: found.text ?? "", gold: gold,
                tokenCount: facts.tokens, truncated: facts.truncated, fields: members)
            return RowSample(
                id: found.model.map { "\(id)/\($0)" } ?? id, sample: index, input: input,
                label: facts.label, fault: found.text == nil ? .completionIsNoText : nil)
        }
    }

    /// A sample that stands for a row which cannot be scored.
    static func failed(_ id: String, _ fault: RowFault, gold: String? = nil) -> RowSample {
        RowSample(
            id: id, sample: 0, input: ScoringInput(completion: "", gold: gold), label: nil,
            fault: fault)
    }

    /// The id that the row gives itself, or nil.
    func id(of row: JSONValue) -> String? {
        let paths = fields.id.map { [$0] } ?? Self.idPaths
        return paths.lazy.compactMap { row[path: $0]?.scalarText }.first
    }

    // MARK: Gold and prompt

    private func gold(of row: JSONValue) -> String? {
        for path in fields.gold.map({ [$0] }) ?? Self.goldPaths {
            guard let value = row[path: path] else { continue }
            // TRL's `label: true` says whether the completion is good; it is no answer.
            if path == "label", case .bool = value { continue }
            if let text = value.scalarText { return text }
            if let only = value.array, only.count == 1, let text = only[0].scalarText {
                return text
            }
            // A task with several parts, such as a target and numbers, and a list of answers are
            // gold as JSON text.
            switch value {
            case .object, .array: return value.serialized()
            default: continue
            }
        }
        return nil
    }

    private func prompt(of row: JSONValue) -> String? {
        for path in fields.prompt.map({ [$0] }) ?? Self.promptKeys {
            if let text = row[path: path].flatMap({ Messages.text(of: $0, role: "user") }) {
                return text
            }
        }
        return nil
    }

    // MARK: Completions

    private struct Found {
        var text: String?
        var prompt: String?
        var model: String?
        /// An object of its own beside the text, where tokens and labels may stand.
        var facts: JSONValue?
    }

    private func completions(of row: JSONValue, _ members: [String: JSONValue]) -> [Found] {
        if let path = fields.completion {
            return row[path: path].map { Self.several($0) } ?? []
        }
        for key in Self.manyKeys {
            if let value = members[key], value != .null { return Self.several(value) }
        }
        for key in Self.oneKeys {
            guard let value = members[key], value != .null else { continue }
            let isList = value.array?.contains { $0.string != nil } ?? false
            return isList ? Self.several(value) : [Self.one(value)]
        }
        if let chosen = members["chosen"], let rejected = members["rejected"] {
            return [Self.one(chosen), Self.one(rejected)]
        }
        if let messages = members["messages"]?.array, let last = messages.last,
            last["role"]?.string == "assistant"
        {
            let before = JSONValue.array(Array(messages.dropLast()))
            return [
                Found(
                    text: Messages.text(of: last), prompt: Messages.text(of: before, role: "user"))
            ]
        }
        return members.keys.sorted().compactMap { name in
            guard let member = members[name], let text = member["solution"]?.string,
                member["is_correct"] != nil
            else { return nil }
            return Found(text: text, model: name, facts: member)
        }
    }

    /// A list of completions; a list of messages with roles under a singular name is one.
    private static func several(_ value: JSONValue) -> [Found] {
        guard let elements = value.array else { return [one(value)] }
        return elements.map { one($0) }
    }

    private static func one(_ value: JSONValue) -> Found {
        var found = Found(text: Messages.text(of: value))
        if case .object = value { found.facts = value }
        return found
    }

    // MARK: Tokens, truncation, labels

    private func facts(
        of row: JSONValue, index: Int, of count: Int, own: JSONValue?
    ) -> (tokens: Int?, truncated: Bool, label: Bool?) {
        /// The member of the completion's own object, or the row's; a list has one a completion.
        func member(_ key: String) -> JSONValue? {
            if let value = own?[path: key] { return value }
            guard let value = row[path: key] else { return nil }
            if let elements = value.array, elements.count == count, count > 1 {
                return elements[index]
            }
            return value
        }
        func tokens() -> Int? {
            for key in fields.tokens.map({ [$0] }) ?? Self.countKeys {
                guard let value = member(key) else { continue }
                if let count = (value.array?.count == 1 ? value.array?[0] : value)?.int {
                    return count >= 0 ? count : nil
                }
            }
            for key in Self.idKeys where fields.tokens == nil {
                guard let ids = member(key)?.array else { continue }
                if let inner = ids.first?.array { return ids.count == 1 ? inner.count : nil }
                if ids.allSatisfy({ $0.int != nil }) { return ids.count }
            }
            return nil
        }
        func flag(_ keys: [String]) -> Bool? {
            for key in keys {
                switch member(key) {
                case .bool(let value): return value
                case .array(let elements) where elements.count == 1:
                    if case .bool(let value) = elements[0] { return value }
                default: continue
                }
            }
            return nil
        }
        let cut = ["finish_reason", "stop_reason"].contains { key in
            let reason = member(key)
            return (reason?.array?.count == 1 ? reason?.array?[0] : reason)?.string == "length"
        }
        return (
            tokens(), flag(["truncated", "is_truncated"]) ?? cut,
            flag(["is_correct", "correct", "label", "labels"])
        )
    }
}
