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
    /// `prompt` as text or messages beside a gold field of any usual name.
    case trl
    /// `problem`, `answer`, and perhaps `llama8b_solve_rate` or `difficulty`.
    case bigMath = "big_math"
    /// `question`, `answer`, `metadata.source_dataset`.
    case reasoningGym = "reasoning_gym"

    /// All names, for messages.
    public static var names: String { allCases.map(\.rawValue).joined(separator: ", ") }

    /// The shape of a row, by the fields that it has.
    public static func recognise(_ row: JSONValue) -> RowFormat? {
        if row["reward_model"]?["ground_truth"] != nil { return .verl }
        if row["question"] != nil, row["metadata"]?["source_dataset"] != nil {
            return .reasoningGym
        }
        if row["question"] != nil, row["answer"]?.string?.contains("####") == true {
            return .gsm8k
        }
        if row["problem"] != nil {
            if row["answer"] != nil { return .bigMath }
            return row["solution"] != nil ? .math : nil
        }
        if row["prompt"]?.string != nil, row["answer"] != nil { return .plain }
        if row["prompt"] != nil, GoldField.find(in: row) != nil { return .trl }
        return nil
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
        var start = bytes.count - mark.count
        while start >= 0 {
            if bytes[start..<start + mark.count].elementsEqual(mark),
                let end = closingBrace(bytes, from: start + mark.count)
            {
                let content = String(decoding: bytes[start + mark.count..<end], as: UTF8.self)
                return content.isEmpty ? nil : content
            }
            start -= 1
        }
        return nil
    }

    private static func closingBrace(_ bytes: [UInt8], from start: Int) -> Int? {
        var depth = 1
        var index = start
        while index < bytes.count {
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
