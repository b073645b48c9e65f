import Foundation
import Rollouts
import Testing

@testable import Rewards

/// Programs in sh: what they print decides.
@Suite struct ProcessRewardTests {
    /// A scorer whose program runs `body` for each line, with the id in `$id` and the line in `$line`.
    private func grader(_ body: String, _ settings: String = "") throws -> RewardScorer {
        let path = NSTemporaryDirectory() + "assay-\(UUID().uuidString).sh"
        let script = """
            while IFS= read -r line; do
              id=$(printf '%s' "$line" | sed 's/.*"id":\\([0-9]*\\).*/\\1/')
              \(body)
            done
            """
        try script.write(toFile: path, atomically: true, encoding: .utf8)
        return try scorer(
            "name: s\nrewards: [{type: process, run: [sh, '\(path)']\(settings)}]\noutcome: process\n"
        )
    }

    private func inputs(_ texts: [String]) -> [ScoringInput] {
        texts.map { ScoringInput(completion: $0, gold: "7") }
    }

    @Test("values come back in order, from several workers")
    func values() throws {
        let grader = try grader(
            #"case "$line" in *right*) v=1;; *) v=0;; esac; echo "{\"id\":$id,\"value\":$v,\"reason\":\"seen\"}""#,
            ", workers: 3")
        let texts = (0..<40).map { $0 % 3 == 0 ? "right" : "\($0)\n\"quoted\" é" }
        let scores = grader.score(batch: [inputs(Array(texts[..<10])), inputs(Array(texts[10...]))])
        #expect(scores.map(\.count) == [10, 30])
        let found = scores.joined().map(\.outcome)
        #expect(found == texts.map { $0 == "right" ? 1 : 0 })
        #expect(scores[0][0].reason == "seen")
    }

    @Test("a crash, a hang or nonsense costs one completion its value and nothing else")
    func faults() throws {
        let grader = try grader(
            """
            case "$line" in
              *crash*) exit 3;; *hang*) sleep 60;; *garbage*) echo 'hello';;
              *alien*) echo '{"id":0,"value":1}';; *nan*) echo "{\\"id\\":$id,\\"value\\":NaN}";;
              *huge*) echo "{\\"id\\":$id,\\"value\\":5}";;
              *skip*) echo "{\\"id\\":$id,\\"value\\":null,\\"status\\":\\"abstain\\"}";;
              *) echo "{\\"id\\":$id,\\"value\\":1}";;
            esac
            """, ", workers: 1, timeout_seconds: 0.5")
        let texts = [
            "a", "crash", "b", "hang", "c", "garbage", "d", "alien", "nan", "huge", "skip", "e",
        ]
        let scores = grader.score(inputs(texts))
        let wanted: [ScoreStatus] = [
            .scored, .infrastructureError, .scored, .timeout, .scored, .infrastructureError,
            .scored,
            .infrastructureError, .infrastructureError, .infrastructureError, .abstain, .scored,
        ]
        #expect(scores.map(\.status) == wanted)
        for score in scores { #expect((score.reward != nil) == (score.status == .scored)) }
    }

    @Test("a program that never starts, or dies at once, is not started for ever")
    func restarts() throws {
        let missing = try scorer(
            "name: s\nrewards: [{type: process, run: [/no/such/program]}]\noutcome: process\n")
        #expect(missing.score(inputs(["a"]))[0].reason.contains("cannot start"))
        let dying = try scorer(
            "name: s\nrewards: [{type: process, run: ['false'], workers: 1, restarts: 2}]\noutcome: process\n"
        )
        let scores = dying.score(inputs(Array(repeating: "a", count: 6)))
        #expect(scores.allSatisfy { $0.status == .infrastructureError && $0.reward == nil })
        #expect(scores[5].reason.contains("not started again"))
    }

    @Test("a completion larger than any buffer goes through, and a deaf program is given up")
    func large() throws {
        let grader = try grader(#"echo "{\"id\":$id,\"value\":1}""#, ", workers: 1")
        let text = String(repeating: "x", count: 3 << 20)
        #expect(grader.score(inputs([text]))[0].outcome == 1)
        let deaf = try scorer(
            "name: s\nrewards: [{type: process, run: [sleep, '60'], timeout_seconds: 0.3}]\noutcome: process\n"
        )
        #expect(deaf.score(inputs([text]))[0].status == .timeout)
    }

    @Test(
        "settings that make no sense are refused",
        arguments: [
            "run: []", "run: ['']", "workers: 2", "run: [sh], timeout_seconds: 0",
            "run: [sh], workers: 0",
            "run: [sh], range: [1, 0]", "run: sh",
        ])
    func refusals(_ settings: String) {
        #expect(
            specError("name: s\nrewards: [{type: process, \(settings)}]\noutcome: process\n") != nil
        )
    }
}
