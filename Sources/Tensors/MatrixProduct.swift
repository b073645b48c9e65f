internal import CKernels

/// Matrix products by oneDNN or our own kernels, each worker with one of its own.
///
/// Factors are 32-bit floats or bfloat16, sums are 32-bit floats. A row of a product is the same to the
/// last bit whatever the number of rows.
package final class MatrixProduct {
    private let kernels: Kernels
    private let scratch = FloatBuffer()
    private let widened = (FloatBuffer(), FloatBuffer())

    private let oneDNN: OpaquePointer?
    private var served: [[Int64]: Bool] = [:]
    private static let mostRows: Int64 = 1024

    /// Products by oneDNN where it keeps rows apart, else with `kernels`.
    package init(_ kernels: Kernels = .best, oneDNN wanted: Bool = true) {
        self.kernels = kernels
        oneDNN = wanted ? ck_dnnl_create() : nil
    }

    deinit { ck_dnnl_destroy(oneDNN) }

    /// Who multiplies, for a person.
    package var implementation: String { describe(Float.self) }

    /// Who multiplies bfloat16, for a person.
    package var halfImplementation: String { describe(BFloat16.self) }

    private func describe<E: ProductElement>(_: E.Type) -> String {
        let own = "own fixed-order kernel, \(kernels.instructionSet)"
        guard let oneDNN else { return own }
        let n = 64
        let (probe, result) = (FloatBuffer(count: n * n), FloatBuffer(count: n))
        let numbers = UnsafeRawPointer(probe.pointer).assumingMemoryBound(to: E.self)
        forward(rows: 1, numbers, inner: n, weights: numbers, outer: n, into: result.pointer)
        let name = String(cString: ck_dnnl_implementation(oneDNN))
        return name.hasPrefix("brg") ? "oneDNN, \(name)" : "\(own) (oneDNN has only \(name))"
    }

    /// `y[m,n] = x[m,k]·wᵀ` for weights `w[n,k]`.
    package func forward<E: ProductElement>(
        rows m: Int, _ x: UnsafePointer<E>, inner k: Int, weights w: UnsafePointer<E>,
        outer n: Int, into y: UnsafeMutablePointer<Float>
    ) {
        multiply(
            ck_product(
                m: Int64(m), n: Int64(n), k: Int64(k), a: floats(x), a_row: Int64(k), a_column: 1,
                b: floats(w), b_row: 1, b_column: Int64(k), c: y, c_row: Int64(n),
                accumulate: 0, half: E.isHalf ? 1 : 0))
    }

    /// `dx[m,k] = dy[m,n]·w` for weights `w[n,k]`; rows of dy are `stride` numbers apart.
    package func inputGradient<E: ProductElement>(
        rows m: Int, _ dy: UnsafePointer<E>, outer n: Int, stride: Int? = nil,
        weights w: UnsafePointer<E>, inner k: Int, into dx: UnsafeMutablePointer<Float>
    ) {
        multiply(
            ck_product(
                m: Int64(m), n: Int64(k), k: Int64(n), a: floats(dy),
                a_row: Int64(stride ?? n), a_column: 1, b: floats(w), b_row: Int64(k), b_column: 1,
                c: dx, c_row: Int64(k), accumulate: 0,
                half: E.isHalf ? 1 : 0))
    }

    /// `dw[n,k] += dyᵀ[n,m]·x[m,k]` for `n` columns of dy, whose rows are `stride` numbers apart.
    package func weightGradient<E: ProductElement>(
        rows m: Int, _ dy: UnsafePointer<E>, outer n: Int, stride: Int? = nil,
        _ x: UnsafePointer<E>, inner k: Int, addingTo dw: UnsafeMutablePointer<Float>
    ) {
        multiply(
            ck_product(
                m: Int64(n), n: Int64(k), k: Int64(m), a: floats(dy), a_row: 1,
                a_column: Int64(stride ?? n), b: floats(x), b_row: Int64(k), b_column: 1, c: dw,
                c_row: Int64(k), accumulate: 1, half: E.isHalf ? 1 : 0))
    }

    /// Rows in parts whose gradients are added one after another, so that few primitives serve every batch.
    package static func parts(_ rows: Int) -> [Range<Int>] {
        var parts: [Range<Int>] = []
        var first = 0
        while first < rows {
            let count = part(of: rows - first, least: 16)
            parts.append(first..<first + count)
            first += count
        }
        return parts
    }

    /// The rows of the next product of those that are left: 1,024, then a multiple of 64, then powers of two
    /// down to `least`, then what is left.
    private static func part(of left: Int, least: Int) -> Int {
        if left >= mostRows { return Int(mostRows) }
        if left >= 64 { return left / 64 * 64 }
        var size = 32
        while size > left, size > least { size /= 2 }
        return min(size, left)
    }

    /// `dw[n,k] += dyᵀ[n,m]·x[m,k]` for slopes that are transposed already: some rows of a matrix `[…, m]`.
    package func weightGradient<E: ProductElement>(
        rows m: Int, transposed dy: UnsafePointer<E>, outer n: Int, _ x: UnsafePointer<E>,
        inner k: Int, addingTo dw: UnsafeMutablePointer<Float>
    ) {
        multiply(
            ck_product(
                m: Int64(n), n: Int64(k), k: Int64(m), a: floats(dy), a_row: Int64(m), a_column: 1,
                b: floats(x), b_row: Int64(k), b_column: 1, c: dw, c_row: Int64(k), accumulate: 1,
                half: E.isHalf ? 1 : 0))
    }

    private func floats<E>(_ x: UnsafePointer<E>) -> UnsafePointer<Float> {
        UnsafeRawPointer(x).assumingMemoryBound(to: Float.self)
    }

    // MARK: Packed weights

    /// Bytes that weights `w[n,k]` take when they are packed; nil where products of this machine have
    /// no use for it.
    package func packedSize(outer n: Int, inner k: Int, half: Bool) -> Int? {
        guard let oneDNN else { return nil }
        let flag: Int32 = half ? 1 : 0
        let plain = weightsProduct(outer: n, inner: k, nil, row: 1, half: flag)
        let packed = weightsProduct(outer: n, inner: k, nil, row: -1, half: flag)
        guard usesOneDNN(plain), usesOneDNN(packed) else { return nil }
        let size = Int(ck_dnnl_packed_size(oneDNN, Int64(n), Int64(k), flag))
        return size > 0 ? size : nil
    }

    /// Packs weights `w[n,k]` into room for `packedSize` bytes; false where it could not be done.
    package func pack<E: ProductElement>(
        _ w: UnsafePointer<E>, outer n: Int, inner k: Int, into packed: UnsafeMutableRawPointer
    ) -> Bool {
        var product = weightsProduct(
            outer: n, inner: k, floats(w), row: 1, half: E.isHalf ? 1 : 0)
        return ck_dnnl_pack(oneDNN, &product, packed) != 0
    }

    /// What `forward` gives, to the last bit, for weights that were packed; faster for few rows, since
    /// nothing of them is brought in order again.
    package func forward<E: ProductElement>(
        rows m: Int, _ x: UnsafePointer<E>, inner k: Int, packed w: UnsafeRawPointer,
        outer n: Int, into y: UnsafeMutablePointer<Float>
    ) {
        guard let oneDNN, m > 0 else { return }
        var product = weightsProduct(
            outer: n, inner: k, w.assumingMemoryBound(to: Float.self), row: -1,
            half: E.isHalf ? 1 : 0)
        (product.m, product.a, product.a_row, product.a_column) = (Int64(m), floats(x), Int64(k), 1)
        (product.c, product.c_row) = (y, Int64(n))
        multiply(product, oneDNN)
    }

    private func weightsProduct(
        outer n: Int, inner k: Int, _ w: UnsafePointer<Float>?, row: Int64, half: Int32
    ) -> ck_product {
        ck_product(
            m: 1, n: Int64(n), k: Int64(k), a: nil, a_row: Int64(k), a_column: 1, b: w, b_row: row,
            b_column: row < 0 ? 0 : Int64(k), c: nil, c_row: Int64(n), accumulate: 0, half: half)
    }

    // MARK: Who multiplies

    private func multiply(_ product: ck_product) {
        guard product.m > 0, product.n > 0, product.k > 0 else { return }
        if let oneDNN, usesOneDNN(product) {
            multiply(product, oneDNN)
        } else {
            multiplyHere(product)
        }
    }

    /// Our own kernel, which knows floats alone: bfloat16 is widened first, in the order of its rows.
    private func multiplyHere(_ product: ck_product) {
        var product = product
        if product.half != 0 {
            (product.a, product.a_row, product.a_column) = widen(
                product.a, product.m, product.k, product.a_row, product.a_column, widened.0)
            (product.b, product.b_row, product.b_column) = widen(
                product.b, product.k, product.n, product.b_row, product.b_column, widened.1)
        }
        let room = scratch.reserve(Int(ck_gemm_scratch(kernels.table, product.k)))
        ck_gemm(kernels.table, &product, room)
    }

    private func widen(
        _ halves: UnsafePointer<Float>?, _ rows: Int64, _ columns: Int64, _ row: Int64,
        _ column: Int64, _ room: FloatBuffer
    ) -> (UnsafePointer<Float>?, Int64, Int64) {
        let out = room.reserve(Int(rows * columns))
        guard let halves else { return (UnsafePointer(out), columns, 1) }
        let numbers = UnsafeRawPointer(halves).assumingMemoryBound(to: UInt16.self)
        // The side whose numbers are next to each other is read in one go.
        let isRowMajor = column == 1
        let (lines, length) = isRowMajor ? (rows, columns) : (columns, rows)
        for line in 0..<lines {
            let from = numbers + Int(line * (isRowMajor ? row : column))
            ck_from_half(kernels.table, length, from, out + Int(line * length))
        }
        return (UnsafePointer(out), isRowMajor ? length : 1, isRowMajor ? 1 : length)
    }

    /// Whether oneDNN serves a shape of weights by kernels whose rows do not depend on each other,
    /// asked once for every number of rows that it would be given.
    private func usesOneDNN(_ product: ck_product) -> Bool {
        if product.accumulate != 0 { return true }
        let shape = [
            product.n, product.k, product.a_row, product.b_row, product.c_row,
            Int64(product.half),
        ]
        if let known = served[shape] { return known }
        var trial = product
        var works = true
        trial.m = Self.mostRows
        while works, trial.m > 0 {
            works = ck_dnnl_serves(oneDNN, &trial) != 0
            trial.m /= 2
        }
        served[shape] = works
        return works
    }

    /// Splits rows (or, for a weight's gradient, the inner length) into parts of few sizes, so that few
    /// primitives serve every batch.
    private func multiply(_ product: ck_product, _ oneDNN: OpaquePointer) {
        let inner = product.accumulate != 0
        let width: Int64 = product.half != 0 ? 2 : 4
        var left = inner ? product.k : product.m
        var part = product
        while left > 0 {
            let size = Int64(Self.part(of: Int(left), least: inner ? 16 : 1))
            let useful = !inner || size >= 16
            if inner { part.k = size } else { part.m = size }
            if !useful || ck_dnnl_gemm(oneDNN, &part) == 0 { multiplyHere(part) }
            part.a = advanced(part.a, size * (inner ? product.a_column : product.a_row) * width)
            if inner {
                part.b = advanced(part.b, size * product.b_row * width)
            } else {
                part.c += Int(size * product.c_row)
            }
            left -= size
        }
    }

    private func advanced(
        _ numbers: UnsafePointer<Float>?, _ bytes: Int64
    ) -> UnsafePointer<Float>? {
        numbers.map { (UnsafeRawPointer($0) + Int(bytes)).assumingMemoryBound(to: Float.self) }
    }
}
