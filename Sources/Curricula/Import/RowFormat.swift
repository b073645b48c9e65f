import Foundation
public import Rollouts

/// The row shapes that problems come in.
public enum RowFormat: String, Sendable, CaseIterable {
    /// Ours: `id`, `prompt`, `answer`, `level`, `tags`, `metadata`.
    case plain
    /// `question`, and `answer` as a worked solution ending in `#### n`.
    case gsm8k
    /// `problem`, `level` such as "Level 5", `type`, `solution` with the answer in a box.
    case math
    /// `prompt` as messages, `reward_model.ground_truth`: verl and DAPO.
    case verl
    /// `prompt` as text or messages, `query` or `messages`, beside a gold field of any usual name.
    case trl
    /// `problem`, `answer`, and perhaps `source`, `domain` and solve rates such as
    /// `llama8b_solve_rate`.
    case bigMath = "big_math"
    /// `problem`, `answer` and a worked `solution`.
    case deepScaleR = "deepscaler"
    /// `problem`, `answer`, `difficulty` such as "5.0", `type`.
    case rllm
    /// Two messages, the question and its `ground_truth.value`; or `prompt` as `from` and `value`
    /// beside `final_answer`.
    case orz
    /// `question`, `answer`, `metadata.source_dataset`.
    case reasoningGym = "reasoning_gym"
    /// `responses_create_params.input` as messages, `expected_answer`.
    case nemoGym = "nemo_gym"
    /// A record of `assay score`: it holds no problem, only what became of one.
    case scored

    /// All names, for messages.
    public static var names: String { allCases.map(\.rawValue).joined(separator: ", ") }

    /// The shape of a row, by the fields that it has.
    public static func recognise(_ row: JSONValue) -> RowFormat? {
        if row.array != nil { return .orz }
        if row["responses_create_params"] != nil { return .nemoGym }
        if row["reward_model"]?["ground_truth"] != nil { return .verl }
        if row["config_sha256"] != nil, row["acc"] != nil, row["sample"] != nil { return .scored }
        if row["question"] != nil { return recogniseQuestion(row) }
        if row["problem"] != nil { return recogniseProblem(row) }
        if row["prompt"]?.string != nil, row["answer"] != nil { return .plain }
        if row["final_answer"] != nil, row["prompt"]?.array?.first?["from"] != nil { return .orz }
        let asks = row["prompt"] != nil || row["query"] != nil || row["messages"]?.array != nil
        if asks, GoldField.find(in: row) != nil { return .trl }
        return nil
    }

    private static func recogniseQuestion(_ row: JSONValue) -> RowFormat? {
        if row["metadata"]?["source_dataset"] != nil { return .reasoningGym }
        return row["answer"]?.string?.contains("####") == true ? .gsm8k : nil
    }

    private static func recogniseProblem(_ row: JSONValue) -> RowFormat? {
        guard row["answer"] != nil else { return row["solution"] != nil ? .math : nil }
        if row["difficulty"] != nil { return .rllm }
        return row["solution"] != nil && row["source"] == nil ? .deepScaleR : .bigMath
    }
}

/// Where rows keep the gold answer.
enum GoldField {
    /// Names that engines and data sets use, strongest first.
    static let aliases = [
        "ground_truth", "answer", "solution", "expected_answer", "final_answer", "label", "gts",
        "target",
    ]

    /// The first of them that holds a scalar.
    static func find(in row: JSONValue) -> (name: String, text: String)? {
        for name in aliases {
            // TRL's `label: true` says whether a completion is good; it is no answer.
            if name == "label", case .bool? = row[name] { continue }
            if let text = row[name]?.scalarText, !text.isEmpty { return (name, text) }
        }
        return nil
    }

    /// What stands after the last `####`, thousands commas removed.
    static func afterHashes(_ solution: String) -> String? {
        guard let mark = solution.range(of: "####", options: .backwards) else { return nil }
        let text = solution[mark.upperBound...].trimmingCharacters(in: .whitespacesAndNewlines)
        return text.isEmpty ? nil : text.replacing(",", with: "")
    }

    /// The content of the last complete `\boxed{…}`.
    static func lastBox(_ solution: String) -> String? {
        let bytes = Array(solution.utf8)
        let mark = Array("\\boxed{".utf8)
        guard bytes.count > mark.count else { return nil }
        // Where a brace opens that never closes, no earlier box holds it either: each search ends
        // where the one behind it began, so that hostile text takes linear time.
        var (start, limit) = (bytes.count - mark.count, bytes.count)
        while start >= 0 {
            if bytes[start..<start + mark.count].elementsEqual(mark) {
                let content = start + mark.count
                if let end = closingBrace(bytes[content..<limit]) {
                    return end > content
                        ? String(decoding: bytes[content..<end], as: UTF8.self) : nil
                }
                limit = start
            }
            start -= 1
        }
        return nil
    }

    private static func closingBrace(_ bytes: ArraySlice<UInt8>) -> Int? {
        var depth = 1
        var index = bytes.startIndex
        while index < bytes.endIndex {
            switch bytes[index] {
            case UInt8(ascii: "\\"): index += 1
            case UInt8(ascii: "{"): depth += 1
            case UInt8(ascii: "}"): depth -= 1
            default: break
            }
            if depth == 0 { return index }
            index += 1
        }
        return nil
    }
}
