import Rollouts
import Tensors

/// The shape of a low-rank adapter (LoRA, arXiv 2106.09685).
public struct LowRankSettings: Sendable, Equatable {
    /// Rows of A and columns of B.
    public var rank: Int
    /// W is W₀ + alpha / rank · B·A.
    public var alpha: Double
    /// Names of the matrices that get one, of those in `known`.
    public var targets: [String]

    /// A shape from its parts.
    public init(rank: Int = 8, alpha: Double = 16, targets: [String] = ["q_proj", "v_proj"]) {
        self.rank = rank
        self.alpha = alpha
        self.targets = targets
    }

    /// Matrices that can have an adapter.
    public static let known = [
        "q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj",
    ]

    /// Refuses numbers out of range and names that no model has.
    ///
    /// - Throws: `PolicyError.invalidSetting` naming the field.
    public func validate() throws(PolicyError) {
        guard 1...1024 ~= rank else {
            throw .invalidSetting(field: "rank", reason: "is \(rank), not in 1...1024")
        }
        guard 1e-6...1e6 ~= alpha else {
            throw .invalidSetting(field: "alpha", reason: "is \(alpha), not in 1e-6...1e6")
        }
        guard !targets.isEmpty, Set(targets).count == targets.count else {
            throw .invalidSetting(field: "targets", reason: "are none, or one twice")
        }
        if let name = targets.first(where: { !Self.known.contains($0) }) {
            throw .invalidSetting(
                field: "targets",
                reason: "has \(name), known are \(Self.known.joined(separator: ", "))")
        }
    }
}

/// Low-rank updates of some of a model's matrices, which alone are trained.
///
/// The model's weights hold base and update merged, so forward, backward and the sampler run as they do
/// without an adapter, and sampler and trainer still agree to the last bit.
public final class LowRankAdapter {
    /// Its shape.
    public let settings: LowRankSettings
    /// A and B of every target, by the names that PEFT gives them.
    public let parameters: [ParameterView]

    let weights: FloatBuffer
    private let targets: [Target]
    /// The targets' weights without the update.
    private let base: FloatBuffer
    private unowned let model: Transformer

    /// Targets of the products of half a block: the most that are prepared at once.
    static let mostTargets = 4

    private struct Target {
        /// The matrix among the model's parameters.
        var view: ParameterView
        /// Places of A `[rank, inner]` and B `[outer, rank]`, and of the matrix in `base`.
        var a: Int
        var b: Int
        var base: Int
        var outer: Int { view.shape[0] }
        var inner: Int { view.shape[1] }
    }

    /// A new adapter: A from U(−1/√inner, 1/√inner), B zero, so that the model is as it was.
    init(_ model: Transformer, _ settings: LowRankSettings, seed: UInt64) throws(PolicyError) {
        try settings.validate()
        self.settings = settings
        self.model = model
        var targets: [Target] = []
        var parameters: [ParameterView] = []
        var (next, baseCount) = (0, 0)
        func place(_ view: ParameterView, _ part: String, _ shape: [Int]) -> Int {
            let name = "base_model.model.\(view.name.dropLast(".weight".count)).\(part).weight"
            parameters.append(ParameterView(name: name, shape: shape, offset: next))
            defer { next += shape.reduce(1, *) }
            return next
        }
        for view in model.parameters where Self.isTarget(view, settings.targets) {
            let a = place(view, "lora_A", [settings.rank, view.shape[1]])
            let b = place(view, "lora_B", [view.shape[0], settings.rank])
            targets.append(Target(view: view, a: a, b: b, base: baseCount))
            baseCount += view.count
        }
        guard !targets.isEmpty else {
            throw .invalidSetting(field: "targets", reason: "are no matrices of this model")
        }
        self.targets = targets
        self.parameters = parameters
        weights = FloatBuffer(count: next)
        base = FloatBuffer(count: baseCount)
        for (index, target) in targets.enumerated() {
            (base.pointer + target.base).update(
                from: model.weights.pointer + target.view.offset, count: target.view.count)
            var random = SplitMix64(seed: seed, 0x10A, UInt64(index))
            let bound = 1 / Double(target.inner).squareRoot()
            for i in 0..<settings.rank * target.inner {
                weights.pointer[target.a + i] = Float((random.uniform() * 2 - 1) * bound)
            }
        }
    }

