internal import CKernels

/// Matrix products by oneDNN or our own kernels, each worker with one of its own.
///
/// A row of a product is the same to the last bit whatever the number of rows.
package final class MatrixProduct {
    private let kernels: Kernels
    private let scratch = FloatBuffer()

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
    package var implementation: String {
        let own = "own fixed-order kernel, \(kernels.instructionSet)"
        guard let oneDNN else { return own }
        let probe = FloatBuffer(count: 64 * 64 * 2)
        forward(
            rows: 1, probe.pointer, inner: 64, weights: probe.pointer, outer: 64,
            into: probe.pointer + 64 * 64)
        let name = String(cString: ck_dnnl_implementation(oneDNN))
        return name.hasPrefix("brg") ? "oneDNN, \(name)" : "\(own) (oneDNN has only \(name))"
    }

    /// `y[m,n] = x[m,k]·wᵀ` for weights `w[n,k]`.
    package func forward(
        rows m: Int, _ x: UnsafePointer<Float>, inner k: Int, weights w: UnsafePointer<Float>,
        outer n: Int, into y: UnsafeMutablePointer<Float>
    ) {
        multiply(
            ck_product(
                m: Int64(m), n: Int64(n), k: Int64(k), a: x, a_row: Int64(k), a_column: 1, b: w,
                b_row: 1, b_column: Int64(k), c: y, c_row: Int64(n), accumulate: 0))
    }

    /// Floats that weights `w[n,k]` take when they are packed; nil where products of this machine have
    /// no use for it.
    package func packedCount(outer n: Int, inner k: Int) -> Int? {
        guard let oneDNN else { return nil }
        let plain = weightsProduct(outer: n, inner: k, nil, row: 1)
        guard usesOneDNN(plain), usesOneDNN(weightsProduct(outer: n, inner: k, nil, row: -1)) else {
            return nil
        }
        let count = Int(ck_dnnl_packed_size(oneDNN, Int64(n), Int64(k)))
        return count > 0 ? count : nil
    }

    /// Packs weights `w[n,k]` into room for `packedCount`; false where it could not be done.
    package func pack(
        _ w: UnsafePointer<Float>, outer n: Int, inner k: Int,
        into packed: UnsafeMutablePointer<Float>
    ) -> Bool {
        var product = weightsProduct(outer: n, inner: k, w, row: 1)
        return ck_dnnl_pack(oneDNN, &product, packed) != 0
    }

    /// What `forward` gives, to the last bit, for weights that were packed; faster for few rows, since
    /// nothing of them is brought in order again.
    package func forward(
        rows m: Int, _ x: UnsafePointer<Float>, inner k: Int, packed w: UnsafePointer<Float>,
        outer n: Int, into y: UnsafeMutablePointer<Float>
    ) {
        guard let oneDNN, m > 0 else { return }
        var product = weightsProduct(outer: n, inner: k, w, row: -1)
        (product.m, product.a, product.a_row, product.a_column) = (Int64(m), x, Int64(k), 1)
        (product.c, product.c_row) = (y, Int64(n))
        multiply(product, oneDNN)
    }

    private func weightsProduct(
        outer n: Int, inner k: Int, _ w: UnsafePointer<Float>?, row: Int64
    ) -> ck_product {
        ck_product(
            m: 1, n: Int64(n), k: Int64(k), a: nil, a_row: Int64(k), a_column: 1, b: w, b_row: row,
            b_column: row < 0 ? 0 : Int64(k), c: nil, c_row: Int64(n), accumulate: 0)
    }

    /// `dx[m,k] = dy[m,n]·w` for weights `w[n,k]`.
    package func inputGradient(
        rows m: Int, _ dy: UnsafePointer<Float>, outer n: Int, weights w: UnsafePointer<Float>,
        inner k: Int, into dx: UnsafeMutablePointer<Float>
    ) {
        multiply(
            ck_product(
                m: Int64(m), n: Int64(k), k: Int64(n), a: dy, a_row: Int64(n), a_column: 1, b: w,
                b_row: Int64(k), b_column: 1, c: dx, c_row: Int64(k), accumulate: 0))
    }

    /// `dw[n,k] += dyᵀ[n,m]·x[m,k]`.
    package func weightGradient(
        rows m: Int, _ dy: UnsafePointer<Float>, outer n: Int, _ x: UnsafePointer<Float>,
        inner k: Int, addingTo dw: UnsafeMutablePointer<Float>
    ) {
        multiply(
            ck_product(
                m: Int64(n), n: Int64(k), k: Int64(m), a: dy, a_row: 1, a_column: Int64(n), b: x,
                b_row: Int64(k), b_column: 1, c: dw, c_row: Int64(k), accumulate: 1))
    }

    private func multiply(_ product: ck_product) {
        guard product.m > 0, product.n > 0, product.k > 0 else { return }
        if let oneDNN, usesOneDNN(product) {
            multiply(product, oneDNN)
        } else {
            multiplyHere(product)
        }
    }

    private func multiplyHere(_ product: ck_product) {
        var product = product
        let room = scratch.reserve(Int(ck_gemm_scratch(kernels.table, product.k)))
        ck_gemm(kernels.table, &product, room)
    }

    /// Whether oneDNN serves a shape of weights by kernels whose rows do not depend on each other,
    /// asked once for every number of rows that it would be given.
    private func usesOneDNN(_ product: ck_product) -> Bool {
        if product.accumulate != 0 { return true }
        let shape = [product.n, product.k, product.b_row]
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

    /// Splits rows (or, for a weight's gradient, the inner length) into powers of two, so that few
    /// primitives serve every batch.
    private func multiply(_ product: ck_product, _ oneDNN: OpaquePointer) {
        let inner = product.accumulate != 0
        var left = inner ? product.k : product.m
        var part = product
        var size = Self.mostRows
        while left > 0 {
            while size > left { size /= 2 }
            let useful = !inner || size >= 16
            if !useful { size = left }
            if inner { part.k = size } else { part.m = size }
            if !useful || ck_dnnl_gemm(oneDNN, &part) == 0 { multiplyHere(part) }
            part.a += Int(size * (inner ? product.a_column : product.a_row))
            if inner {
                part.b += Int(size * product.b_row)
            } else {
                part.c += Int(size * product.c_row)
            }
            left -= size
        }
    }
}
