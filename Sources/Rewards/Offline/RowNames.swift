import Rollouts

/// A name under which rows may keep something: a member, or a dotted path that begins at one.
struct RowName {
    /// As it is written.
    let path: String
    /// Of the member that the path begins with.
    let bit: UInt64

    /// Names that are looked for in their order.
    static func list(_ paths: [String]) -> [RowName] {
        paths.map { path in
            let first = path.prefix { $0 != "." }
            return RowName(path: path, bit: bits[String(first)] ?? ~0)
        }
    }

    /// A bit for each member that some name begins with.
    private static let bits: [String: UInt64] = {
        let all = [
            "reward_model", "ground_truth", "answer", "solution", "expected_answer", "final_answer",
            "label", "gts", "target", "completions", "responses", "outputs", "generations",
            "samples", "completion", "response", "output", "generation", "generated_text",
            "solution_str", "prediction", "tokens", "token_count", "completion_tokens",
            "completion_length", "completion_ids", "token_ids", "prompt", "question", "problem",
            "query", "input", "id", "uid", "task_id", "question_id", "problem_id", "example_id",
            "doc_id", "index", "extra_info", "finish_reason", "stop_reason", "truncated",
            "is_truncated", "is_correct", "correct", "labels",
        ]
        precondition(all.count <= 64)
        return Dictionary(
            uniqueKeysWithValues: all.enumerated().map { ($0.element, 1 << UInt64($0.offset)) })
    }()

    /// The bits of the members that an object has.
    ///
    /// A row has few members and each thing many names: each member is looked up once, and of every
    /// name only a bit is tested.
    static func bits(of row: JSONValue) -> UInt64 {
        guard case .object(let members) = row else { return 0 }
        return members.keys.reduce(0) { $0 | (bits[$1] ?? 0) }
    }
}