    /// A copy of A and B of every target.
    public func copyParameters() -> [Float] { weights.values }

    static func isTarget(_ view: ParameterView, _ names: [String]) -> Bool {
        !view.name.contains(".experts.")
            && names.contains { view.name.hasSuffix(".\($0).weight") }
    }

    private var scale: Float { Float(settings.alpha / Double(settings.rank)) }

    // MARK: Merging

    /// Makes the model's weights base and update together.
    func merge(_ pool: WorkerPool, _ kernels: Kernels) {
        let products = (0..<pool.threads).map { _ in (MatrixProduct(kernels), FloatBuffer()) }
        let next = SharedCounter()
        pool.run(products.count) { thread in
            let (product, update) = products[thread]
            while case let index = next.next(), index < targets.count {
                let target = targets[index]
                let merged = model.weights.pointer + target.view.offset
                update.reserve(target.view.count)
                product.inputGradient(
                    rows: target.outer, weights.pointer + target.b, outer: settings.rank,
                    weights: weights.pointer + target.a, inner: target.inner,
                    into: update.pointer)
                merged.update(from: base.pointer + target.base, count: target.view.count)
                kernels.add(target.view.count, update.pointer, scaledBy: scale, to: merged)
            }
        }
    }

    // MARK: Gradients

    /// The targets among the matrices of `jobs`: which job, and the column of its slopes.
    private func found(_ jobs: [WeightGradient]) -> [(target: Target, job: Int, column: Int)] {
        jobs.indices.flatMap { job in
            let place = jobs[job].place
            let range = place.offset..<place.offset + place.outer * place.inner
            return targets.filter { range.contains($0.view.offset) }.map {
                ($0, job, ($0.view.offset - place.offset) / place.inner)
            }
        }
    }

    /// Where x·Aᵀ and dy·B of a target stand, both multiplied by the scale.
    private func room(_ a: Activations, _ index: Int) -> (
        input: UnsafeMutablePointer<Float>, slope: UnsafeMutablePointer<Float>
    ) {
        let count = a.rows * settings.rank
        let start = a[a.adapterRows] + index * 2 * count
        return (start, start + count)
    }

    /// One shard's rows through A and B.
    func prepare(_ jobs: [WeightGradient], _ a: Activations) {
        for (index, entry) in found(jobs).enumerated() {
            let job = jobs[entry.job]
            let room = room(a, index)
            let rank = settings.rank
            a.product.forward(
                rows: a.rows, a[job.inputs], inner: entry.target.inner,
                weights: weights.pointer + entry.target.a, outer: rank, into: room.input)
            a.product.inputGradient(
                rows: a.rows, a[job.slopes] + entry.column, outer: entry.target.outer,
                stride: job.place.outer, weights: weights.pointer + entry.target.b, inner: rank,
                into: room.slope)
            for i in 0..<2 * a.rows * rank { room.input[i] *= scale }
        }
    }

    /// Adds the gradients of A and B over all shards, in their order.
    func addGradients(
        _ sum: WeightGradientSum, _ shards: [Activations],
        to gradient: UnsafeMutablePointer<Float>, _ jobs: (Activations) -> [WeightGradient]
    ) {
        let all = shards.map { (shard: $0, jobs: jobs($0)) }
        guard let first = all.first else { return }
        let entries = found(first.jobs)
        sum.run(entries.count) { index, product in
            let entry = entries[index]
            for (a, jobs) in all {
                let job = jobs[entry.job]
                let room = room(a, index)
                product.weightGradient(
                    rows: a.rows, room.slope, outer: settings.rank, a[job.inputs],
                    inner: entry.target.inner, addingTo: gradient + entry.target.a)
                product.weightGradient(
                    rows: a.rows, a[job.slopes] + entry.column, outer: entry.target.outer,
                    stride: job.place.outer, room.input, inner: settings.rank,
                    addingTo: gradient + entry.target.b)
            }
        }
    }
}

extension Transformer {
    /// Adds a low-rank adapter, which alone will be trained.
    ///
    /// - Throws: `PolicyError.invalidSetting`.
    public func addAdapter(_ settings: LowRankSettings, seed: UInt64) throws(PolicyError) {
        adapter = try LowRankAdapter(self, settings, seed: seed)
    }

    /// Forgets the adapter and keeps what it made of the weights.
    public func mergeAdapter() { adapter = nil }
}
