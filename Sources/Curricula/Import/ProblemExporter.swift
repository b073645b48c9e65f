public import Rollouts

/// Row shapes that problems are written in.
public enum ExportFormat: String, Sendable, CaseIterable {
    case plain, verl, trl
}

extension Problem {
    /// The problem as one line of JSON without its line feed.
    public func row(_ format: ExportFormat, split: Split) -> String {
        let message: JSONValue = .array([
            .object(["role": "user", "content": .string(prompt)])
        ])
        var extra = metadata
        extra["level"] = level.map { .integer(Int64($0)) } ?? .null
        extra["id"] = .string(id)
        switch format {
        case .plain:
            return JSONValue.object([
                "id": .string(id), "prompt": .string(prompt), "answer": .string(answer),
                "level": level.map { .integer(Int64($0)) } ?? .null,
                "tags": .array(tags.map { .string($0) }), "metadata": .object(metadata),
            ]).serialized()
        case .verl:
            extra["split"] = .string(split.rawValue)
            return JSONValue.object([
                "data_source": .string(tags.first ?? "assay"), "prompt": message,
                "ability": "math",
                "reward_model": .object(["style": "rule", "ground_truth": .string(answer)]),
                "extra_info": .object(extra),
            ]).serialized()
        case .trl:
            return JSONValue.object([
                "prompt": message, "answer": .string(answer), "id": .string(id),
                "level": level.map { .integer(Int64($0)) } ?? .null,
            ]).serialized()
        }
    }
}
