import Tensors

/// One matrix's gradient: the slopes that left its product and the rows that went into it.
struct WeightGradient {
    var place: LinearPlace
    /// Slopes, `place.outer` a row.
    var slopes: Arena.Place
    /// Where they are transposed; nil where they are not, and products are of floats.
    var slopesRoom: Activations.Room?
    /// Inputs, `place.inner` a row.
    var inputs: Arena.Place
    /// Where they are as bfloat16.
    var inputsRoom: Activations.Room?
    /// First row of the inputs.
    var firstInput = 0
    /// The rows of both.
    var rows: Range<Int>
}

/// Adds gradients of matrices up over all shards, each part of a matrix by one thread at a time.
///
/// Shards come in their order, so the sum is the same whatever the threads.
final class WeightGradientSum {
    private let products: [MatrixProduct]
    private let pool: WorkerPool

    init(pool: WorkerPool, kernels: Kernels) {
        self.pool = pool
        products = (0..<pool.threads).map { _ in MatrixProduct(kernels) }
    }

    /// Some rows of a matrix.
    private struct Part {
        var job: Int
        var rows: Range<Int>
    }

    /// Adds `jobs(shard)` of every shard with rows to `gradient`; all give the same matrices in the same
    /// order.
    func add(
        _ shards: [Activations], to gradient: UnsafeMutablePointer<Float>,
        _ jobs: (Activations) -> [WeightGradient]
    ) {
        let all = shards.filter { $0.rows > 0 }.map { (shard: $0, jobs: jobs($0)) }
        guard let first = all.first else { return }
        let parts = first.jobs.indices.flatMap { job in
            Self.parts(first.jobs[job].place.outer).map { Part(job: job, rows: $0) }
        }
        run(parts.count) { index, product in
            let part = parts[index]
            for (shard, jobs) in all {
                let job = jobs[part.job]
                let sum = gradient + job.place.offset + part.rows.lowerBound * job.place.inner
                Self.multiply(product, shard, job, part.rows, into: sum)
            }
        }
    }

    /// Runs tasks with a product of the thread's own.
    func run(_ tasks: Int, _ work: (Int, MatrixProduct) -> Void) {
        let next = SharedCounter()
        pool.run(min(products.count, tasks)) { thread in
            while case let task = next.next(), task < tasks { work(task, products[thread]) }
        }
    }

    private static func multiply(
        _ product: MatrixProduct, _ shard: Activations, _ job: WeightGradient, _ part: Range<Int>,
        into sum: UnsafeMutablePointer<Float>
    ) {
        let place = job.place
        guard let slopes = job.slopesRoom, let room = job.inputsRoom else {
            product.weightGradient(
                rows: job.rows.count, shard[job.slopes] + part.lowerBound, outer: part.count,
                stride: place.outer, shard[job.inputs] + job.firstInput * place.inner,
                inner: place.inner, addingTo: sum)
            return
        }
        for rows in MatrixProduct.parts(job.rows.count) {
            let start = job.rows.lowerBound + rows.lowerBound
            let slope = start * place.outer + part.lowerBound * rows.count
            let input = start * place.inner
            if shard.model.halves != nil {
                product.weightGradient(
                    rows: rows.count, transposed: shard.half(slopes) + slope, outer: part.count,
                    shard.half(room) + input, inner: place.inner, addingTo: sum)
            } else {
                product.weightGradient(
                    rows: rows.count, transposed: shard.floats(slopes) + slope,
                    outer: part.count,
                    shard[job.inputs] + job.firstInput * place.inner + input,
                    inner: place.inner, addingTo: sum)
            }
        }
    }

    /// Rows of a matrix in parts that keep a few threads busy.
    private static func parts(_ outer: Int) -> [Range<Int>] {
        let size = max(64, min(512, (outer / 4 + 63) / 64 * 64))
        return stride(from: 0, to: outer, by: size).map { $0..<min($0 + size, outer) }
    }
}
