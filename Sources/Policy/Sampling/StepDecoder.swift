import Tensors

/// Runs tokens of several slots through the model against a key-value cache, on a team's threads.
///
/// The kernels are the trainer's, so a row's logits have the same bits.
final class StepDecoder {
    /// One token to run.
    struct Row {
        var slot: Int
        var position: Int32
        var token: Int32
    }

    let model: Transformer
    let kernels: Kernels
    let cache: KeyValueCache
    let team: DecodingTeam
    let logits = FloatBuffer()
    private let weights: PackedWeights
    private let stream = FloatBuffer()
    private let middle = FloatBuffer()
    private let normed = FloatBuffer()
    private let attended = FloatBuffer()
    private let narrow = FloatBuffer()
    private let wide = FloatBuffer()
    private let hidden = FloatBuffer()
    private let scores = FloatBuffer()
    private let expertInput = FloatBuffer()
    private let expertOutput = FloatBuffer()
    private var positions: [Int32] = []

    /// A decoder of `weights`, which are packed from `model` for a team of this size.
    init(
        _ model: Transformer, weights: PackedWeights, team: DecodingTeam, slots: Int,
        kernels: Kernels
    ) {
        self.model = model
        self.weights = weights
        self.team = team
        self.kernels = kernels
        cache = KeyValueCache(
            model.attentionShape, layers: model.configuration.layers, slots: slots,
            kernels: kernels)
    }

    /// Runs rows, those of one slot in order; fills the cache and, if wanted, `logits` `[rows, V]` of the
    /// head's inputs times `headScale`.
    func run(_ rows: [Row], wantsLogits: Bool, headScale: Float = 1) {
        guard !rows.isEmpty else { return }
        let c = model.configuration
        reserve(rows.count)
        for row in rows { cache.makeRoom(slot: row.slot, position: Int(row.position)) }
        positions = rows.map(\.position)
        rows.map(\.token).withUnsafeBufferPointer { tokens in
            guard let tokens = tokens.baseAddress else { return }
            model.embed(tokens, rows: rows.count, into: stream.pointer)
        }
        let isStep = Set(rows.map(\.slot)).count == rows.count
        for layer in 0..<c.layers {
            attention(layer, rows, isStep: isStep)
            if layer == c.layers - 1 && !wantsLogits { return }
            feedForward(layer, rows.count)
        }
        guard wantsLogits, let output = model.layout.output else { return }
        logits.reserve(rows.count * c.vocabularySize)
        norm(rows.count, model.layout.finalNorm, adds: true)
        Transformer.scale(normed.pointer, rows.count * c.width, by: headScale)
        multiply(output, rows.count, normed, into: logits)
    }

    private func reserve(_ rows: Int) {
        let c = model.configuration
        let slots = rows * (c.experts?.perToken ?? 1)
        let f = c.experts?.width ?? c.feedForwardWidth
        for buffer in [stream, middle, normed, narrow] { buffer.reserve(rows * c.width) }
        attended.reserve(rows * c.attendedWidth)
        wide.reserve(
            max(slots * 2 * f, rows * model.attentionShape.rowWidth, rows * (c.experts?.count ?? 0))
        )
        hidden.reserve(slots * f)
        if c.experts != nil {
            expertInput.reserve(slots * c.width)
            expertOutput.reserve(slots * c.width)
        }
    }

    /// `work` with a range of the rows, on every member.
    private func eachRange(_ rows: Int, _ work: (Int, Range<Int>) -> Void) {
        team.each { member in
            let range = team.rows(member, of: rows)
            if !range.isEmpty { work(member, range) }
        }
    }

    private func multiply(
        _ place: LinearPlace, _ rows: Int, _ x: FloatBuffer, into y: FloatBuffer
    ) {
        team.each { member in
            weights.forward(
                place, member: member, team.members[member], kernels, rows: rows, x.pointer,
                into: y.pointer)
        }
    }

    /// Norms `stream` to `normed`; `adds` what the block before it kept in `middle`.
    private func norm(_ rows: Int, _ weight: Int, adds: Bool) {
        let (d, epsilon) = (model.configuration.width, model.configuration.normEpsilon)
        eachRange(rows) { _, range in
            let first = range.lowerBound * d
            kernels.norm(
                rows: range.count, width: d, stream.pointer + first,
                adding: adds ? middle.pointer + first : nil,
                sum: adds ? stream.pointer + first : nil,
                weight: model.weights.pointer + weight, epsilon: epsilon,
                into: normed.pointer + first, inverse: nil)
        }
    }

    /// - Parameter isStep: whether no two rows are of one slot.
    private func attention(_ layer: Int, _ rows: [Row], isStep: Bool) {
        let place = model.layout.blocks[layer]
        norm(rows.count, place.attentionNorm, adds: layer > 0)
        multiply(place.queryKeyValue, rows.count, normed, into: wide)
        let most = rows.map { Int($0.position) + 1 }.max() ?? 1
        let scratchFloats = model.attentionShape.cacheScratch(keys: most)
        scores.reserve(team.pieces(of: rows.count) * scratchFloats)
        team.eachPiece(of: rows.count) { piece, range in
            heads(layer, range)
            store(layer, rows, range)
            if isStep { attend(layer, rows, range, scores.pointer + piece * scratchFloats) }
        }
        // A row sees what others have stored of its slot: all of it must be there.
        guard !isStep else { return }
        team.eachPiece(of: rows.count) { piece, range in
            attend(layer, rows, range, scores.pointer + piece * scratchFloats)
        }
    }

