import Curricula
import Rollouts
import Testing

@testable import Rewards

@Suite struct CountdownTests {
    private func value(_ text: String) -> (Int64, Int64)? {
        var reader = ExactExpression(text)
        return reader.read().map { ($0.top, $0.bottom) }
    }

    @Test(
        "arithmetic is exact and binds as usual",
        arguments: [
            ("1 + 2 * 3", 7, 1), ("(1 + 2) * 3", 9, 1), ("6/(1-3/4)", 24, 1), ("8/3/2", 4, 3),
            ("-3 + 5", 2, 1), ("7 − 2 − 1", 4, 1), ("3 × 4 ÷ 6", 2, 1), ("2 \\times [3 + 1]", 8, 1),
            ("10 - -2", 12, 1), ("$5 \\cdot 2$", 10, 1), ("+3 + 4", 7, 1), ("`3 + 4`", 7, 1),
            ("\\frac{6}{1-\\frac34}", 24, 1), ("\\left(1+2\\right)*3", 9, 1), ("**3 + 4**", 7, 1),
        ])
    func arithmetic(_ text: String, _ top: Int64, _ bottom: Int64) {
        let found = value(text)
        #expect(found?.0 == top && found?.1 == bottom, "\(text): \(String(describing: found))")
    }

    @Test(
        "what is no expression has no value",
        arguments: [
            "", "1 +", "(1", "1 2", "[1)", "\\frac{1}{0}", "\\frac{1}", "\\frac", "1/0", "1/(2-2)",
            "x", "2**3", "1,000", "é", "\0",
            "999999999*999999999*999999999", "99999999999", String(repeating: "(", count: 500),
            String(repeating: "-", count: 900) + "1", String(repeating: "1+", count: 1000) + "1",
        ])
    func nothing(_ text: String) { #expect(value(text) == nil, "\(text)") }

    @Test("numbers are used once each, all of them or some")
    func numbers() throws {
        func score(_ answer: String, _ extra: String = "") throws -> Double? {
            let yaml = "name: s\nrewards: [{type: countdown\(extra)}]\noutcome: countdown\n"
            return try scorer(yaml).score([
                ScoringInput(
                    completion: "<answer>\(answer)</answer>",
                    fields: [
                        "target": .integer(8),
                        "nums": .array([.integer(2), .integer(4), .integer(2)]),
                    ])
            ])[0].outcome
        }
        #expect(try score("4 * (4 - 2)") == 0)
        #expect(try score("2 + 2 + 4") == 1)
        #expect(try score("2 * 4") == 0)
        #expect(try score("2 * 4", ", use_all: false") == 1)
        #expect(try score("4 + 4", ", use_all: false") == 0)
        #expect(try score("2 + 4", ", use_all: false, partial: 0.1") == 0.1)
        #expect(
            specError("name: s\nrewards: [{type: countdown, partial: 0.6}]\noutcome: countdown\n")
                != nil)
    }

    @Test("an example gives the members of its row")
    func fields() throws {
        let outcomes = try scorer(
            """
            name: s
            rewards: [{type: countdown}]
            outcome: countdown
            examples:
              - completion: "<answer>4 * 2</answer>"
                fields: {target: 8, numbers: [2, 4]}
                expect: {outcome: 1}
            """
        ).runExamples()
        #expect(outcomes.count == 1 && outcomes[0].mismatches.isEmpty)
    }

    @Test("a row without a task is gold's fault")
    func noTask() throws {
        let grader = try scorer("name: s\nrewards: [{type: countdown}]\noutcome: countdown\n")
        for gold in [
            nil, "24", "{}", #"{"target": 1e99, "numbers": [1]}"#, #"{"target": 1, "numbers": []}"#,
        ] {
            let score = grader.score([ScoringInput(completion: "<answer>1</answer>", gold: gold)])[
                0]
            #expect(score.status == .goldUnparseable && score.reward == nil)
        }
    }

    @Test("the value may stand before the expression, and given numbers may be negative")
    func sides() throws {
        let grader = try scorer("name: s\nrewards: [{type: countdown}]\noutcome: countdown\n")
        func value(_ answer: String, _ gold: String) -> Double? {
            let text = "<answer>\(answer)</answer>"
            return grader.score([ScoringInput(completion: text, gold: gold)])[0].outcome
        }
        let gold = #"{"target": 24, "numbers": [1, 3, 4, 6]}"#
        for answer in ["24 = 6/(1-3/4)", "x = 6/(1-3/4)", "6/(1-3/4) = 24", "6/(1-3/4) = x"] {
            #expect(value(answer, gold) == 1, "\(answer)")
        }
        for answer in ["24 = 25", "24", "24 = 24", "6/(1-3/4) = 25"] {
            #expect(value(answer, gold) == 0, "\(answer)")
        }
        #expect(value("5 + -3", #"{"target": 2, "numbers": [5, -3]}"#) == 1)
    }
}
