import Foundation
import Tensors
import Testing

/// The instruction sets of this machine.
let available = Kernels.InstructionSet.allCases.compactMap { Kernels($0) }

/// A reproducible spread of numbers in -1...1.
func numbers(_ count: Int, seed: Int = 1) -> [Float] {
    (0..<count).map { Float(sin(Double(($0 + 1) * (seed * 2 + 1)) * 1.7)) }
}

@Suite struct KernelsTests {
    @Test("portable kernels are everywhere, and the best is among the sets")
    func sets() {
        #expect(Kernels(.portable) != nil)
        #expect(available.contains { $0.instructionSet == Kernels.best.instructionSet })
    }

    /// 3e-7 is 2.5 units in the last place.
    @Test("the exponential is within 3e-7, 0 far below, NaN for NaN")
    func exponential() {
        let x: [Float] =
            (0..<2000).map { -87 + Float($0) * 0.0875 } + [0, -0.0, -200, -.infinity, .nan]
        for kernels in available {
            var y = [Float](repeating: 7, count: x.count)
            kernels.exponentials(x.count, x, shift: 0, scale: 1, into: &y)
            for i in 0..<2000 {
                let wanted = exp(Double(x[i]))
                #expect(abs(Double(y[i]) - wanted) <= 3e-7 * wanted, "\(x[i])")
            }
            #expect(y[2000] == 1 && y[2001] == 1 && y[2002] == 0 && y[2003] == 0)
            #expect(y[2004].isNaN)
        }
    }

    @Test("norm equals its twin, with and without a sum", arguments: [1, 7, 16, 37])
    func norm(width: Int) {
        let x = numbers(3 * width)
        let more = numbers(3 * width, seed: 2)
        let w = numbers(width, seed: 3)
        for kernels in available {
            var y = [Float](repeating: 0, count: 3 * width)
            var sum = y
            var inverse = [Float](repeating: 0, count: 3)
            kernels.norm(
                rows: 3, width: width, x, adding: more, sum: &sum, weight: w, epsilon: 1e-5,
                into: &y, inverse: &inverse)
            #expect(sum == zip(x, more).map { $0 + $1 })
            for row in 0..<3 {
                let part = Array(sum[row * width..<(row + 1) * width])
                let wanted = PlainKernels.norm(part, w, epsilon: 1e-5)
                for i in 0..<width { #expect(abs(Double(y[row * width + i]) - wanted[i]) < 2e-6) }
            }
            var again = y
            kernels.norm(
                rows: 3, width: width, sum, adding: nil, sum: nil, weight: w, epsilon: 1e-5,
                into: &again, inverse: nil)
            #expect(again == y)
        }
    }

    @Test("turning forth and back is the identity")
    func rotation() {
        let x = numbers(2 * 3 * 10)
        let angles = (0..<4 * 5).map { Double($0) * 0.3 }
        let (cosine, sine) = (angles.map { Float(cos($0)) }, angles.map { Float(sin($0)) })
        for kernels in available {
            var y = x
            for backward in [false, true] {
                kernels.rotate(
                    rows: 2, heads: 2, headWidth: 10, &y, stride: 30, positions: [3, 1],
                    cosine: cosine, sine: sine, backward: backward)
                if !backward { #expect(abs(y[0] - (x[0] * cosine[15] - x[5] * sine[15])) < 1e-6) }
            }
            for (a, b) in zip(x, y) { #expect(abs(a - b) < 1e-6) }
            #expect(Array(y[20..<30]) == Array(x[20..<30]))
        }
    }

    @Test("SwiGLU equals its twin", arguments: [3, 16, 21])
    func swiglu(width: Int) {
        let x = numbers(2 * 2 * width).map { $0 * 6 }
        for kernels in available {
            var h = [Float](repeating: 0, count: 2 * width)
            kernels.swiglu(rows: 2, width: width, x, into: &h)
            for row in 0..<2 {
                for i in 0..<width {
                    let wanted =
                        PlainKernels.silu(x[row * 2 * width + i])
                        * Double(x[row * 2 * width + width + i])
                    #expect(abs(Double(h[row * width + i]) - wanted) < 1e-5)
                }
            }
        }
    }

    @Test func sums() {
        let x = numbers(3001)
        let wanted = x.reduce(0.0) { $0 + Double($1) * Double($1) }
        for kernels in available {
            #expect(abs(kernels.sumOfSquares(x.count, x) - wanted) < 1e-6 * wanted)
            var y = x
            kernels.add(x.count, x, to: &y)
            #expect(y == x.map { $0 + $0 })
        }
    }

    @Test("log-probability and entropy equal their twins; equal logits give log V")
    func logSoftmax() {
        let logits = numbers(2 * 21).map { $0 * 4 } + [Float](repeating: 3, count: 21)
        for kernels in available {
            var (logp, entropy) = ([Float](repeating: 0, count: 3), [Float](repeating: 0, count: 3))
            var (logSums, parts) = (logp, [Float](repeating: 0, count: 6))
            kernels.logSoftmax(
                rows: 3, vocabulary: 21, logits, targets: [4, -1, 20], logProbabilities: &logp,
                entropies: &entropy, logSums: &logSums, parts: &parts)
            for row in 0..<3 {
                let x = logits[row * 21..<(row + 1) * 21].map(Double.init)
                let sum = log(x.reduce(0) { $0 + exp($1) })
                #expect(abs(Double(logSums[row]) - sum) < 1e-5)
                let plain = -x.reduce(0) { $0 + exp($1 - sum) * ($1 - sum) }
                #expect(abs(Double(entropy[row]) - plain) < 1e-5)
            }
            #expect(logp[0] == (logits[4] - parts[0]) - parts[1])
            #expect(logp[1] == 0)
            #expect(abs(logp[2] + logf(21)) < 1e-6)
        }
    }
}

@Suite struct TransposeTests {
    @Test("rows become columns, to the last bit, whatever is left over of blocks")
    func transpose() {
        for kernels in available {
            for (rows, columns) in [(1, 1), (3, 40), (16, 16), (33, 18), (48, 64), (5, 7)] {
                let x = numbers(rows * columns)
                var out = [Float](repeating: 9, count: x.count)
                kernels.transpose(rows: rows, columns: columns, x, into: &out)
                var halves = [BFloat16](repeating: BFloat16(bits: 0), count: x.count)
                kernels.transposeHalved(rows: rows, columns: columns, x, into: &halves)
                let wanted = (0..<x.count).map { x[$0 % rows * columns + $0 / rows] }
                #expect(out == wanted)
                #expect(halves == halved(wanted))
            }
        }
    }

    @Test("rows are parted whole, in few sizes")
    func parts() {
        for rows in [0, 1, 15, 16, 17, 100, 1024, 3000] {
            let parts = MatrixProduct.parts(rows)
            #expect(parts.flatMap { Array($0) } == Array(0..<rows))
            #expect(parts.allSatisfy { $0.count <= 1024 })
        }
    }
}
