import Tensors

/// What one shard keeps between forward and backward.
///
/// All of it lies in one arena that grows to the largest batch seen. Nothing here is shared between
/// shards, so a shard may run on any thread.
final class Activations {
    /// What one block keeps.
    struct Block {
        var input: Arena.Place
        var attentionInverse: Arena.Place
        var attentionInput: Arena.Place
        var queryKeyValue: Arena.Place
        /// Queries and keys before their norm, and the norm's inverses; only where there is one.
        var rawQueryKey: Arena.Place
        var queryKeyInverse: Arena.Place
        var logSums: Arena.Place
        var attended: Arena.Place
        var middle: Arena.Place
        var feedForwardInverse: Arena.Place
        var feedForwardInput: Arena.Place
        var gateUp: Arena.Place
        var hidden: Arena.Place
        /// Only where there are experts: what each gave, and the router's probabilities.
        var expertOutput: Arena.Place
        var routerProbabilities: Arena.Place
    }

    /// Room for a product's factors as the products want them, by what they are.
    ///
    /// Inputs and the slope at hand are there as bfloat16 only; the slopes for the weights' gradient are
    /// transposed, in the model's precision.
    enum Room: Int, CaseIterable {
        case slope, firstInput, secondInput, firstSlope, secondSlope
    }

    private(set) var blocks: [Block] = []
    private(set) var last = Arena.Place.none
    private(set) var finalInverse = Arena.Place.none
    private(set) var normed = Arena.Place.none
    private(set) var logits = Arena.Place.none
    private(set) var logProbabilities = Arena.Place.none
    private(set) var entropies = Arena.Place.none
    private(set) var logSums = Arena.Place.none
    /// What a scalar head says.
    private(set) var values = Arena.Place.none

    // Gradients on their way down.
    private(set) var stream = Arena.Place.none
    private(set) var narrow = Arena.Place.none
    private(set) var wide = Arena.Place.none
    private(set) var wider = Arena.Place.none
    private(set) var expertInput = Arena.Place.none
    private(set) var expertSlope = Arena.Place.none
    private(set) var routerSlope = Arena.Place.none
    private(set) var attentionScratch = Arena.Place.none
    private var rooms: [Arena.Place] = []
    /// Slopes of one row's heads of q and k.
    private(set) var headSlope = Arena.Place.none
    /// x·Aᵀ and dy·B of each target of two products, for a low-rank adapter.
    private(set) var adapterRows = Arena.Place.none

    /// Which rows went to which expert, a block each.
    var routes: [ExpertRoutes]
    /// Gradients of norms and biases, all of them together.
    let vectorGradient = FloatBuffer()

    let model: Transformer
    let product: MatrixProduct
    let kernels: Kernels
    private let arena = Arena()

    /// Entries of the batch that this shard has, and where each of its sequences begins.
    private(set) var entries = 0..<0
    private(set) var sequences: [Range<Int>] = []
    /// Rows of logits computed at once.
    private(set) var chunk = 0

    var rows: Int { entries.count }

    init(_ model: Transformer, kernels: Kernels) {
        self.model = model
        self.kernels = kernels
        product = MatrixProduct(kernels)
        routes = Array(repeating: ExpertRoutes(), count: model.configuration.layers)
        vectorGradient.reserve(model.layout.vectorCount)
        vectorGradient.clear()
    }

    subscript(place: Arena.Place) -> UnsafeMutablePointer<Float> { arena[place] }

    /// Where the gradient of a norm or bias is added up, by its offset among the parameters.
    func vector(_ offset: Int) -> UnsafeMutablePointer<Float> {
        guard let place = model.layout.vectors[offset] else {
            preconditionFailure("no norm or bias begins at \(offset)")
        }
        return vectorGradient.pointer + place
    }

    func half(_ room: Room) -> UnsafeMutablePointer<BFloat16> {
        arena.halves(rooms[room.rawValue])
    }

    func floats(_ room: Room) -> UnsafeMutablePointer<Float> { arena[rooms[room.rawValue]] }

    /// Bytes of all that is kept.
    var byteCount: Int { arena.byteCount + vectorGradient.count * 4 }

