import MathAnswers
import Testing

@Suite struct ExtractionTests {
    let verifier = MathVerifier()

    @Test(
        "the rule and the bytes of the answer are reported",
        arguments: [
            ("so \\boxed{\\frac{1}{2}}.", ExtractionRule.boxed, "\\frac{1}{2}"),
            ("é <answer> 7 </answer>", .answerTag, "7"),
            ("Final answer: **73**\n\nCheck: 73 + 5 = 78.", .finalAnswer, "73"),
            ("work\n#### 18\n", .hashes, "18"),
            ("Answer: 5 apples. Good.", .answerColon, "5 apples"),
            ("Therefore the answer is $x=5$ because so.", .answerIs, "$x=5$"),
            ("1+1=2\nA: 2", .answerLine, "2"),
            ("we get **12** then", .bold, "12"),
            ("\\boxed{1} <answer>2</answer>", .boxed, "1"),
        ])
    func rules(completion: String, rule: ExtractionRule, text: String) throws {
        let found = try #require(verifier.extraction(from: completion))
        #expect(found.rule == rule)
        #expect(found.text == text)
        let bytes = Array(completion.utf8)[found.range]
        #expect(String(decoding: bytes, as: UTF8.self) == text)
    }

    @Test(
        "reasoning, open boxes and empty boxes give no answer",
        arguments: [
            "<think>\\boxed{5}</think>", "<think>\\boxed{5}", "\\boxed{5}</think>",
            "Hence \\boxed{5", "\\boxed{}", "\\boxed{ }", "", "we add 2 and 3",
            "\\boxed{<think>x</think>5}",
        ])
    func nothing(completion: String) {
        #expect(verifier.extraction(from: completion) == nil)
        let verdict = verifier.check(verifier.compile(gold: "5"), completion: completion)
        #expect(verdict.kind == .answerMissing)
        #expect(verdict.extracted == nil)
    }

    @Test("the last formula or number counts only where it is asked for")
    func lastNumber() {
        let text = "we add $2$ and $3$ to get 1,005"
        #expect(verifier.extraction(from: text) == nil)
        let loose = MathVerifier(options: .init(extraction: ExtractionRule.allCases))
        #expect(loose.extraction(from: text)?.text == "1,005")
        #expect(loose.extraction(from: "so 4 and $x=\\frac12$.")?.text == "x=\\frac12")
        #expect(loose.extraction(from: "from 5 to -3 today")?.text == "-3")
        #expect(loose.extraction(from: "from 5 to \\boxed{9} or 3")?.text == "9")
    }

    @Test("a rule that is not allowed finds nothing")
    func allowedRules() {
        let strict = MathVerifier(options: .init(extraction: [.boxed]))
        #expect(strict.extraction(from: "The answer is 5") == nil)
        #expect(strict.extraction(from: "\\boxed{5}")?.text == "5")
    }

    @Test("several boxes are a hedge, or by option the last one counts")
    func hedges() {
        let text = "\\boxed{6} or \\boxed{7}"
        let verdict = verifier.check(verifier.compile(gold: "7"), completion: text)
        #expect(verdict.kind == .different)
        #expect(verdict.reason == "hedge")
        let lenient = MathVerifier(options: .init(severalBoxes: .last))
        #expect(lenient.check(lenient.compile(gold: "7"), completion: text).isEqual)
        #expect(!lenient.check(lenient.compile(gold: "6"), completion: text).isEqual)
    }

    @Test("gold answers come out of worked solutions, or stay whole")
    func workedSolutions() {
        let verifier = MathVerifier(options: .init(extractsGold: true))
        for (source, text) in [
            ("3 + 4 = 7\n#### 7", "7"), ("so it is\nA: 1,200", "1,200"),
            ("Thus \\boxed{\\frac12}", "\\frac12"), ("12", "12"),
        ] {
            let gold = verifier.compile(gold: source)
            #expect(gold.text == text)
            #expect(verifier.check(gold, answer: text).isEqual)
            #expect(verifier.check(gold, answer: source).isEqual)
        }
    }

    @Test(
        "what is beside a box can make another answer of it",
        arguments: [
            #"\boxed{5} or 6"#,
            #"either \boxed{5} or 6"#,
            #"6 or \boxed{5}"#,
            #"$(\boxed{5}, 6)$"#,
            #"$\{\boxed{5},6\}$"#,
            #"$\boxed{5},6$"#,
            #"not \boxed{5}"#,
            #"Not \boxed{5}"#,
            #"isn't \boxed{5}"#,
            #"It is not equal to \boxed{5}"#,
            #"\boxed{5}. Actually, that is wrong."#,
            #"\boxed{5} cannot be right"#,
            #"−\boxed{5}"#,
            #"$(\boxed{5})^2$"#,
            #"$2(\boxed{5})$"#,
            #"$\boxed{5}x$"#,
            #"$\boxed{5}!$"#,
            #"$\sqrt[3]{\boxed{5}}$"#,
            #"It can never be \boxed{5}"#,
            #"\boxed{5} or -5"#,
            #"$\boxed{5}$ or $6$"#,
            #"\boxed{5} is not it"#,
        ])
    func notTheBox(text: String) {
        let verifier = MathVerifier()
        #expect(!verifier.check(verifier.compile(gold: "5"), completion: text).isEqual, "\(text)")
    }

