import Foundation
import Rewards
import Rollouts
import Serving
import Testing

@Suite struct ScoringServiceTests {
    private func service() throws -> ScoringService {
        let yaml = """
            name: plain
            version: "1"
            rewards:
              - name: math
                type: math
                weight: 1
            combine: weighted_sum
            outcome: math
            examples:
              - gold: "12"
                completion: "<answer>12</answer>"
                expect: {math: 1}
            """
        return try ScoringService([RewardSpec.parse(yaml: yaml, file: "plain.yaml")])
    }

    @Test("rows are answered with a record each, bad ones included")
    func score() throws {
        let rows = """
            {"id":"a","completion":"<answer>12</answer>","answer":"12"}
            not json
            {"id":"b","completion":"<answer>13</answer>","answer":"12"}
            """
        let reply = try service().respond(
            method: "POST", path: "/v1/score/plain", body: Array(rows.utf8))
        let records = try reply.body.split(separator: "\n").map {
            try JSONValue.parse(Data($0.utf8))
        }
        #expect(reply.status == 200 && records.count == 3)
        #expect(records[0]["acc"] == true && records[2]["acc"] == false)
        #expect(records[1]["reward"] == .null)
    }

    @Test("a pair is checked")
    func check() throws {
        let reply = try service().respond(
            method: "POST", path: "/v1/check",
            body: Array(#"{"gold":"1/2","answer":"0.5"}"#.utf8))
        #expect(reply.status == 200)
        #expect(try JSONValue.parse(Data(reply.body.utf8))["verdict"] == "equal")
    }

    @Test(
        "bad requests are the client's fault",
        arguments: [
            ("GET", "/", 404), ("POST", "/v1/score/none", 404), ("POST", "/v1/check", 400),
            ("DELETE", "/v1/check", 404), ("GET", "/health/x", 404),
        ])
    func bad(method: String, path: String, status: Int) throws {
        let reply = try service().respond(method: method, path: path, body: [0xFF, 0])
        #expect(reply.status == status)
    }
}
