import Foundation
import MathAnswers
public import Rewards
import Rollouts

/// Answers scoring requests: bytes in, bytes out, no transport and no state but the specs.
///
/// | request | body | answer |
/// | --- | --- | --- |
/// | `GET /health` | – | `{"status":"ok"}` |
/// | `POST /v1/score/SPEC` | JSON lines, in any row shape that `assay score` reads | a record a line |
/// | `POST /v1/check` | `{"gold":…,"answer":…}` | the verdict |
///
/// Bad input is answered with a 4xx and a reason, never with a 5xx.
public struct ScoringService: Sendable {
    /// A reply to one request.
    public struct Response: Sendable, Equatable {
        /// HTTP status code.
        public var status: Int
        /// Media type of the body.
        public var contentType: String
        /// The body in UTF-8.
        public var body: String
    }

    private let scorers: [String: OfflineScorer]
    private let verifier = MathVerifier()

    /// A service with one scorer a spec, by the spec's name.
    ///
    /// - Throws: what makes a spec unusable.
    public init(_ specs: [RewardSpec]) throws(RewardError) {
        var scorers: [String: OfflineScorer] = [:]
        for spec in specs { scorers[spec.name] = OfflineScorer(try RewardScorer(spec)) }
        self.scorers = scorers
    }

    /// The reply to one request; never throws.
    public func respond(method: String, path: String, body: [UInt8]) -> Response {
        let parts = path.split(separator: "/").map(String.init)
        switch (method, parts.first, parts.dropFirst().first, parts.count) {
        case ("GET", "health", nil, 1):
            return Response(status: 200, contentType: "application/json", body: #"{"status":"ok"}"#)
        case ("POST", "v1", "check", 2): return check(body)
        case ("POST", "v1", "score", 3): return score(spec: parts[2], body)
        default: return fault(404, "no such endpoint: \(method) \(path)")
        }
    }

    private func score(spec: String, _ body: [UInt8]) -> Response {
        guard let scorer = scorers[spec] else {
            let known = scorers.keys.sorted().joined(separator: ", ")
            return fault(404, "no spec named \(spec); there are: \(known)")
        }
        let lines = scorer.records(rows: body, named: "request")
        return Response(
            status: 200, contentType: "application/jsonl",
            body: lines.map { $0 + "\n" }.joined())
    }

    private func check(_ body: [UInt8]) -> Response {
        guard let row = try? JSONValue.parse(Data(body)), let gold = row["gold"]?.scalarText,
            let answer = row["answer"]?.scalarText
        else { return fault(400, "expected a JSON object with gold and answer as text") }
        let verdict = verifier.check(verifier.compile(gold: gold), answer: answer)
        let record: JSONValue = .object([
            "verdict": .string(verdict.kind.rawValue), "reason": .string(verdict.reason),
            "extracted": verdict.extracted.map { .string($0) } ?? .null,
            "gold": .string(verdict.gold),
            "answer": verdict.answer.map { .string($0) } ?? .null,
        ])
        return Response(
            status: 200, contentType: "application/json", body: record.serialized())
    }

    private func fault(_ status: Int, _ reason: String) -> Response {
        Response(
            status: status, contentType: "application/json",
            body: JSONValue.object(["error": .string(reason)]).serialized())
    }
}
