import Testing

@testable import MathAnswers

@Suite struct ExactIntegerTests {
    private func random(_ rng: inout SeededBits) -> ExactInteger {
        let count = Int(rng.next() % 5)
        let limbs = (0..<count).map { _ in rng.next() >> (rng.next() % 64) }
        let trimmed = Array(limbs.reversed().drop { $0 == 0 }.reversed())
        return .canonical(negative: rng.next() % 2 == 0 && !trimmed.isEmpty, magnitude: trimmed)
    }

    @Test("arithmetic obeys the laws of a ring across the word boundary", arguments: 1...200)
    func ring(seed: UInt64) throws {
        var rng = SeededBits(state: seed)
        var budget = Budget(steps: 100_000)
        let (a, b, c) = (random(&rng), random(&rng), random(&rng))
        let sum = try a.adding(b, &budget)
        #expect(sum == (try b.adding(a, &budget)), "seed \(seed)")
        #expect(try sum.adding(b.negated(), &budget) == a, "seed \(seed)")
        let left = try sum.multiplied(by: c, &budget)
        let right = try a.multiplied(by: c, &budget).adding(b.multiplied(by: c, &budget), &budget)
        #expect(left == right, "seed \(seed)")
        if !b.isZero {
            let quotient = try a.quotient(b, &budget)
            let rest = try a.remainder(b, &budget)
            let whole = try quotient.multiplied(by: b, &budget).adding(rest, &budget)
            #expect(whole == a, "seed \(seed)")
        }
        #expect(a.compared(to: b) == -b.compared(to: a), "seed \(seed)")
        let text = a.absolute.description
        #expect(try ExactInteger(digits: text.utf8, &budget) == a.absolute, "seed \(seed)")
    }

    @Test("known large values")
    func known() throws {
        var budget = Budget(steps: 100_000)
        #expect(
            try ExactInteger.small(2).power(100, &budget).description
                == "1267650600228229401496703205376")
        #expect(try ExactInteger.factorial(25, &budget).description == "15511210043330985984000000")
        #expect(
            try ExactInteger.binomial(100, 50, &budget).description
                == "100891344545564193334812497256")
        #expect(try ExactInteger.small(-27).exactRoot(3, &budget) == .small(-3))
        #expect(try ExactInteger.small(2).exactRoot(2, &budget) == nil)
        #expect(ExactInteger.small(.min).negated().negated() == .small(.min))
        #expect(
            try ExactInteger.small(.min).gcd(.small(.min), &budget).description
                == "9223372036854775808")
    }

    @Test("what is too large is refused before it is computed")
    func refused() {
        var budget = Budget(steps: 100_000)
        #expect(throws: Refusal.limit("bits")) {
            try ExactInteger.small(2).power(.max, &budget)
        }
        #expect(throws: Refusal.limit("bits")) { try ExactInteger.factorial(.max, &budget) }
        #expect(throws: Refusal.undefined("quotient by zero")) {
            try Rational(ExactInteger.one, over: .zero, &budget)
        }
        var poor = Budget(steps: 1)
        #expect(throws: Refusal.limit("steps")) { try poor.spend(2) }
    }
}
