import Tensors
import Testing

@Suite struct MatrixProductTests {
    private let shapes = [(1, 1, 1), (3, 5, 7), (14, 32, 16), (29, 33, 40), (31, 70, 9)]

    /// Sums of 40 products below 1 in magnitude: 1e-5 is some 80 roundings.
    private let tolerance = 1e-5

    @Test("the three products equal their plain twins", arguments: [false, true])
    func twins(oneDNN: Bool) {
        for kernels in available {
            let product = MatrixProduct(kernels, oneDNN: oneDNN)
            for (m, n, k) in shapes {
                let (x, w, dy) = (numbers(m * k), numbers(n * k, seed: 2), numbers(m * n, seed: 3))
                var y = [Float](repeating: 9, count: m * n)
                product.forward(rows: m, x, inner: k, weights: w, outer: n, into: &y)
                check(
                    y, PlainKernels.product(m, n, k, a: { x[$0 * k + $1] }, b: { w[$1 * k + $0] }))
                var dx = [Float](repeating: 9, count: m * k)
                product.inputGradient(rows: m, dy, outer: n, weights: w, inner: k, into: &dx)
                check(
                    dx, PlainKernels.product(m, k, n, a: { dy[$0 * n + $1] }, b: { w[$0 * k + $1] })
                )
                var dw = [Float](repeating: 1, count: n * k)
                product.weightGradient(rows: m, dy, outer: n, x, inner: k, addingTo: &dw)
                let plain = PlainKernels.product(
                    n, k, m, a: { dy[$1 * n + $0] }, b: { x[$0 * k + $1] })
                check(dw, plain.map { $0 + 1 })
            }
        }
    }

    @Test("a row has the same bits whatever the number of rows", arguments: [false, true])
    func invariance(oneDNN: Bool) {
        let (n, k) = (37, 24)
        let w = numbers(n * k, seed: 2)
        for kernels in available {
            let product = MatrixProduct(kernels, oneDNN: oneDNN)
            let x = numbers(65 * k)
            var whole = [Float](repeating: 0, count: 65 * n)
            product.forward(rows: 65, x, inner: k, weights: w, outer: n, into: &whole)
            for m in [1, 2, 7, 14, 15, 33] {
                var part = [Float](repeating: 0, count: m * n)
                product.forward(rows: m, x, inner: k, weights: w, outer: n, into: &part)
                #expect(part.map(\.bitPattern) == whole.prefix(m * n).map(\.bitPattern))
            }
        }
    }

    private func check(_ found: [Float], _ wanted: [Double]) {
        #expect(found.count == wanted.count)
        for (x, y) in zip(found, wanted) { #expect(abs(Double(x) - y) < tolerance) }
    }
}

@Suite struct PackedProductTests {
    @Test("packed weights give the same bits as plain ones, whatever the number of rows")
    func packed() {
        let product = MatrixProduct()
        for (outer, inner) in [(64, 128), (37, 96), (384, 128), (23, 24), (960, 64), (1, 7)] {
            guard let size = product.packedSize(outer: outer, inner: inner, half: false) else {
                continue
            }
            let weights = FloatBuffer(count: outer * inner)
            let room = FloatBuffer(count: size / 4 + 1)
            for i in 0..<outer * inner { weights.pointer[i] = Float.random(in: -1...1) }
            #expect(
                product.pack(weights.pointer, outer: outer, inner: inner, into: room.pointer))
            for rows in [1, 2, 3, 5, 16, 33, 100] {
                let x = FloatBuffer(count: rows * inner)
                for i in 0..<rows * inner { x.pointer[i] = Float.random(in: -1...1) }
                let (plain, quick) = (
                    FloatBuffer(count: rows * outer), FloatBuffer(count: rows * outer)
                )
                product.forward(
                    rows: rows, x.pointer, inner: inner, weights: weights.pointer, outer: outer,
                    into: plain.pointer)
                product.forward(
                    rows: rows, x.pointer, inner: inner, packed: room.pointer, outer: outer,
                    into: quick.pointer)
                let same = (0..<rows * outer).allSatisfy {
                    plain.pointer[$0].bitPattern == quick.pointer[$0].bitPattern
                }
                #expect(same, "\(outer) × \(inner), \(rows) rows")
            }
        }
    }
}
