import Rollouts

/// What a server says of a completion: a reward model, or a grader that runs elsewhere.
///
/// One POST of JSON a completion, several at once. A server that fails, hangs or answers something
/// else gives the completion a status, never a value.
public struct HTTPReward: RewardFunction {
    /// `http`.
    public static let type = "http"

    /// What is sent, and where the value stands in the answer.
    enum Shape: String, CaseIterable {
        /// The members of a row, as `process` has them; `{"value", "status", "reason", "pred"}`.
        case assay
        /// `{"query": [prompt + completion], "prompts": […], "labels": […]}`; `{"rewards": [x]}`.
        case openrlhf
        /// `{"prompt", "response", "label"}`; a number, or a member of an object.
        case slime
    }

    private let shape: Shape
    private let valuePath: String?
    private let range: ClosedRange<Double>
    private let client: HTTPClient
    private let lanes: Lanes

    /// Within the stated range; a server decides.
    public var traits: RewardTraits { RewardTraits(range: range, basis: .external) }

    /// Reads `url`, `shape`, `value`: the dotted path of the value in the answer, `range`, `headers`,
    /// `timeout_seconds`, `attempts`, `pause_seconds` and `concurrency`.
    public init(_ settings: inout SpecReader) throws(RewardError) {
        (client, lanes) = try settings.server()
        shape = try settings.choice("shape", default: .assay)
        valuePath = try settings.string("value")
        range = try settings.range("range") ?? 0...1
    }

    /// Asks for all completions, as many at once as `concurrency` says.
    public func score(batch: [[ScoringInput]]) -> [[RewardResult]] {
        lanes.map(batch) { ask($0) }
    }

    /// One group as a batch.
    public func score(group: [ScoringInput]) -> [RewardResult] { score(batch: [group])[0] }

    private func ask(_ input: ScoringInput) -> RewardResult {
        let answer: JSONValue
        do {
            answer = try client.post(request(input))
        } catch {
            return .unscored(error.status, error.reason)
        }
        var result = ExternalAnswer.result(
            answer, value: value(of: answer), in: range, of: "server")
        result.reason = client.redacting(result.reason)
        result.extracted = result.extracted.map(client.redacting)
        return result
    }

    private func request(_ input: ScoringInput) -> JSONValue {
        let gold = input.gold.map { JSONValue.string($0) } ?? .null
        let prompt = input.prompt ?? ""
        switch shape {
        case .assay: return .object(ExternalAnswer.request(input))
        case .openrlhf:
            return .object([
                "query": .array([.string(prompt + input.completion)]),
                "prompts": .array([.string(prompt)]), "labels": .array([gold]),
            ])
        case .slime:
            return .object([
                "prompt": .string(prompt), "response": .string(input.completion), "label": gold,
            ])
        }
    }

    private func value(of answer: JSONValue) -> JSONValue? {
        if let valuePath { return answer[path: valuePath] }
        switch shape {
        case .assay: return answer["value"]
        case .slime: return answer.double == nil ? answer["value"] ?? answer["score"] : answer
        case .openrlhf:
            guard case .array(let values)? = answer["rewards"], values.count == 1 else {
                return answer["rewards"]
            }
            return values[0]
        }
    }
}
