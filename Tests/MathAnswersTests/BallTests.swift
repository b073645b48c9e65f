import MathAnswers
import Testing

/// Equality by rigorous evaluation: it holds for identities, and no near miss passes.
@Suite struct BallTests {
    private let verifier = MathVerifier()

    private func verdict(_ gold: String, _ answer: String) -> MathVerdict {
        verifier.check(verifier.compile(gold: gold), answer: answer)
    }

    /// Formulas in x with another form of each.
    private static let identities: [(String, String)] = [
        ("\\sin 2x", "2\\sin x\\cos x"), ("\\cos^2 x", "\\frac{1+\\cos 2x}{2}"),
        ("\\tan x", "\\frac{\\sin x}{\\cos x}"), ("e^{x+1}", "e\\cdot e^x"),
        ("\\sqrt{x^2}", "|x|"), ("\\cosh^2 x", "1+\\sinh^2 x"),
        ("\\arctan x", "\\arcsin\\frac{x}{\\sqrt{1+x^2}}"),
        ("2^{x}", "e^{x\\ln 2}"), ("\\ln(x^2+1)-\\ln 3", "\\ln\\frac{x^2+1}{3}"),
        ("\\int_0^x t^2\\,dt", "\\frac{x^3}{3}"), ("\\frac{d}{dx}\\sin(x^2)", "2x\\cos(x^2)"),
    ]

    @Test("identities hold, and fail by any disturbance, both ways round", arguments: identities)
    func identity(_ pair: (String, String)) {
        let (f, g) = pair
        #expect(verdict(f, g).isEqual, "\(f) | \(g)")
        #expect(verdict(g, f).isEqual, "\(g) | \(f)")
        for disturbed in [
            "\(g)+10^{-30}", "\(g)+10^{-60}x", "-(\(g))", "(1+10^{-40})(\(g))",
            "\(g)+\\frac{1}{10^{90}+x^2}",
        ] {
            let outcome = verdict(f, disturbed)
            #expect(outcome.kind == .different && !outcome.isUndecided, "\(f) | \(disturbed)")
        }
    }

    /// Values of sums, limits and integrals.
    private static let values: [(String, String)] = [
        ("\\frac{\\pi^2}{6}", "\\sum_{n=1}^\\infty\\frac{1}{n^2}"),
        ("2", "\\sum_{n=0}^\\infty 2^{-n}"), ("\\ln 2", "\\sum_{n=1}^\\infty\\frac{(-1)^{n+1}}{n}"),
        ("e", "\\sum_{n=0}^\\infty\\frac{1}{n!}"), ("1", "\\lim_{x\\to 0}\\frac{\\sin x}{x}"),
        ("e", "\\lim_{n\\to\\infty}\\left(1+\\frac1n\\right)^n"),
        ("\\frac12", "\\lim_{x\\to0}\\frac{1-\\cos x}{x^2}"),
        ("\\sqrt\\pi", "\\int_{-\\infty}^{\\infty}e^{-x^2}\\,dx"),
        ("2", "\\int_0^1\\frac{dx}{\\sqrt x}"), ("\\frac{\\pi}{4}", "\\int_0^1\\frac{dx}{1+x^2}"),
        ("\\frac{3+\\sqrt5}{2}", "\\left(\\frac{1+\\sqrt5}{2}\\right)^2"),
        ("\\frac{\\pi}{4}", "4\\arctan\\frac15-\\arctan\\frac1{239}"),
    ]

    @Test("sums, limits and integrals have their values and no others", arguments: values)
    func value(_ pair: (String, String)) {
        let (gold, answer) = pair
        #expect(verdict(gold, answer).isEqual, "\(gold) | \(answer)")
        for disturbed in ["\(gold)+10^{-12}", "\(gold)-10^{-12}"] {
            #expect(verdict(disturbed, answer).kind == .different, "\(disturbed) | \(answer)")
        }
    }

    @Test("constants that agree to hundreds of digits are told apart or left undecided")
    func closeConstants() {
        for places in [40, 120, 300, 800] {
            #expect(!verdict("\\pi", "\\pi+10^{-\(places)}").isEqual, "\(places)")
            #expect(!verdict("\\sqrt2", "\\sqrt{2+10^{-\(places)}}").isEqual, "\(places)")
        }
        #expect(verdict("262537412640768744", "e^{\\pi\\sqrt{163}}").reason == "numeric_value")
        #expect(!verdict("262537412640768744", "e^{\\pi\\sqrt{163}}").isEqual)
    }
}
