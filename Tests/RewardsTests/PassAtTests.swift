import Foundation
import Rollouts
import Testing

@testable import Rewards

@Suite struct PassAtTests {
    @Test("pass@k is the share of all choices of k that hold a right one")
    func choices() {
        for n in 1...9 {
            for c in 0...n {
                for k in 1...n {
                    var (hits, all) = (0, 0)
                    for set in 0..<(1 << n) where set.nonzeroBitCount == k {
                        all += 1
                        // The first c completions are the right ones.
                        if set & ((1 << c) - 1) != 0 { hits += 1 }
                    }
                    let found = ScoringSummary.passAt(k, of: n, right: c)
                    #expect(abs(found - Double(hits) / Double(all)) < 1e-12, "\(n) \(c) \(k)")
                }
            }
        }
    }

    @Test("the summary tells pass@k and accuracy by level, whatever the number of jobs")
    func summary() async throws {
        var text = ""
        for row in 0..<300 {
            let answers = (0..<4).map { "\"#### \((row + $0) % 3)\"" }.joined(separator: ",")
            text +=
                "{\"id\":\"r\(row)\",\"level\":\(row % 3),\"completions\":[\(answers)],\"answer\":\"1\"}\n"
        }
        let one = try await scoreText(Array(text.utf8), jobs: 1).summary
        let many = try await scoreText(Array(text.utf8), jobs: 4).summary
        #expect(one.withoutTimes == many.withoutTimes)
        #expect(one.passAt.keys.sorted() == [1, 2, 4])
        #expect(one.passAt[4]?.value == 1 && one.passAt[1]?.count == 300)
        #expect(one.passAt[1]?.value.map { abs($0 - 1.0 / 3) < 0.01 } == true)
        let levels = try #require(one.breakdown["level"])
        #expect(levels.keys.sorted() == ["0", "1", "2"])
        #expect(levels.values.allSatisfy { $0.count == 400 })
        let again = try JSONDecoder().decode(
            ScoringSummary.self, from: try JSONEncoder().encode(one))
        #expect(again == one)
    }

    @Test("rows of one id in a row are one problem, for pass@k and for what compares a group")
    func splitRows() async throws {
        // 300 problems of 4 completions, once four a row and once one a row.
        var (together, apart) = ("", "")
        for problem in 0..<300 {
            let texts = (0..<4).map { sample in
                #"\\boxed{\#((problem + sample) % 3)}\#(String(repeating: "x", count: sample * 7))"#
            }
            let list = texts.map { "\"\($0)\"" }.joined(separator: ",")
            together += #"{"id":"p\#(problem)","completions":[\#(list)],"answer":"1"}"# + "\n"
            for text in texts {
                apart += #"{"id":"p\#(problem)","completion":"\#(text)","answer":"1"}"# + "\n"
            }
        }
        let spec = """
            name: s
            rewards:
              - {type: math}
              - {type: kimi_length, unit: characters}
            outcome: math
            normalize: gdpo
            """
        let one = try await scoreText(Array(together.utf8), spec: spec)
        func rewards(_ lines: [String]) throws -> [Double?] {
            try lines.map { try JSONReader.parse(Array($0.utf8))["reward"]?.double }
        }
        for jobs in [1, 3] {
            let many = try await scoreText(Array(apart.utf8), spec: spec, jobs: jobs)
            #expect(try rewards(many.lines) == rewards(one.lines))
            #expect(many.summary.passAt == one.summary.passAt)
            #expect(many.summary.passAt[4]?.count == 300)
        }
    }
}