    /// Makes room for a range of a batch's sequences.
    ///
    /// - Parameters:
    ///   - trains: whether backward will follow.
    ///   - recomputes: whether backward computes a block again, so that one block's room serves all.
    func prepare(_ batch: PackedBatch, _ range: Range<Int>, trains: Bool, recomputes: Bool) {
        let c = model.configuration
        entries = batch.offsets[range.lowerBound]..<batch.offsets[range.upperBound]
        sequences = range.map { batch.offsets[$0]..<batch.offsets[$0 + 1] }
        var layout = Arena.Layout()
        let inputs = (0..<c.layers).map { _ in layout.floats(rows * c.width) }
        let shares = recomputes || !trains
        var shared: Block?
        blocks = inputs.map { input in
            var block = shared ?? self.block(input, &layout)
            block.input = input
            if shares { shared = block }
            return block
        }
        last = layout.floats(rows * c.width)
        normed = layout.floats(rows * c.width)
        narrow = layout.floats(rows * c.width)
        finalInverse = layout.floats(rows)
        logProbabilities = layout.floats(rows)
        entropies = layout.floats(rows)
        logSums = layout.floats(rows)
        values = layout.floats(rows)
        placeHead(&layout)
        let shape = model.attentionShape
        attentionScratch = layout.floats(
            shape.scratch(length: sequences.map(\.count).max() ?? 0))
        if let experts = c.experts {
            expertInput = layout.floats(rows * experts.perToken * c.width)
            routerSlope = layout.floats(rows * experts.count)
        }
        if trains { placeGradients(&layout) }
        placeRooms(&layout, trains: trains)
        arena.reserve(layout)
    }

    private func block(_ input: Arena.Place, _ layout: inout Arena.Layout) -> Block {
        let c = model.configuration
        let slots = rows * (c.experts?.perToken ?? 1)
        let f = c.experts?.width ?? c.feedForwardWidth
        let normedHeads = c.hasQueryKeyNorm ? c.heads + c.keyValueHeads : 0
        return Block(
            input: input, attentionInverse: layout.floats(rows),
            attentionInput: layout.floats(rows * c.width),
            queryKeyValue: layout.floats(rows * model.attentionShape.rowWidth),
            rawQueryKey: layout.floats(rows * normedHeads * c.headWidth),
            queryKeyInverse: layout.floats(rows * normedHeads),
            logSums: layout.floats(rows * c.heads), attended: layout.floats(rows * c.attendedWidth),
            middle: layout.floats(rows * c.width), feedForwardInverse: layout.floats(rows),
            feedForwardInput: layout.floats(rows * c.width), gateUp: layout.floats(slots * 2 * f),
            hidden: layout.floats(slots * f),
            expertOutput: layout.floats(c.experts == nil ? 0 : slots * c.width),
            routerProbabilities: layout.floats(rows * (c.experts?.count ?? 0)))
    }

    private func placeHead(_ layout: inout Arena.Layout) {
        guard let output = model.layout.output else { return }
        // At most 16 M logits (64 MB) at once, a power of two of rows, which products like; for more,
        // backward computes them again.
        var most = 1 << 20
        while most > 64, most * output.outer > 16 << 20 { most /= 2 }
        chunk = min(max(rows, 1), most)
        logits = layout.floats(chunk * output.outer)
    }

    private func placeGradients(_ layout: inout Arena.Layout) {
        let c = model.configuration
        let slots = rows * (c.experts?.perToken ?? 1)
        let f = c.experts?.width ?? c.feedForwardWidth
        stream = layout.floats(rows * c.width)
        wide = layout.floats(max(slots * f, rows * c.attendedWidth))
        wider = layout.floats(max(slots * 2 * f, rows * model.attentionShape.rowWidth))
        if c.experts != nil { expertSlope = layout.floats(slots * c.width) }
        if let adapter = model.adapter {
            adapterRows = layout.floats(
                LowRankAdapter.mostTargets * 2 * rows * adapter.settings.rank)
        }
        if c.hasQueryKeyNorm { headSlope = layout.floats(model.attentionShape.rowWidth) }
    }

    private func placeRooms(_ layout: inout Arena.Layout, trains: Bool) {
        let c = model.configuration
        let slots = rows * (c.experts?.perToken ?? 1)
        let f = c.experts?.width ?? c.feedForwardWidth
        let logits = chunk * (model.layout.output?.outer ?? 0)
        let inputs = max(slots * f, rows * c.attendedWidth, slots * c.width)
        let slopes = max(
            slots * 2 * f, rows * model.attentionShape.rowWidth, logits, rows * c.width,
            slots * c.width, rows * (c.experts?.count ?? 0))
        let isHalf = model.precision == .bfloat16
        let trainsWeights = trains && model.adapter == nil
        rooms = Room.allCases.map { room in
            switch room {
            case .slope: layout.halves(isHalf && trains ? slopes : 0)
            case .firstInput: layout.halves(isHalf ? inputs : 0)
            case .secondInput: layout.halves(isHalf && trainsWeights ? slots * c.width : 0)
            case .firstSlope, .secondSlope:
                Self.place(
                    &layout, !trainsWeights ? 0 : room == .firstSlope ? slots * c.width : slopes,
                    isHalf: isHalf)
            }
        }
    }

    private static func place(
        _ layout: inout Arena.Layout, _ count: Int, isHalf: Bool
    ) -> Arena.Place {
        isHalf ? layout.halves(count) : layout.floats(count)
    }
}
