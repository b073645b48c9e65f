import Tensors

/// Which rows went to which expert, grouped by expert and in the order of the rows.
struct ExpertRoutes {
    /// The row of each slot.
    var rows: [Int32] = []
    /// The expert's share of the row's output.
    var shares: [Float] = []
    /// First slot of each expert, and the number of slots last.
    var offsets: [Int] = []

    /// Slots of an expert.
    func slots(_ expert: Int) -> Range<Int> { offsets[expert]..<offsets[expert + 1] }

    /// Sends each row to its likeliest experts; among equals the lower number goes first.
    ///
    /// - Parameter probabilities: shape `[rows, experts.count]`, each row adding up to 1.
    init(rows count: Int, _ probabilities: UnsafePointer<Float>, _ experts: ExpertConfiguration) {
        var chosen: [[(row: Int32, share: Float)]] = Array(repeating: [], count: experts.count)
        for row in 0..<count {
            let p = probabilities + row * experts.count
            let best = Self.greatest(experts.perToken, of: p, count: experts.count)
            let total = experts.normalizesWeights ? best.reduce(0) { $0 + p[$1] } : 1
            for expert in best { chosen[expert].append((Int32(row), p[expert] / total)) }
        }
        offsets = [0]
        for rows in chosen {
            self.rows += rows.map(\.row)
            shares += rows.map(\.share)
            offsets.append(self.rows.count)
        }
    }

    /// No rows at all.
    init() {}

    private static func greatest(
        _ wanted: Int, of p: UnsafePointer<Float>, count: Int
    ) -> [Int] {
        var best: [Int] = []
        for candidate in 0..<count {
            let place = best.firstIndex { p[candidate] > p[$0] } ?? best.count
            guard place < wanted else { continue }
            best.insert(candidate, at: place)
            if best.count > wanted { best.removeLast() }
        }
        return best
    }
}

extension Transformer {
    /// Softmax of each row of a router's logits, in place.
    func routerProbabilities(
        _ kernels: Kernels, rows: Int, experts: Int, _ logits: UnsafeMutablePointer<Float>
    ) {
        for row in 0..<rows {
            let p = logits + row * experts
            var top = p[0]
            for i in 1..<max(experts, 1) { top = max(top, p[i]) }
            kernels.exponentials(experts, p, shift: top, scale: 1, into: p)
            var sum: Float = 0
            for i in 0..<experts { sum += p[i] }
            for i in 0..<experts { p[i] /= sum }
        }
    }

    /// The experts' share of a block; adds nothing of the residual stream.
    ///
    /// - Parameter out: rows of the model's width; nil where what comes out is known already.
    func forwardExperts(_ layer: Int, _ a: Activations, into out: UnsafeMutablePointer<Float>?) {
        guard let experts = configuration.experts, let router = layout.blocks[layer].router else {
            return
        }
        let d = configuration.width
        let block = a.blocks[layer]
        let probabilities = a[block.routerProbabilities]
        a.forward(router, rows: a.rows, a[block.feedForwardInput], into: probabilities)
        routerProbabilities(a.kernels, rows: a.rows, experts: experts.count, probabilities)
        a.routes[layer] = ExpertRoutes(rows: a.rows, probabilities, experts)
        let routes = a.routes[layer]
        gather(routes, a[block.feedForwardInput], into: a[a.expertInput])
        for (expert, place) in layout.blocks[layer].feedForward.enumerated() {
            let slots = routes.slots(expert)
            guard !slots.isEmpty else { continue }
            let gateUp = a[block.gateUp] + slots.lowerBound * place.gateUp.outer
            let hidden = a[block.hidden] + slots.lowerBound * place.down.inner
            a.forward(
                place.gateUp, rows: slots.count, a[a.expertInput] + slots.lowerBound * d,
                into: gateUp)
            a.kernels.swiglu(
                rows: slots.count, width: place.down.inner, gateUp, into: hidden)
            a.forward(
                place.down, rows: slots.count, hidden,
                into: a[block.expertOutput] + slots.lowerBound * d)
        }
        guard let out else { return }
        combine(a.kernels, routes, a[block.expertOutput], rows: a.rows, into: out)
    }

    /// The rows of each slot beside each other.
    func gather(
        _ routes: ExpertRoutes, _ x: UnsafePointer<Float>, into out: UnsafeMutablePointer<Float>
    ) {
        let d = configuration.width
        for (slot, row) in routes.rows.enumerated() {
            (out + slot * d).update(from: x + Int(row) * d, count: d)
        }
    }

    /// Each row's experts added up by their shares, in the order of the experts.
    func combine(
        _ kernels: Kernels, _ routes: ExpertRoutes, _ expertOutput: UnsafePointer<Float>,
        rows: Int, into out: UnsafeMutablePointer<Float>
    ) {
        let d = configuration.width
        out.update(repeating: 0, count: rows * d)
        for (slot, row) in routes.rows.enumerated() {
            kernels.add(
                d, expertOutput + slot * d, scaledBy: routes.shares[slot], to: out + Int(row) * d)
        }
    }
}
