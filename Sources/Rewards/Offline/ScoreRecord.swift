import Rollouts

/// One line of the output: a score with what identifies it; every record has the same keys.
struct ScoreRecord {
    var sample: RowSample
    var score: Score

    /// The record as a line of JSON without its end.
    func line(verifier: String, configHash: String) -> String {
        var out = ""
        out.reserveCapacity(512)
        func member(_ key: String, _ value: String) {
            out += out.isEmpty ? "{" : ","
            out += "\"\(key)\":\(value)"
        }
        member("id", Self.quoted(sample.id))
        member("sample", "\(sample.sample)")
        member("reward", Self.number(score.reward))
        member("score", Self.number(score.outcome))
        member("acc", score.isCorrect.map { $0 ? "true" : "false" } ?? "null")
        member("status", Self.quoted(score.status.rawValue))
        member("mask", score.reward == nil ? "true" : "false")
        member("components", components())
        member("pred", score.extracted.map(Self.quoted) ?? "null")
        member("gold", sample.input.gold.map(Self.quoted) ?? "null")
        member("reason", Self.quoted(score.reason))
        member("verifier", Self.quoted(verifier))
        member("config_sha256", Self.quoted(configHash))
        member("tokens", sample.input.tokenCount.map { "\($0)" } ?? "null")
        member("truncated", sample.input.truncated ? "true" : "false")
        return out + "}"
    }

    private func components() -> String {
        var out = "{"
        for component in score.components {
            if out.utf8.count > 1 { out += "," }
            out += "\(Self.quoted(component.name)):{\"value\":\(Self.number(component.value))"
            out += ",\"weight\":\(Self.number(component.weight))"
            out += ",\"status\":\(Self.quoted(component.status.rawValue))"
            out += ",\"reason\":\(Self.quoted(component.reason))}"
        }
        return out + "}"
    }

    private static func quoted(_ text: String) -> String {
        var out = ""
        JSONValue.quote(text, to: &out)
        return out
    }

    private static func number(_ value: Double?) -> String {
        guard let value, value.isFinite else { return "null" }
        return "\(value)"
    }
}
