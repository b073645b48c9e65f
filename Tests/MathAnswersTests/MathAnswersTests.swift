import MathAnswers
import Testing

@Suite struct MathVerifierTests {
    @Test("a number is right however it is written")
    func numbers() {
        let verifier = MathVerifier()
        let gold = verifier.compile(gold: "48250")
        for text in [
            "48{,}250", "48\\,250", "48,250", "48 250", "48250.0", "4.825e4", "\\boxed{48250}",
        ] {
            #expect(verifier.check(gold, answer: text).isEqual, "\(text)")
        }
        for text in ["48251", "48,25", "-48250", "4825"] {
            #expect(!verifier.check(gold, answer: text).isEqual, "\(text)")
        }
    }

    @Test("the last line of a worked solution is the answer")
    func workedSolutions() {
        let verifier = MathVerifier(options: .init(extractsGold: true))
        let gold = verifier.compile(gold: "3 + 4 = 7\n#### 7")
        #expect(gold.isUsable)
        #expect(verifier.check(gold, completion: "so 5+2\nA: 7").isEqual)
        #expect(verifier.check(gold, completion: "so it is 7").kind == .answerMissing)
    }
}
