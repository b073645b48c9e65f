import Tensors

/// The threads that run one batch of rows together.
///
/// A team of one works alone, on rows of its own; in a greater one each member has a share of the rows
/// or, in matrix products, of the outputs, so that a weight is read once for all rows.
final class DecodingTeam {
    /// What one member works with.
    final class Member {
        let product: MatrixProduct
        let halves = HalfBuffer()
        /// Its outputs of a product.
        let outputs = FloatBuffer()
        let scratch = FloatBuffer()

        init(_ kernels: Kernels) { product = MatrixProduct(kernels) }
    }

    let members: [Member]
    private let pool: WorkerPool?

    /// A team of as many members as the pool has threads, or of one.
    init(_ pool: WorkerPool?, kernels: Kernels) {
        self.pool = pool
        members = (0..<(pool?.threads ?? 1)).map { _ in Member(kernels) }
    }

    /// Every member's part of a piece of work; returns when all are done.
    func each(_ work: (Int) -> Void) {
        if let pool, members.count > 1 { pool.run(members.count, work) } else { work(0) }
    }

    /// How many pieces `eachPiece` cuts rows into.
    func pieces(of rows: Int) -> Int { members.count > 1 ? min(rows, 8 * members.count) : 1 }

    /// Pieces of the rows, by number, which members take as they come: where memory decides how long one
    /// takes, none waits long for another.
    func eachPiece(of rows: Int, _ work: (Int, Range<Int>) -> Void) {
        let pieces = pieces(of: rows)
        guard let pool, pieces > 1 else { return work(0, 0..<rows) }
        pool.run(pieces) { work($0, $0 * rows / pieces..<($0 + 1) * rows / pieces) }
    }

    /// A member's share of `count` rows.
    func rows(_ member: Int, of count: Int) -> Range<Int> {
        member * count / members.count..<(member + 1) * count / members.count
    }

    /// A member's share of a matrix's outputs, in whole vectors.
    static func outputs(_ member: Int, members: Int, of count: Int) -> Range<Int> {
        func edge(_ member: Int) -> Int {
            member == members ? count : min(count, member * count / members / 64 * 64)
        }
        return edge(member)..<edge(member + 1)
    }
}
