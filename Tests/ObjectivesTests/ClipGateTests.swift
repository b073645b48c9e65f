import Foundation
import Testing

@testable import Objectives

struct ClipGateTests {
    private func surrogate(_ ratio: Double, _ advantage: Double, dual: Double? = nil) -> Surrogate {
        clippedSurrogate(
            SurrogateInput(
                logRatio: log(ratio), advantage: advantage, logProbability: -1, sharing: 1),
            low: 0.2, high: 0.28, dual: dual)
    }

    @Test("the gradient vanishes exactly beyond the bound that the advantage's sign chooses")
    func bounds() {
        #expect(surrogate(1.2799, 1).slope < 0 && !surrogate(1.2799, 1).isClippedHigh)
        #expect(surrogate(1.2801, 1).slope == 0 && surrogate(1.2801, 1).isClippedHigh)
        #expect(abs(surrogate(9, 2).value + 2.56) < 1e-12)
        #expect(surrogate(0.8001, -1).slope > 0 && !surrogate(0.8001, -1).isClippedLow)
        #expect(surrogate(0.7999, -1).slope == 0 && surrogate(0.7999, -1).isClippedLow)
        #expect(abs(surrogate(0.1, -2).value - 1.6) < 1e-12)
        // The other sign is never held back.
        #expect(surrogate(0.1, 1).slope < 0 && surrogate(9, -1).slope > 0)
        #expect(surrogate(9, 0).value == 0 && surrogate(9, 0).slope == 0)
    }

    @Test("dual clip bounds a negative advantage from above")
    func dual() {
        #expect(surrogate(2.9999, -1, dual: 3).slope > 0)
        #expect(surrogate(3.0001, -1, dual: 3).slope == 0)
        #expect(surrogate(99, -2, dual: 3).value == 6)
    }

    @Test("−min(ρA, clip(ρ)A), by its definition", arguments: [-1.5, -0.1, 0.3, 2])
    func definition(advantage: Double) {
        for step in 1...40 {
            let ratio = Double(step) / 10 + 0.001
            let clipped = min(max(ratio, 0.8), 1.28)
            let wanted = -min(ratio * advantage, clipped * advantage)
            #expect(abs(surrogate(ratio, advantage).value - wanted) < 1e-12)
            let bounded = min(wanted, 3 * abs(advantage))
            let dual = surrogate(ratio, advantage, dual: 3).value
            #expect(abs(dual - (advantage < 0 ? bounded : wanted)) < 1e-12)
        }
    }
}
