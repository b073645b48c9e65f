import Foundation
import MathAnswers
import Testing

/// Inputs that are meant to hurt: every one gets a verdict, soon.
@Suite struct HostileTests {
    let verifier = MathVerifier()

    static let bombs: [String] = [
        "", "\0", String(repeating: "\0", count: 1000), "\\", "\\boxed{\\",
        String(repeating: "{", count: 100_000), String(repeating: "\\boxed{", count: 50_000),
        "\\boxed{" + String(repeating: "{", count: 50_000) + "1"
            + String(repeating: "}", count: 50_001),
        String(repeating: "(", count: 50_000), String(repeating: "9", count: 1_000_000),
        String(repeating: "9", count: 60_000), "9^{9^{9^{9}}}", "2^{1000000}", "10^{78000}",
        String(repeating: "9^", count: 5000) + "9", "((((9!)!)!)!)", "100000!", "20000!",
        "\\binom{100000}{50000}", "(x+y+z+1)^{60}", "(a+b+c+d+e+f+g+h)^{20}", "1/0", "0^0",
        "1e999999", "1e-70000", "1e99999999999",
        "\\sqrt{" + String(repeating: "9", count: 1000) + "}",
        String(repeating: "|", count: 10_000), String(repeating: "-", count: 60_000) + "1",
        "1" + String(repeating: "+1", count: 20_000), "x" + String(repeating: "*x", count: 20_000),
        String(repeating: "(1+x)", count: 300), String(repeating: "\\text{1", count: 1000),
        String(repeating: "1,", count: 20_000), String(repeating: "{1}", count: 15_000),
        String(repeating: "**", count: 50_000), String(repeating: "<think>", count: 20_000),
        String(repeating: "</think>", count: 20_000), String(repeating: "<answer>", count: 20_000),
        String(repeating: "answer: ", count: 50_000), String(repeating: "A: \n", count: 50_000),
        String(repeating: "#### ", count: 50_000), String(repeating: "\\left", count: 10_000),
        "1" + String(repeating: "!", count: 1000), String(repeating: "\\pm", count: 500) + "1",
        "1/(2^{200000}+1)+1/(3^{100000}+1)", "2^{\\frac{1}{1000000}}", "i^{i}",
        "\\sum_{k=1}^{10^{12}}k", "(10^9)!", "\\sin(10^{100000})", "e^{-e^{e^{20}}}+\\pi",
        "\\sum_{k=1}^{20000}\\sum_{j=1}^{20000}\\sin(jk)", "\\int_0^{10^9}\\sin x\\,dx",
        "\\int_0^1\\int_0^1\\int_0^1 \\sin(xyz)dx dy dz", "\\int_{-1}^1\\frac1x dx",
        "\\frac{d^8}{dx^8} x^{x^{x}}", "\\lim_{x\\to0}\\lim_{y\\to0}\\frac{\\sin(xy)}{xy}",
        "\\binom{x}{1000}+\\binom{y}{999}", "(\\sin x)^{10^{15}}", "(x+1)^{10^6}",
        "\\frac{1}{\\sin^2x+\\cos^2x-1}", "1" + String(repeating: "!", count: 50_000),
        "1" + String(repeating: "/1", count: 20_000), "5" + String(repeating: "\\%", count: 9000),
        "x" + String(repeating: "\\setminus x", count: 5000),
        String(repeating: "\\int", count: 3000), String(repeating: "\\{x:", count: 3000),
        String(repeating: "\\sqrt", count: 9000) + "2",
        "\\begin{pmatrix}1" + String(repeating: "&1", count: 9000) + "\\end{pmatrix}",
        String(repeating: "\\begin{pmatrix}", count: 1000), String(repeating: "½", count: 1000),
    ]

    /// Unoptimised code is some thirty times slower than a release build.
    #if DEBUG
        static let limit = Duration.seconds(3)
    #else
        static let limit = Duration.milliseconds(100)
    #endif

    @Test("bombs end as verdicts, in time, on either side", arguments: 0..<bombs.count)
    func bomb(index: Int) {
        let bomb = Self.bombs[index]
        let clock = ContinuousClock()
        let elapsed = clock.measure {
            let asAnswer = verifier.check(verifier.compile(gold: "3"), answer: bomb)
            #expect(asAnswer.kind != .equal)
            let asGold = verifier.check(verifier.compile(gold: bomb), answer: "3")
            #expect(asGold.kind != .equal)
            #expect(verifier.check(verifier.compile(gold: "3"), completion: bomb).kind != .equal)
        }
        #expect(elapsed < Self.limit * 3, "\(bomb.prefix(20))… took \(elapsed)")
    }

    private static let pieces = [
        "\\frac", "{", "}", "(", ")", "[", "]", "1", "2", "9", "x", "y", "^", "_", "+", "-", "*",
        "/", "\\sqrt", "\\boxed{", "=", "<", ",", "\\pm", "!", "%", "\\text{", "and", "or", " ",
        "$", ".", "\\pi", "i", "e", "\\infty", "\\cup", "\\setminus", "|", "\\begin{pmatrix}",
        "\\end{pmatrix}", "&", "\\\\", "\\log", "\\ln", "\\sin", "\\binom", "99999", "0", "0.5",
        "\\overline", "<think>", "</think>", "answer: ", "**", "#### ", "A: ", "\n", "\\{", "\\}",
        ":", "cm", "\\circ", "\\sum", "\\int", "\\lim", "dx", "\\to", "_{k=1}^{n}",
        "\\frac{d}{dx}", "\\prod", "\\lfloor", "\\rfloor", "\\left|", "\\right|", "\\mid",
        "\\begin{cases}", "\\end{cases}", "\\pmod{7}", "\\bmod", "\\vec", "\\$", "₂", "\\approx",
        "\\choose", "\\mathbb{R}", "km/h", "\\operatorname{", "F", "_{16}", "\\dot", "\\le", "−",
        "²", "½", "１", "答え", "\u{FEFF}", "é", "\0",
    ]

    @Test("random tokens and random bytes always get a verdict")
    func fuzz() {
        let rounds =
            ProcessInfo.processInfo.environment["ASSAY_FUZZ_ROUNDS"].flatMap(Int.init) ?? 10_000
        var rng = SeededBits(state: 20_240)
        for round in 0..<rounds {
            let texts = (0..<2).map { _ -> String in
                if round % 4 == 0 {
                    let bytes = (0..<Int(rng.next() % 40)).map { _ in UInt8(rng.next() & 0xFF) }
                    return String(decoding: bytes, as: UTF8.self)
                }
                let count = 1 + Int(rng.next() % (round % 2 == 0 ? 6 : 30))
                return (0..<count).map { _ in
                    Self.pieces[Int(rng.next() % UInt64(Self.pieces.count))]
                }.joined()
            }
            let gold = verifier.compile(gold: texts[0])
            let verdict = verifier.check(gold, answer: texts[1])
            let again = verifier.check(gold, answer: texts[1])
            #expect(verdict == again, "round \(round)")
            if let range = verdict.extractedRange, let text = verdict.extracted {
                let bytes = Array(texts[1].utf8)
                #expect(range.upperBound <= bytes.count, "round \(round)")
                #expect(text == String(decoding: bytes[range], as: UTF8.self), "round \(round)")
            }
        }
    }
}

/// A small seeded generator (SplitMix64).
struct SeededBits {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
