import Testing

@testable import Rewards

@Suite struct RewardFormulaTests {
    private func value(_ text: String, _ values: [String: Double?] = [:]) throws -> Double? {
        let formula = try RewardFormula(text)
        return formula.value(formula.names.map { values[$0] ?? nil })
    }

    @Test(
        "operators bind as in arithmetic",
        arguments: [
            ("1 + 2 * 3", 7), ("(1 + 2) * 3", 9), ("2 ^ 3 ^ 2", 512), ("-2 ^ 2", -4),
            ("8 / 2 / 2", 2),
            ("7 - 2 - 1", 4), ("1 < 2", 1), ("1 >= 2", 0), ("not 0.4 and 1", 1), ("0 or 0.5", 1),
            ("if(2 > 1, 3, 4)", 3), ("clip(5, -1, 1)", 1), ("min(3, 1, 2)", 1), ("max(3)", 3),
            ("abs(-2) + sqrt(9) + exp(0) + log(1)", 6), ("1e-3 * 2E3", 2), ("2 != 2", 0),
            ("+.5", 0.5),
            ("2^-1", 0.5),
        ])
    func arithmetic(_ text: String, _ expected: Double) throws {
        #expect(try value(text) == expected, "\(text)")
    }

    @Test("an operand without a value leaves none, except where a formula says what to do")
    func unknown() throws {
        #expect(try value("a + 1", ["a": nil]) == nil)
        #expect(try value("known(a, 0.25) + 1", ["a": nil]) == 1.25)
        #expect(try value("known(a, 0.25) + 1", ["a": 1]) == 2)
        // The branch that is not taken does not matter.
        #expect(try value("if(b > 0, b, a)", ["a": nil, "b": 1]) == 1)
        #expect(try value("max(a, b)", ["a": nil, "b": 1]) == nil)
    }

    @Test("names may be quoted, and stand once each")
    func names() throws {
        let formula = try RewardFormula("`r1-format` * math + math ^ 2")
        #expect(formula.names == ["r1-format", "math"])
        #expect(formula.value([2, 3]) == 15)
    }

    @Test(
        "what is no formula says where it goes wrong",
        arguments: [
            ("", 0), ("1 +", 3), ("(1", 2), ("1 2", 2), ("foo(1)", 0), ("clip(1)", 0),
            ("1 + * 2", 4),
            ("1e999", 0), ("`a", 2), ("a b", 2), ("é", 2),
        ])
    func faults(_ text: String, _ offset: Int) {
        do {
            let formula = try RewardFormula(text)
            // A word beyond ASCII is a name.
            #expect(formula.names == ["é"])
        } catch {
            #expect(error.offset == offset, "\(text): \(error)")
        }
    }

    @Test("hostile texts are refused and not followed to the end of the stack")
    func hostile() {
        for text in [
            String(repeating: "(", count: 4000), String(repeating: "-", count: 4000) + "1",
            String(repeating: "2^", count: 2000) + "1", String(repeating: "a+", count: 10_000),
        ] {
            #expect(throws: RewardFormula.SyntaxError.self) { try RewardFormula(text) }
        }
    }

    @Test(
        "values lie within the range that is predicted",
        arguments: [
            "a + b", "a - b", "a * b", "max(a, b)", "min(a, b) - abs(b)", "clip(a * b, -0.5, 2)",
            "if(a > b, a, -b)", "known(a, b) ^ 2", "a / (b + 4)", "exp(a) + a * a", "not a - b",
            "sqrt(a) + log(a)", "-a * (b - 1)",
        ])
    func ranges(_ text: String) throws {
        let formula = try RewardFormula(text)
        let bounds: [ClosedRange<Double>] = [0...1.5, -2...1]
        let range = formula.range(formula.names.map { $0 == "a" ? bounds[0] : bounds[1] })
        for i in 0...20 {
            for j in 0...20 {
                let point = [
                    "a": 1.5 * Double(i) / 20, "b": -2 + 3 * Double(j) / 20,
                ]
                guard let value = formula.value(formula.names.map { point[$0] ?? nil }),
                    value.isFinite
                else { continue }
                #expect(
                    value >= range.lowerBound - 1e-12 && value <= range.upperBound + 1e-12,
                    "\(text) at \(point)")
            }
        }
    }

    @Test(
        "what is not finite stays so through functions and comparisons",
        arguments: [
            "max(0, 0/0)", "min(1, 1/0)", "clip(1/0, 0, 1)", "if(0/0, 1, 0.25)", "0/0 != 0",
            "1/0 > 1", "not (0/0)", "max(1, log(0))",
        ])
    func notFinite(_ text: String) throws {
        let found = try #require(try value(text))
        #expect(!found.isFinite, "\(text): \(found)")
    }

    @Test("comparisons do not chain")
    func chains() {
        #expect(throws: RewardFormula.SyntaxError.self) { try RewardFormula("3 > 2 > 1") }
        #expect(throws: Never.self) { try RewardFormula("(3 > 2) > 1") }
    }
}