    @Test(
        "and mostly does not",
        arguments: [
            #"The answer is \boxed{5}!"#,
            #"x = \boxed{5}, so done"#,
            #"$x=\boxed{5}$, since $y=3$"#,
            #"$a+b \ge \boxed{5}$"#,
            #"\boxed{5} or equivalently 10/2"#,
            #"\boxed{5} or \boxed{5.0}"#,
            #"\boxed{5} i.e. \boxed{\frac{10}{2}}"#,
            #"\boxed{6} is wrong. \boxed{5}"#,
            #"\boxed{7}. Wait, that is wrong. \boxed{5}"#,
            #"(the answer is \boxed{5}, as required)"#,
            #"$$\boxed{5}$$"#,
            #"$y=2$, \boxed{5}, done"#,
            #"Whether or not, it is \boxed{5}"#,
            #"\boxed{5}. This is not hard."#,
            #"\boxed{5} or 5"#,
        ])
    func theBox(text: String) {
        let verifier = MathVerifier()
        #expect(verifier.check(verifier.compile(gold: "5"), completion: text).isEqual, "\(text)")
    }

    @Test(
        "everyday sentences around a box leave it alone",
        arguments: [
            (#"The remainder is 5, not 3.\#n\boxed{5}"#, #"5"#),
            (#"It works for 5 but 6 does not. $$\boxed{5}$$"#, #"5"#),
            (#"statement I holds, statement II is not.\#n\#n$\boxed{B}$"#, #"B"#),
            (#"x is not 4. \boxed{5}"#, #"5"#),
            (#"The answer is not 4, \boxed{5}"#, #"5"#),
            (#"Is it possible? Of course not! \boxed{5}"#, #"5"#),
            (#"Whether it is prime or not, \boxed{5}"#, #"5"#),
            (#"Should you switch or not?\#n\boxed{5}"#, #"5"#),
            (#"\boxed{7}\#n\#nThis is not a coincidence."#, #"7"#),
            (#"$$\boxed{5}$$\#n\#nThis is not affected by rotation."#, #"5"#),
            (#"**\boxed{5}**\#n\#nIt is not necessary to check others."#, #"5"#),
            (#"$\boxed{17}$, which is not divisible by 2."#, #"17"#),
            (#"\boxed{5} is not divisible by 3"#, #"5"#),
            (#"\boxed{5} is not only correct but also minimal."#, #"5"#),
            (#"\boxed{5}, 6 is wrong"#, #"5"#),
            (#"\boxed{5}; 6 is wrong"#, #"5"#),
            (#"She pays $5, leaving \boxed{10}, and we are done."#, #"10"#),
            (#"She had $15 so she has \boxed{10}!"#, #"10"#),
            (#"She earns $18 a day: \boxed{18}, done."#, #"18"#),
            (#"She makes $\boxed{18}, every day."#, #"18"#),
            (#"$$\begin{aligned}x&=3+2\\&=\boxed{5},\end{aligned}$$"#, #"5"#),
            (#"$a=2, \boxed{5}$"#, #"5"#),
            (#"$x=3, \boxed{5}$"#, #"5"#),
            (#"Answer-\boxed{5}"#, #"5"#),
            (#"Answer -\boxed{5}"#, #"5"#),
            (#"_\boxed{5}_"#, #"5"#),
            (#"(*\boxed{5}*)"#, #"5"#),
            (#"Step 3\boxed{5}"#, #"5"#),
            (#"\boxed{B} - 12 square units"#, #"B"#),
            (#"$\boxed{\text{(C)}}\frac{3}{4}$"#, #"C"#),
            (#"\boxed{C} \frac{3}{4}"#, #"C"#),
            (#"$\boxed{45}^{\text{o}}$"#, #"45"#),
            (#"the $\boxed{10}^{\text{th}}$ term"#, #"10"#),
            (#"$\boxed{5}m$"#, #"5"#),
            (#"$\boxed{\frac13}$ or 0.333"#, #"\frac13"#),
            (#"$\boxed{\frac13}$ or $\approx 0.333$"#, #"\frac13"#),
            (#"$\boxed{2\sqrt3}$ or $3.46$ approximately"#, #"2\sqrt3"#),
            (#"\boxed{150} or 2.5 hours"#, #"150"#),
            (#"\boxed{2} or \boxed{3}"#, #"2, 3"#),
            (#"the answer is -\boxed{5}"#, #"-5"#),
            (#"$-\boxed{5}$"#, #"-5"#),
            (#"$x=-\boxed{5}$"#, #"-5"#),
            (#"$\frac{1}{\boxed{5}}$"#, #"1/5"#),
            (#"$2\boxed{5}$"#, #"10"#),
        ])
    func everyday(text: String, gold: String) {
        let verifier = MathVerifier()
        #expect(verifier.check(verifier.compile(gold: gold), completion: text).isEqual, "\(text)")
    }

    @Test(
        "what takes a box back, or adds to it",
        arguments: [
            #"\boxed{5} or 6"#,
            #"6 or \boxed{5}"#,
            #"$(\boxed{5}, 6)$"#,
            #"$\boxed{5},6$"#,
            #"not \boxed{5}"#,
            #"It is not equal to \boxed{5}"#,
            #"\boxed{5}. Actually, that is wrong."#,
            #"\boxed{5} is certainly wrong"#,
            #"\boxed{5} is the wrong answer"#,
            #"\boxed{5}. Hmm, that's wrong."#,
            #"$(\boxed{5})^2$"#,
            #"$\boxed{5}!$"#,
            #"$\sqrt[3]{\boxed{5}}$"#,
            #"−\boxed{5}"#,
            #"$\boxed{5}x$"#,
        ])
    func takenBack(text: String) {
        let verifier = MathVerifier()
        #expect(!verifier.check(verifier.compile(gold: "5"), completion: text).isEqual, "\(text)")
    }
}
