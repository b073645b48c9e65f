import Rollouts
import Testing

@testable import Curricula

@Suite struct ContentKeyTests {
    private func key(_ prompt: String, _ answer: String = "1") -> ContentKey {
        ContentKey(Problem(id: "", prompt: prompt, answer: answer))
    }

    @Test(
        "case, spaces and marks between words do not matter",
        arguments: [
            ("What is 2 + 2?", "what is  2+2"), ("Find $x$.", "find x"),
            ("Tom, \"the\" cat: runs", "tom the\ncat runs"), ("a b", " A\tB "), ("x = 1.", "x=1"),
        ])
    func alike(one: String, other: String) {
        #expect(key(one).prompt == key(other).prompt)
        #expect(key(one).content != key(other).content)
    }

    @Test(
        "signs that change what is asked do",
        arguments: [
            ("2+2", "2-2"), ("1.5", "15"), ("f(1,2)", "f(12)"), ("5!", "5"), ("1 2", "12"),
            ("3:4", "34"), ("x^2", "x2"), ("(1+2)*3", "1+2*3"), ("f'(x)", "f(x)"), ("10%", "10"),
        ])
    func different(one: String, other: String) {
        #expect(key(one).prompt != key(other).prompt)
    }

    @Test("random texts: normalising again changes nothing, and reading alike is symmetric")
    func idempotent() {
        var rng = SplitMix64(seed: 5)
        for _ in 0..<500 {
            let text = RandomText.text(&rng)
            #expect(key(text).prompt == key(" " + text.uppercased().lowercased() + "\n").prompt)
        }
    }

    @Test("texts of bytes below 128 are normalised by the same rule as all others")
    func bytes() {
        var rng = SplitMix64(seed: 6)
        for _ in 0..<2000 {
            let text = String(
                decoding: (0..<rng.below(12)).map { _ in
                    rng.below(2) == 0
                        ? UInt8(rng.below(128)) : Array("a1B ., $+".utf8)[rng.below(9)]
                }, as: UTF8.self)
            #expect(ContentKey.normalised(text) == ContentKey.normalisedScalars(text), "\(text)")
        }
    }

    @Test("a larger share only moves problems out of training, and shares come true")
    func shares() {
        let keys = (0..<4000).map { key("problem \($0)") }
        var before = Set<Int>()
        for share in [0, 0.1, 0.3, 0.7, 1] {
            let held = Set(keys.indices.filter { keys[$0].split(heldOut: share) == .heldOut })
            #expect(before.isSubset(of: held))
            #expect(abs(Double(held.count) / 4000 - share) < 0.03)
            before = held
        }
        #expect(
            (0..<200).allSatisfy {
                key("Problem \($0).", "2").split(heldOut: 0.5) == keys[$0].split(heldOut: 0.5)
            })
    }
}

@Suite struct FadingRateTests {
    @Test("within one step it is the mean; a half-life later an outcome counts half")
    func weights() {
        var rate = FadingRate()
        #expect(rate.mean == nil)
        rate.observe(attempts: 4, successes: 1, step: 7)
        rate.observe(attempts: 4, successes: 3, step: 7)
        #expect(rate.mean == 0.5 && rate.attempts == 8)
        rate.observe(attempts: 4, successes: 4, step: 7 + Int(FadingRate.halfLife))
        #expect(rate.attempts == 8 && rate.mean == 0.75 && rate.lastStep == 107)
    }

    @Test("it stays between the smallest and the largest outcome, and forgets")
    func bounds() throws {
        var rng = SplitMix64(seed: 9)
        var rate = FadingRate()
        for step in 1...500 {
            rate.observe(attempts: 1, successes: rng.uniform(), step: step)
            #expect((0...1).contains(try #require(rate.mean)))
        }
        for step in 501...2500 { rate.observe(attempts: 8, successes: 8, step: step) }
        #expect(try #require(rate.mean) > 0.999)
    }
}
