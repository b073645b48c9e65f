import Patterns
import Testing

/// Patterns that take exponential or high polynomial time in an unbounded matcher.
@Suite struct PathologyTests {
    /// Bodies over the letter `a`, alone and with alternatives, under nested repeats.
    private static let sources: [String] = {
        let bodies = [
            "a+", "a*a*", "a|aa", "a|a?", "aa|a", "a+|aa", "(?:a|a)", "a{1,3}", "[ab]+", "[a-b]*?a",
            "a?a?", "(?:a+)?",
        ]
        let repeats = ["^(?:B)+$", "^(B)*$", "^(?:(?:B)+)+$", "^((B)+)*b$", "^(?:B)+(?:B)+c$"]
        return repeats.flatMap { form in
            bodies.map { form.replacingOccurrences(of: "B", with: $0) }
        }
    }()

    private static let subjects: [String] = [
        String(repeating: "a", count: 40) + "!", String(repeating: "a", count: 3000) + "!",
        String(repeating: "a", count: 200) + "\n\n", String(repeating: "ab", count: 300) + "!",
        String(repeating: "a", count: 90) + "é", String(repeating: "a", count: 64) + "c!",
        String(repeating: "a", count: 500) + "b!", "x" + String(repeating: "a", count: 400),
        String(repeating: "a", count: 100) + "\0",
    ]

    @Test("540 pathological pairs end by their limit or without a match, none runs on")
    func pairs() throws {
        var limited = 0
        var pairs = 0
        for source in Self.sources {
            let pattern = try Pattern(source, limits: .init(match: 200_000))
            for subject in Self.subjects {
                pairs += 1
                do {
                    #expect(try pattern.firstMatch(in: subject) == nil, "\(source) on \(subject)")
                } catch .resourceLimit {
                    limited += 1
                }
            }
        }
        #expect(pairs == 540)
        // The engine proves some of them hopeless at a glance; most must run into their limit.
        #expect(limited > 250, "\(limited)")
    }
}

extension String {
    /// The text with every occurrence of a letter replaced.
    fileprivate func replacingOccurrences(of letter: Character, with text: String) -> String {
        map { $0 == letter ? text : String($0) }.joined()
    }
}
