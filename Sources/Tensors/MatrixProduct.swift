internal import CKernels

/// Matrix products by one instruction set, each worker with one of its own.
///
/// A row of a product is the same to the last bit whatever the number of rows.
package final class MatrixProduct {
    private let kernels: Kernels
    private let scratch = FloatBuffer()

    /// Products with `kernels`.
    package init(_ kernels: Kernels = .best) { self.kernels = kernels }

    /// Who multiplies, for a person.
    package var implementation: String { "own fixed-order kernel, \(kernels.instructionSet)" }

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
        var product = product
        let room = scratch.reserve(Int(ck_gemm_scratch(kernels.table, product.k)))
        ck_gemm(kernels.table, &product, room)
    }
}
