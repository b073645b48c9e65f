import AssayC
import Foundation
import Testing

@Suite struct AssayCTests {
    private func check(_ gold: String, _ answer: String) -> Int32 {
        let (gold, answer) = (Array(gold.utf8), Array(answer.utf8))
        return assayCheck(gold, gold.count, answer, answer.count)
    }

    @Test("verdicts cross the boundary")
    func verdicts() {
        #expect(check("1/2", "so \\boxed{0.5}") == 1)
        #expect(check("1/2", "\\boxed{0.6}") == 0)
        #expect(check("", "1") == -1)
        #expect(assayCheck(nil, 0, nil, 0) == -1)
    }

    @Test("a spec that cannot be read is said so")
    func badSpec() throws {
        let reply = assayScore("/no/such/spec.yaml", nil, 0)
        defer { assayFree(reply) }
        let text = try #require(reply.map { String(cString: $0) })
        #expect(text.contains("\"error\"") && text.contains("\"remedy\""))
    }
}
