public import Rollouts

/// Row shapes that problems are written in.
public enum ExportFormat: String, Sendable, CaseIterable {
    case plain, verl, trl
    case nemoGym = "nemo_gym"
}

extension Problem {
    /// The problem as one line of JSON without its line feed.
    ///
    /// Every shape keeps id, level, tags and metadata, so that importing gives the same problem.
    public func row(_ format: ExportFormat, split: Split) -> String {
        let messages: JSONValue = .array([
            .object(["role": "user", "content": .string(prompt)])
        ])
        var members: [String: JSONValue] = [
            "id": .string(id), "level": level.map { .integer(Int64($0)) } ?? .null,
            "tags": .array(tags.map { .string($0) }), "metadata": .object(metadata),
        ]
        switch format {
        case .plain:
            members["prompt"] = .string(prompt)
            members["answer"] = .string(answer)
        case .verl:
            members["split"] = .string(split.rawValue)
            members = [
                "data_source": .string(tags.first ?? "assay"), "prompt": messages,
                "ability": "math",
                "reward_model": .object(["style": "rule", "ground_truth": .string(answer)]),
                "extra_info": .object(members),
            ]
        case .trl:
            members["prompt"] = messages
            members["answer"] = .string(answer)
        case .nemoGym:
            members["responses_create_params"] = .object(["input": messages])
            members["expected_answer"] = .string(answer)
        }
        return JSONValue.object(members).serialized()
    }
}
