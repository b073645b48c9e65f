import Rollouts
import Testing

@Suite struct RandomNumbersTests {
    @Test("the published first outputs of SplitMix64 for seed 1234567")
    func knownStream() {
        var rng = SplitMix64(seed: 1_234_567)
        #expect(rng.next() == 6_457_827_717_110_365_317)
        #expect(rng.next() == 3_203_168_211_198_807_973)
        #expect(rng.next() == 9_817_491_932_198_370_423)
    }

    @Test("below is in range and about uniform", arguments: [1, 2, 3, 7, 10, 1000])
    func belowIsUniform(bound: Int) {
        var rng = SplitMix64(seed: 9, UInt64(bound))
        var counts = [Int](repeating: 0, count: bound)
        let draws = 2000 * min(bound, 10)
        for _ in 0..<draws { counts[rng.below(bound)] += 1 }
        if bound <= 10 {
            let expected = Double(draws) / Double(bound)
            #expect(counts.allSatisfy { abs(Double($0) - expected) < 6 * expected.squareRoot() })
        }
    }

    @Test("normal has mean 0 and variance 1")
    func normalMoments() {
        var rng = SplitMix64(seed: 3)
        let draws = (0..<40_000).map { _ in rng.normal() }
        let mean = draws.reduce(0, +) / Double(draws.count)
        let variance = draws.reduce(0) { $0 + $1 * $1 } / Double(draws.count)
        #expect(abs(mean) < 0.03 && abs(variance - 1) < 0.05)
    }

    @Test("streams with different keys differ, equal keys agree")
    func keyedStreams() {
        var a = SplitMix64(seed: 1, 2, 3)
        var b = SplitMix64(seed: 1, 2, 3)
        var c = SplitMix64(seed: 1, 3, 2)
        let first = a.next()
        #expect(first == b.next())
        #expect(first != c.next())
    }
}
