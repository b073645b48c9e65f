import Rollouts

/// What programs and servers are told of a completion, and how their answers are read.
enum ExternalAnswer {
    /// The members of a row.
    static func request(_ input: ScoringInput) -> [String: JSONValue] {
        [
            "prompt": input.prompt.map { .string($0) } ?? .null,
            "completion": .string(input.completion),
            "gold": input.gold.map { .string($0) } ?? .null,
            "tokens": input.tokenCount.map { .integer(Int64($0)) } ?? .null,
            "truncated": .bool(input.truncated), "fields": .object(input.fields),
        ]
    }

    /// The result that an answer stands for; a value that is null has a status, and one that is
    /// missing or outside of `range` is a fault of `who`.
    static func result(
        _ answer: JSONValue, value: JSONValue?, in range: ClosedRange<Double>, of who: String
    ) -> RewardResult {
        let status = answer["status"]?.string.flatMap { ScoreStatus(rawValue: $0) }
        let reason = answer["reason"]?.string
        // Whoever reports a fault of its own has no value, whatever else stands there.
        if let status, !status.carriesValue {
            return .unscored(status, reason ?? "the \(who) says so")
        }
        switch value {
        case nil:
            let text = answer.serialized().prefix(80)
            return .unscored(.infrastructureError, "the \(who) gave no value: \(text)")
        case .null?:
            return .unscored(.abstain, reason ?? "the \(who) gave no opinion")
        case let found?:
            guard let value = found.double, value.isFinite else {
                let text = found.serialized().prefix(80)
                return .unscored(.infrastructureError, "the \(who)'s value is no number: \(text)")
            }
            guard range.contains(value) else {
                return .unscored(
                    .infrastructureError, "the \(who) gave \(value), outside of its range")
            }
            return RewardResult(
                value: value, status: status ?? .scored,
                reason: reason ?? "the \(who)'s value", extracted: answer["pred"]?.string)
        }
    }
}
