internal import CKernels

/// The row-wise kernels of one instruction set.
///
/// Each row is computed by the same operations in the same order whatever the other rows are.
package struct Kernels: @unchecked Sendable {
    /// An instruction set that kernels are compiled for.
    package enum InstructionSet: Int32, Sendable, CaseIterable {
        case portable = 0
        case avx2 = 1
        case avx512 = 2
    }

    let table: UnsafePointer<ck_table>
    /// Which it is.
    package let instructionSet: InstructionSet

    /// The kernels of `instructionSet`, or nil where this machine lacks it.
    package init?(_ instructionSet: InstructionSet) {
        guard let table = ck_table_for(instructionSet.rawValue) else { return nil }
        self.table = table
        self.instructionSet = instructionSet
    }

    /// The best of this machine; the variable `ASSAY_ISA` (portable, avx2) lowers it.
    package static let best: Kernels = {
        let wanted = InstructionSet(rawValue: ck_best_isa()) ?? .portable
        guard let kernels = Kernels(wanted) ?? Kernels(.portable) else {
            preconditionFailure("portable kernels are always there")
        }
        return kernels
    }()

    /// Normed rows of width `d`, `y = (x + add)·w / rms(x + add)`.
    ///
    /// The sum goes to `sum`, 1/rms to `inverse`. Without `add` it is `x` alone.
    package func norm(
        rows: Int, width d: Int, _ x: UnsafePointer<Float>, adding: UnsafePointer<Float>?,
        sum: UnsafeMutablePointer<Float>?, weight: UnsafePointer<Float>, epsilon: Float,
        into y: UnsafeMutablePointer<Float>, inverse: UnsafeMutablePointer<Float>?
    ) {
        ck_norm(table, Int64(rows), Int64(d), x, adding, sum, weight, epsilon, y, inverse)
    }

    /// Adds the norm's gradients to `dx` and `dWeight`.
    package func normBackward(
        rows: Int, width d: Int, _ dy: UnsafePointer<Float>, x: UnsafePointer<Float>,
        weight: UnsafePointer<Float>, inverse: UnsafePointer<Float>,
        dx: UnsafeMutablePointer<Float>, dWeight: UnsafeMutablePointer<Float>
    ) {
        ck_norm_back(table, Int64(rows), Int64(d), dy, x, weight, inverse, dx, dWeight)
    }

    /// Rotates the two halves of each head by its position's angles; `backward` turns back.
    package func rotate(
        rows: Int, heads: Int, headWidth: Int, _ x: UnsafeMutablePointer<Float>, stride: Int,
        positions: UnsafePointer<Int32>, cosine: UnsafePointer<Float>, sine: UnsafePointer<Float>,
        backward: Bool = false
    ) {
        ck_rope(
            table, Int64(rows), Int64(heads), Int64(headWidth), x, Int64(stride), positions, cosine,
            sine, backward ? -1 : 1)
    }

    /// `silu(g)·u` of rows `[g, u]` of width 2·f.
    package func swiglu(
        rows: Int, width f: Int, _ gateUp: UnsafePointer<Float>,
        into h: UnsafeMutablePointer<Float>
    ) {
        ck_swiglu(
            table, Int64(rows), Int64(f), gateUp, gateUp + f, Int64(2 * f), h, Int64(f))
    }

    /// `silu(g)·u` of rows of `gate` and `up` that are `stride` apart, into rows `outStride` apart.
    package func swiglu(
        rows: Int, width f: Int, gate: UnsafePointer<Float>, up: UnsafePointer<Float>,
        stride: Int, into h: UnsafeMutablePointer<Float>, outStride: Int
    ) {
        ck_swiglu(
            table, Int64(rows), Int64(f), gate, up, Int64(stride), h, Int64(outStride))
    }

    /// The gradient of `swiglu`, overwriting `dGateUp`.
    package func swigluBackward(
        rows: Int, width f: Int, _ gateUp: UnsafePointer<Float>, dh: UnsafePointer<Float>,
        into dGateUp: UnsafeMutablePointer<Float>
    ) {
        ck_swiglu_back(table, Int64(rows), Int64(f), gateUp, dh, dGateUp)
    }

    /// `e^((x − shift)·scale)` of `count` numbers.
    package func exponentials(
        _ count: Int, _ x: UnsafePointer<Float>, shift: Float, scale: Float,
        into out: UnsafeMutablePointer<Float>
    ) {
        ck_exponentials(table, Int64(count), x, shift, scale, out)
    }

    /// `y += x`.
    package func add(_ count: Int, _ x: UnsafePointer<Float>, to y: UnsafeMutablePointer<Float>) {
        ck_add(table, Int64(count), x, y)
    }

    /// `y += scale·x`.
    package func add(
        _ count: Int, _ x: UnsafePointer<Float>, scaledBy scale: Float,
        to y: UnsafeMutablePointer<Float>
    ) {
        ck_add_scaled(table, Int64(count), scale, x, y)
    }

    /// Σ x·y.
    package func dot(
        _ count: Int, _ x: UnsafePointer<Float>, _ y: UnsafePointer<Float>
    ) -> Float {
        ck_dot(table, Int64(count), x, y)
    }

    /// Numbers of a block of `blockSums`.
    package static let sumBlock = 64

    /// The sum of each block of 64 numbers, the last one of what is left.
    package func blockSums(
        _ count: Int, _ x: UnsafePointer<Float>, into sums: UnsafeMutablePointer<Float>
    ) {
        ck_block_sums(table, Int64(count), x, sums)
    }

    /// Adds `x` to each row of y.
    package func addToRows(
        rows: Int, width n: Int, _ x: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>
    ) {
        ck_add_to_rows(table, Int64(rows), Int64(n), x, y)
    }

    /// Adds the rows of `x`, in order, to `sums`.
    package func addColumns(
        rows: Int, width n: Int, _ x: UnsafePointer<Float>, to sums: UnsafeMutablePointer<Float>
    ) {
        ck_add_columns(table, Int64(rows), Int64(n), x, sums)
    }

    /// The nearest bfloat16 of each number, to even among two.
    package func halve(
        _ count: Int, _ x: UnsafePointer<Float>, into out: UnsafeMutablePointer<BFloat16>
    ) {
        let bits = UnsafeMutableRawPointer(out).assumingMemoryBound(to: UInt16.self)
        ck_to_half(table, Int64(count), x, bits)
    }

    /// `out[columns, rows]` of `x[rows, columns]`.
    package func transpose(
        rows: Int, columns: Int, _ x: UnsafePointer<Float>, into out: UnsafeMutablePointer<Float>
    ) {
        ck_transpose(table, Int64(rows), Int64(columns), x, out)
    }

    /// As `transpose(rows:columns:_:into:)`, to the nearest bfloat16.
    package func transposeHalved(
        rows: Int, columns: Int, _ x: UnsafePointer<Float>,
        into out: UnsafeMutablePointer<BFloat16>
    ) {
        let bits = UnsafeMutableRawPointer(out).assumingMemoryBound(to: UInt16.self)
        ck_transpose_to_half(table, Int64(rows), Int64(columns), x, bits)
    }

    /// Σ x², in blocks of a fixed size.
    package func sumOfSquares(_ count: Int, _ x: UnsafePointer<Float>) -> Double {
        ck_sum_of_squares(table, Int64(count), x)
    }
}
