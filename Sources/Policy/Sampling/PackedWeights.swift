import Tensors

/// The matrices of a model in the layout that products of few rows like best, each member of a team with
/// a share of their outputs.
///
/// A copy: it is made anew when the model has changed. Results are the same to the last bit.
final class PackedWeights {
    /// Some outputs of a matrix.
    private struct Piece {
        var offset: Int
        var outputs: Range<Int>
        var inner: Int
        /// Where it is packed, in halves from the start of all; nil where it is not.
        var packed: Int?
    }

    private let model: Transformer
    /// All packed pieces, one after another.
    private let room = HalfBuffer()
    private let members: Int
    /// By the offset of a matrix among the model's parameters, then by member.
    private var pieces: [Int: [[Piece]]] = [:]
    /// One a thread that packs.
    private let products: [MatrixProduct]

    /// - Parameter members: how many share a matrix's outputs.
    init(_ model: Transformer, kernels: Kernels, threads: Int, members: Int) {
        self.model = model
        self.members = members
        products = (0..<threads).map { _ in MatrixProduct(kernels) }
        for block in model.layout.blocks {
            for place in [block.queryKeyValue, block.output] { add(place, halves: 1) }
            if let router = block.router { add(router, halves: 1) }
            for feedForward in block.feedForward {
                add(feedForward.gateUp, halves: 2)
                add(feedForward.down, halves: 1)
            }
        }
        if let output = model.layout.output { add(output, halves: 1) }
    }

    /// A matrix; where it has two halves, gate and up, a member has the same share of both.
    private func add(_ place: LinearPlace, halves: Int) {
        let outer = place.outer / halves
        pieces[place.offset] = (0..<members).map { member in
            let share = DecodingTeam.outputs(member, members: members, of: outer)
            let all =
                members == 1
                ? [0..<place.outer]
                : (0..<halves).map { share.lowerBound + $0 * outer..<share.upperBound + $0 * outer }
            return all.filter { !$0.isEmpty }.map {
                Piece(offset: place.offset, outputs: $0, inner: place.inner)
            }
        }
    }

    /// Takes the model's weights as they are now, a share of the matrices on each thread.
    func refresh(_ pool: WorkerPool) {
        var jobs: [Piece] = []
        var next = 0
        for key in pieces.keys.sorted() {
            guard var shares = pieces[key] else { continue }
            for member in shares.indices {
                for index in shares[member].indices {
                    let piece = shares[member][index]
                    let size = products[0].packedSize(
                        outer: piece.outputs.count, inner: piece.inner,
                        half: model.halves != nil)
                    shares[member][index].packed = size.map { _ in next }
                    guard let size else { continue }
                    next += (size / 2 + 63) / 32 * 32
                    jobs.append(shares[member][index])
                }
            }
            pieces[key] = shares
        }
        room.reserve(next)
        let failures = SharedCounter()
        let queue = SharedCounter()
        pool.run(products.count) { thread in
            while case let index = queue.next(), index < jobs.count {
                if !pack(jobs[index], products[thread]) { _ = failures.next() }
            }
        }
        if failures.next() > 0 { forget() }
    }

    private func pack(_ piece: Piece, _ product: MatrixProduct) -> Bool {
        guard let place = piece.packed else { return false }
        let start = piece.offset + piece.outputs.lowerBound * piece.inner
        let (outer, inner) = (piece.outputs.count, piece.inner)
        if let halves = model.halves {
            return product.pack(
                halves.pointer + start, outer: outer, inner: inner, into: room.pointer + place)
        }
        return product.pack(
            model.weights.pointer + start, outer: outer, inner: inner, into: room.pointer + place)
    }

    private func forget() {
        for key in pieces.keys {
            pieces[key] = pieces[key]?.map {
                $0.map { piece in
                    var piece = piece
                    piece.packed = nil
                    return piece
                }
            }
        }
    }

    /// One member's outputs of `y = x·wᵀ`, without a bias; rows of y are `place.outer` apart.
    func forward(
        _ place: LinearPlace, member index: Int, _ member: DecodingTeam.Member,
        _ kernels: Kernels, rows: Int, _ x: UnsafePointer<Float>,
        into y: UnsafeMutablePointer<Float>
    ) {
        guard let pieces = pieces[place.offset]?[index] else { return }
        if pieces.count == 1, pieces[0].outputs.count == place.outer {
            multiply(pieces[0], member, kernels, rows, x, into: y)
            return
        }
        let parts = self.parts(place, member: index, member, kernels, rows: rows, x)
        for (part, piece) in zip(parts, pieces) {
            let count = piece.outputs.count
            for row in 0..<rows {
                (y + row * place.outer + piece.outputs.lowerBound)
                    .update(from: part + row * count, count: count)
            }
        }
    }

    /// One member's outputs, each piece with its rows one after another, in the member's own memory.
    func parts(
        _ place: LinearPlace, member index: Int, _ member: DecodingTeam.Member,
        _ kernels: Kernels, rows: Int, _ x: UnsafePointer<Float>
    ) -> [UnsafeMutablePointer<Float>] {
        guard let pieces = pieces[place.offset]?[index] else { return [] }
        var next = member.outputs.reserve(
            pieces.reduce(0) { $0 + (rows * $1.outputs.count + 15) / 16 * 16 })
        return pieces.map { piece in
            defer { next += (rows * piece.outputs.count + 15) / 16 * 16 }
            multiply(piece, member, kernels, rows, x, into: next)
            return next
        }
    }

    private func multiply(
        _ piece: Piece, _ member: DecodingTeam.Member, _ kernels: Kernels, _ rows: Int,
        _ x: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>
    ) {
        if let halves = model.halves {
            let narrow = member.halves.reserve(rows * piece.inner)
            kernels.halve(rows * piece.inner, x, into: narrow)
            multiply(piece, member.product, rows, narrow, halves.pointer, y)
        } else {
            multiply(piece, member.product, rows, x, model.weights.pointer, y)
        }
    }

    private func multiply<E: ProductElement>(
        _ piece: Piece, _ product: MatrixProduct, _ rows: Int, _ x: UnsafePointer<E>,
        _ weights: UnsafePointer<E>, _ y: UnsafeMutablePointer<Float>
    ) {
        let (outer, inner) = (piece.outputs.count, piece.inner)
        if let packed = piece.packed {
            product.forward(
                rows: rows, x, inner: inner, packed: room.pointer + packed, outer: outer, into: y)
        } else {
            let start = piece.offset + piece.outputs.lowerBound * inner
            product.forward(
                rows: rows, x, inner: inner, weights: weights + start, outer: outer, into: y)
        }
    }
}
