import Rollouts
import Tensors
import Testing

@testable import Policy

@Suite struct TokenChooserTests {
    /// Truncation by a full sort: top-k, then top-p of what is left, then min-p.
    private func kept(_ weights: [Double], _ s: SamplingSettings) -> [Int] {
        var order = weights.indices.sorted {
            weights[$0] > weights[$1] || weights[$0] == weights[$1] && $0 < $1
        }
        if s.topK > 0 { order = Array(order.prefix(s.topK)) }
        if s.topP < 1 {
            let goal = Double(s.topP) * order.reduce(0) { $0 + weights[$1] }
            var mass = 0.0
            let last = order.firstIndex { token in
                mass += weights[token]
                return mass >= goal
            }
            order = Array(order.prefix((last ?? order.count - 1) + 1))
        }
        return order.filter { weights[$0] >= Double(s.minP) * weights[order[0]] }
    }

    @Test("what is drawn is what a full sort keeps, and all of it")
    func truncation() {
        var random = SplitMix64(seed: 8)
        for count in [1, 7, 64, 65, 1000] {
            for round in 0..<60 {
                let spread = [0.1, 1, 6, 30][round % 4]
                var logits = (0..<count).map { _ in Float(random.normal() * spread) }
                if round % 3 == 0, count > 2 { logits[1] = logits[2] }
                let settings = SamplingSettings(
                    temperature: [1, 0.5, 2][round % 3], topK: [0, 1, 5, 40][round % 4],
                    topP: [1, 0.9, 0.3, 0.999][(round / 4) % 4],
                    minP: [0, 0.05, 0, 0.5][(round / 8) % 4], maximumNewTokens: 1)
                let top = logits.max() ?? 0
                let chooser = TokenChooser(settings: settings, kernels: .best)
                var scratch = [Float](repeating: 0, count: TokenChooser.scratchCount(count))
                var weights = [Float](repeating: 0, count: count)
                Kernels.best.exponentials(
                    count, logits, shift: top, scale: 1 / settings.temperature, into: &weights)
                let wanted = kept(weights.map(Double.init), settings)
                var seen: Set<Int> = []
                for step in 0..<200 {
                    let token = chooser.choose(
                        logits, count: count, top: top, uniform: (Double(step) + 0.5) / 200,
                        scratch: &scratch)
                    seen.insert(Int(token))
                }
                #expect(seen.isSubset(of: wanted), "\(count), round \(round)")
                // Whoever has more than a 50th of what is left is drawn.
                let mass = wanted.reduce(0.0) { $0 + Double(weights[$1]) }
                for token in wanted where Double(weights[token]) > mass / 50 {
                    #expect(seen.contains(token), "\(count), round \(round)")
                }
            }
        }
    }
}
