import Testing

@testable import MathAnswers

@Suite struct MathVerifierTests {
    let verifier = MathVerifier()

    private func kind(_ gold: String, _ answer: String) -> MathVerdict.Kind {
        verifier.check(verifier.compile(gold: gold), answer: answer).kind
    }

    @Test("every kind of verdict is reached by what it is named for")
    func kinds() {
        #expect(kind("1/2", "0.5") == .equal)
        #expect(kind("1/2", "0.6") == .different)
        #expect(kind("\\frac{1", "7") == .goldUnparseable)
        #expect(kind("7", " ") == .answerMissing)
        #expect(kind("7", "\\frac{1") == .answerUnparseable)
        #expect(kind("7", "9^{9^{9^9}}") == .resourceLimit)
    }

    @Test("a gold answer that is not understood is equal to its own text only")
    func unusableGold() {
        let gold = verifier.compile(gold: "\\frac{1")
        #expect(!gold.isUsable)
        #expect(gold.fault != nil)
        #expect(verifier.check(gold, answer: "\\frac{1").isEqual)
        #expect(verifier.check(gold, answer: "\\frac{2").kind == .goldUnparseable)
    }

    @Test("what is not decided is counted apart")
    func undecided() {
        let gold = verifier.compile(gold: "\\clausen{2}")
        let verdict = verifier.check(gold, answer: "1")
        #expect(verdict.kind == .different)
        #expect(verdict.isUndecided)
        #expect(!verifier.check(verifier.compile(gold: "7"), answer: "8").isUndecided)
    }

    @Test("the same text is equal without evaluation, even a power tower")
    func sameText() {
        let verdict = verifier.check(verifier.compile(gold: "9^{9^{9^9}}"), answer: "9^{9^{9^9}}")
        #expect(verdict.kind == .equal)
        #expect(verdict.reason == "same_text")
    }

    @Test("decimal places are an option")
    func decimalPlaces() {
        let loose = MathVerifier(options: .init(decimalPlaces: 2))
        #expect(loose.check(loose.compile(gold: "1/3"), answer: "0.33").isEqual)
        #expect(!verifier.check(verifier.compile(gold: "1/3"), answer: "0.33").isEqual)
        let rounding = MathVerifier(options: .init(roundsToGold: true))
        #expect(rounding.check(rounding.compile(gold: "0.14"), answer: "\\frac17").isEqual)
        #expect(!rounding.check(rounding.compile(gold: "0.15"), answer: "\\frac17").isEqual)
    }

    @Test("an explanation names the span, the normal forms, the rule and the difference")
    func explanation() {
        let text = verifier.explain(
            verifier.compile(gold: "\\frac12"), answer: "so \\boxed{0.6}"
        ).joined(separator: "\n")
        for part in [
            "bytes 10..<13 by boxed", "quotient", "1/2", "3/5", "exact_number", "first difference",
        ] {
            #expect(text.contains(part), "\(part) in \(text)")
        }
    }

    @Test("one compiled gold answer serves many threads")
    func concurrency() async {
        let gold = verifier.compile(gold: "2^{300}")
        let verifier = verifier
        let right = await withTaskGroup(of: Int.self) { group in
            for task in 0..<16 {
                group.addTask {
                    (0..<50).count { index in
                        let answer = index % 2 == 0 ? "4^{150}" : "4^{150}+\(task)\(index)"
                        return verifier.check(gold, answer: answer).isEqual
                    }
                }
            }
            return await group.reduce(0, +)
        }
        #expect(right == 16 * 25)
    }

    @Test("integers are read without the parser as the parser reads them")
    func integers() {
        var texts = ["0", "-0", "7", "-7", "10", "007", "-", "", "1234567890123456789", "12a"]
        texts += (0..<200).map { _ in "\(Int64.random(in: -999_999_999...999_999_999))" }
        for text in texts {
            let quick = Reading(text, stepLimit: 1000)
            let slow = Reading(reading: text, stepLimit: 1000)
            #expect(quick.normalForm == slow.normalForm && quick.plainText == slow.plainText)
            #expect("\(quick.expression as Any)" == "\(slow.expression as Any)", "\(text)")
            #expect("\(quick.value as Any)" == "\(slow.value as Any)", "\(text)")
            #expect("\(quick.refusal as Any)" == "\(slow.refusal as Any)", "\(text)")
        }
    }
}
