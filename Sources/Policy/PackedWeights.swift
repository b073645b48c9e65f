import Tensors

/// The matrices of a model in the layout that products of few rows like best.
///
/// A copy: it is made anew when the model has changed. Results are the same to the last bit.
final class PackedWeights {
    private let model: Transformer
    /// By the offset of a matrix among the model's parameters.
    private var packed: [Int: FloatBuffer] = [:]
    /// One a thread that packs.
    private let products: [MatrixProduct]

    init(_ model: Transformer, kernels: Kernels, threads: Int) {
        self.model = model
        products = (0..<threads).map { _ in MatrixProduct(kernels) }
    }

    /// The matrices that a token meets: offset, outputs and inputs of each.
    private var matrices: [(offset: Int, outer: Int, inner: Int)] {
        let c = model.configuration
        let blocks = model.layout.blocks.flatMap { block in
            [
                (block.queryKeyValue, model.attentionShape.rowWidth, c.width),
                (block.output, c.width, c.width),
                (block.gateUp, 2 * c.feedForwardWidth, c.width),
                (block.down, c.width, c.feedForwardWidth),
            ]
        }
        return blocks + [(model.layout.embedding, c.vocabularySize, c.width)]
    }

    /// Takes the model's weights as they are now, a share of the matrices on each thread.
    func refresh(_ pool: WorkerPool) {
        let matrices = matrices
        for (offset, outer, inner) in matrices {
            guard let count = products[0].packedCount(outer: outer, inner: inner) else {
                packed[offset] = nil
                continue
            }
            let buffer = packed[offset] ?? FloatBuffer()
            buffer.reserve(count)
            packed[offset] = buffer
        }
        let rooms = matrices.map { packed[$0.offset] }
        let weights = model.weights.pointer
        let failures = SharedCounter()
        pool.run(products.count) { thread in
            for index in stride(from: thread, to: matrices.count, by: products.count) {
                guard let room = rooms[index] else { continue }
                let matrix = matrices[index]
                let isDone = products[thread].pack(
                    weights + matrix.offset, outer: matrix.outer, inner: matrix.inner,
                    into: room.pointer)
                if !isDone { _ = failures.next() }
            }
        }
        if failures.next() > 0 { packed = [:] }
    }

    /// `y = x·wᵀ` for the matrix at `offset`, by `product`, which belongs to the calling thread.
    func forward(
        _ product: MatrixProduct, rows: Int, _ x: UnsafePointer<Float>, inner: Int, offset: Int,
        outer: Int, into y: UnsafeMutablePointer<Float>
    ) {
        if let buffer = packed[offset] {
            product.forward(
                rows: rows, x, inner: inner, packed: buffer.pointer, outer: outer, into: y)
        } else {
            product.forward(
                rows: rows, x, inner: inner, weights: model.weights.pointer + offset,
                outer: outer, into: y)
        }
    }
}