    /// Biases, norms of heads and rotation of some rows.
    private func heads(_ layer: Int, _ range: Range<Int>) {
        let c = model.configuration
        let shape = model.attentionShape
        let place = model.layout.blocks[layer]
        let start = wide.pointer + range.lowerBound * shape.rowWidth
        if let bias = place.queryKeyValue.bias {
            kernels.addToRows(
                rows: range.count, width: shape.rowWidth, model.weights.pointer + bias, start)
        }
        if let queryNorm = place.queryNorm, let keyNorm = place.keyNorm {
            for row in 0..<range.count {
                let at = start + row * shape.rowWidth
                model.normHeads(kernels, at, queryNorm, keyNorm, into: at, inverse: nil)
            }
        }
        positions.withUnsafeBufferPointer { positions in
            guard let positions = positions.baseAddress else { return }
            kernels.rotate(
                rows: range.count, heads: c.heads + c.keyValueHeads, headWidth: c.headWidth,
                start, stride: shape.rowWidth, positions: positions + range.lowerBound,
                cosine: model.cosine.pointer, sine: model.sine.pointer)
        }
    }

    private func store(_ layer: Int, _ rows: [Row], _ range: Range<Int>) {
        let c = model.configuration
        for index in range {
            cache.store(
                slot: rows[index].slot, layer: layer, position: Int(rows[index].position),
                wide.pointer + index * model.attentionShape.rowWidth + c.heads * c.headWidth)
        }
    }

    private func attend(
        _ layer: Int, _ rows: [Row], _ range: Range<Int>, _ scratch: UnsafeMutablePointer<Float>
    ) {
        let c = model.configuration
        let shape = model.attentionShape
        for index in range {
            let row = rows[index]
            cache.withPages(row.slot) { pages in
                kernels.attend(
                    shape, query: wide.pointer + index * shape.rowWidth, pages: pages,
                    offset: cache.offset(layer: layer), keys: Int(row.position) + 1,
                    scratch: scratch, into: attended.pointer + index * c.attendedWidth)
            }
        }
    }

    private func feedForward(_ layer: Int, _ rows: Int) {
        let c = model.configuration
        let d = c.width
        let place = model.layout.blocks[layer]
        multiply(place.output, rows, attended, into: narrow)
        eachRange(rows) { _, range in
            let first = range.lowerBound * d
            kernels.norm(
                rows: range.count, width: d, stream.pointer + first,
                adding: narrow.pointer + first, sum: middle.pointer + first,
                weight: model.weights.pointer + place.feedForwardNorm, epsilon: c.normEpsilon,
                into: normed.pointer + first, inverse: nil)
        }
        if let experts = c.experts {
            self.experts(layer, experts, rows)
        } else {
            let (gateUp, down) = (place.feedForward[0].gateUp, place.feedForward[0].down)
            gated(gateUp, rows)
            multiply(down, rows, hidden, into: stream)
        }
    }

    /// SwiGLU of `normed` into `hidden`: a member that has outputs of gate and up has what it needs.
    private func gated(_ gateUp: LinearPlace, _ rows: Int) {
        let f = gateUp.outer / 2
        team.each { member in
            let share = DecodingTeam.outputs(member, members: team.members.count, of: f)
            let parts = weights.parts(
                gateUp, member: member, team.members[member], kernels, rows: rows,
                normed.pointer)
            // A team of one has gate and up beside each other in one piece.
            guard let gate = parts.first, let last = parts.last else { return }
            let isWhole = parts.count == 1
            kernels.swiglu(
                rows: rows, width: share.count, gate: gate, up: isWhole ? gate + f : last,
                stride: isWhole ? 2 * f : share.count,
                into: hidden.pointer + share.lowerBound, outStride: f)
        }
    }

    /// The experts of a block; teams of one only.
    private func experts(_ layer: Int, _ experts: ExpertConfiguration, _ rows: Int) {
        guard let router = model.layout.blocks[layer].router else { return }
        let d = model.configuration.width
        let member = team.members[0]
        func forward(
            _ place: LinearPlace, _ rows: Int, _ x: UnsafePointer<Float>,
            _ y: UnsafeMutablePointer<Float>
        ) {
            weights.forward(place, member: 0, member, kernels, rows: rows, x, into: y)
        }
        forward(router, rows, normed.pointer, wide.pointer)
        model.routerProbabilities(kernels, rows: rows, experts: experts.count, wide.pointer)
        let routes = ExpertRoutes(rows: rows, wide.pointer, experts)
        model.gather(routes, normed.pointer, into: expertInput.pointer)
        for (expert, place) in model.layout.blocks[layer].feedForward.enumerated() {
            let slots = routes.slots(expert)
            guard !slots.isEmpty else { continue }
            let at = slots.lowerBound * d
            forward(place.gateUp, slots.count, expertInput.pointer + at, wide.pointer)
            kernels.swiglu(
                rows: slots.count, width: place.down.inner, wide.pointer, into: hidden.pointer)
            forward(place.down, slots.count, hidden.pointer, expertOutput.pointer + at)
        }
        model.combine(
            kernels, routes, expertOutput.pointer, rows: rows, into: stream.pointer)
    }
}
