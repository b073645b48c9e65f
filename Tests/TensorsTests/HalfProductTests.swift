import Tensors
import Testing

@Suite struct SharedProductTests {
    @Test("some outputs of a product have the bits of the whole, for floats")
    func pieces() { check(numbers(256 * 96, seed: 2)) { numbers($0) } }

    @Test("some outputs of a product have the bits of the whole, for bfloat16")
    func halves() {
        check(halved(numbers(256 * 96, seed: 2))) { halved(numbers($0)) }
    }

    private func check<E: ProductElement>(_ weights: [E], _ values: (Int) -> [E]) {
        let product = MatrixProduct()
        let (outer, inner) = (256, 96)
        for rows in [1, 3, 8, 64] {
            let x = values(rows * inner)
            var whole = [Float](repeating: 0, count: rows * outer)
            product.forward(
                rows: rows, x, inner: inner, weights: weights, outer: outer, into: &whole)
            for range in [0..<64, 64..<192, 192..<256] {
                var part = [Float](repeating: 9, count: rows * range.count)
                product.forward(
                    rows: rows, x, inner: inner,
                    weights: Array(weights[range.lowerBound * inner..<range.upperBound * inner]),
                    outer: range.count, into: &part)
                for row in 0..<rows {
                    let wanted = whole[row * outer..<(row + 1) * outer][
                        row * outer + range.lowerBound..<row * outer + range.upperBound]
                    let found = part[row * range.count..<(row + 1) * range.count]
                    #expect(wanted.map(\.bitPattern) == found.map(\.bitPattern))
                }
            }
        }
    }
}

/// The nearest bfloat16 of each number.
func halved(_ x: [Float]) -> [BFloat16] {
    var out = [BFloat16](repeating: BFloat16(bits: 0), count: x.count)
    Kernels.best.halve(x.count, x, into: &out)
    return out
}

@Suite struct BFloat16Tests {
    @Test("rounding is to the nearest, to even among two; what is not finite stays so")
    func rounding() {
        let x: [Float] =
            numbers(1000) + [
                0, -0.0, 0x1p-140, .greatestFiniteMagnitude, .infinity, -.infinity,
                Float(bitPattern: 0x3F80_8000), Float(bitPattern: 0x3F81_8000),
                Float(bitPattern: 0x3F80_8001), 1.0,
            ]
        for kernels in available {
            var out = [BFloat16](repeating: BFloat16(bits: 0), count: x.count)
            kernels.halve(x.count, x, into: &out)
            for (value, half) in zip(x, out) {
                let down = Float(bitPattern: value.bitPattern & 0xFFFF_0000)
                let up = Float(bitPattern: down.bitPattern &+ 0x1_0000)
                let rest = value.bitPattern & 0xFFFF
                let isUp = rest > 0x8000 || rest == 0x8000 && down.bitPattern >> 16 & 1 == 1
                #expect(half.float.bitPattern == (isUp ? up : down).bitPattern, "\(value)")
            }
            var nan = [BFloat16](repeating: BFloat16(bits: 0), count: 1)
            kernels.halve(1, [Float(bitPattern: 0x7F80_0001)], into: &nan)
            #expect(nan[0].float.isNaN)
        }
    }

    @Test(
        "products of bfloat16 equal their twins on the rounded numbers", arguments: [false, true])
    func products(oneDNN: Bool) {
        for kernels in available {
            let product = MatrixProduct(kernels, oneDNN: oneDNN)
            for (m, n, k) in [(1, 1, 1), (3, 5, 7), (14, 32, 16), (29, 33, 40)] {
                let x = halved(numbers(m * k)), w = halved(numbers(n * k, seed: 2))
                let dy = halved(numbers(m * n, seed: 3))
                var y = [Float](repeating: 9, count: m * n)
                product.forward(rows: m, x, inner: k, weights: w, outer: n, into: &y)
                check(y, m, n, k) {
                    x[$0 * k + $1].float
                } b: {
                    w[$1 * k + $0].float
                }
                var dx = [Float](repeating: 9, count: m * k)
                product.inputGradient(rows: m, dy, outer: n, weights: w, inner: k, into: &dx)
                check(dx, m, k, n) {
                    dy[$0 * n + $1].float
                } b: {
                    w[$0 * k + $1].float
                }
                var dw = [Float](repeating: 0, count: n * k)
                product.weightGradient(rows: m, dy, outer: n, x, inner: k, addingTo: &dw)
                check(dw, n, k, m) {
                    dy[$1 * n + $0].float
                } b: {
                    x[$0 * k + $1].float
                }
            }
        }
    }

    private func check(
        _ found: [Float], _ m: Int, _ n: Int, _ k: Int, a: (Int, Int) -> Float,
        b: (Int, Int) -> Float
    ) {
        let wanted = PlainKernels.product(m, n, k, a: a, b: b)
        #expect(zip(found, wanted).allSatisfy { abs(Double($0) - $1) < 1e-5 })
    }
}
