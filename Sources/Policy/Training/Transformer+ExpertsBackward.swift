import Tensors

extension Transformer {
    /// Through a block's experts: from `stream` to `narrow`.
    func backwardExperts(_ layer: Int, _ a: Activations) {
        guard let experts = configuration.experts, let router = layout.blocks[layer].router else {
            return
        }
        let d = configuration.width
        let block = a.blocks[layer]
        let routes = a.routes[layer]
        // Inputs of the slots were overwritten by the blocks above.
        gather(routes, a[block.feedForwardInput], into: a[a.expertInput])
        routerSlopes(layer, experts, a)
        a.inputGradient(
            router, rows: a.rows, a[a.routerSlope], in: nil, into: a[a.narrow])
        for (slot, row) in routes.rows.enumerated() {
            let slope = a[a.expertSlope] + slot * d
            slope.update(repeating: 0, count: d)
            a.kernels.add(
                d, a[a.stream] + Int(row) * d, scaledBy: routes.shares[slot], to: slope)
        }
        a.keep(routes.rows.count * d, a[a.expertInput], in: .secondInput)
        for (expert, place) in layout.blocks[layer].feedForward.enumerated() {
            let slots = routes.slots(expert)
            guard !slots.isEmpty else { continue }
            let first = slots.lowerBound
            a.inputGradient(
                place.down, rows: slots.count, a[a.expertSlope] + first * d, keptFrom: first,
                in: .firstSlope, into: a[a.wide] + first * place.down.inner)
            a.kernels.swigluBackward(
                rows: slots.count, width: place.down.inner,
                a[block.gateUp] + first * place.gateUp.outer,
                dh: a[a.wide] + first * place.down.inner,
                into: a[a.wider] + first * place.gateUp.outer)
            // What the experts gave is not needed any more: its room takes the slopes of their inputs.
            a.inputGradient(
                place.gateUp, rows: slots.count, a[a.wider] + first * place.gateUp.outer,
                keptFrom: first, in: .secondSlope, into: a[block.expertOutput] + first * d)
        }
        for (slot, row) in routes.rows.enumerated() {
            a.kernels.add(
                d, a[block.expertOutput] + slot * d, to: a[a.narrow] + Int(row) * d)
        }
        let inner = layout.blocks[layer].feedForward[0].down.inner
        a.keep(routes.rows.count * inner, a[block.hidden], in: .firstInput)
    }

    /// dL/dlogits of the router: shares are softmax probabilities, divided by their sum where they are
    /// normalised; which experts were chosen is taken as given.
    private func routerSlopes(
        _ layer: Int, _ experts: ExpertConfiguration, _ a: Activations
    ) {
        let d = configuration.width
        let block = a.blocks[layer]
        let routes = a.routes[layer]
        let slopes = a[a.routerSlope]
        let probabilities = a[block.routerProbabilities]
        slopes.update(repeating: 0, count: a.rows * experts.count)
        for expert in 0..<experts.count {
            for slot in routes.slots(expert) {
                let row = Int(routes.rows[slot])
                slopes[row * experts.count + expert] = a.kernels.dot(
                    d, a[a.stream] + row * d, a[block.expertOutput] + slot * d)
            }
        }
        if experts.normalizesWeights { normalizedSlopes(routes, experts, a, block) }
        for row in 0..<a.rows {
            let p = probabilities + row * experts.count
            let slope = slopes + row * experts.count
            var pull: Float = 0
            for i in 0..<experts.count { pull += p[i] * slope[i] }
            for i in 0..<experts.count { slope[i] = p[i] * (slope[i] - pull) }
        }
    }

    /// From slopes of shares wᵢ = pᵢ / S of the chosen to slopes of pᵢ.
    private func normalizedSlopes(
        _ routes: ExpertRoutes, _ experts: ExpertConfiguration, _ a: Activations,
        _ block: Activations.Block
    ) {
        var sums = [Float](repeating: 0, count: a.rows)
        var pulls = [Float](repeating: 0, count: a.rows)
        let probabilities = a[block.routerProbabilities]
        let slopes = a[a.routerSlope]
        func each(_ body: (_ row: Int, _ at: Int, _ share: Float) -> Void) {
            for expert in 0..<experts.count {
                for slot in routes.slots(expert) {
                    let row = Int(routes.rows[slot])
                    body(row, row * experts.count + expert, routes.shares[slot])
                }
            }
        }
        each { row, at, share in
            sums[row] += probabilities[at]
            pulls[row] += share * slopes[at]
        }
        each { row, at, _ in slopes[at] = (slopes[at] - pulls[row]) / sums[row] }
    }

    /// The gradients of a block's experts and of its router.
    func expertJobs(_ layer: Int, _ a: Activations) -> [WeightGradient] {
        guard let router = layout.blocks[layer].router else { return [] }
        let block = a.blocks[layer]
        let routes = a.routes[layer]
        var jobs = [
            WeightGradient(
                place: router, slopes: a.routerSlope, inputs: block.feedForwardInput,
                rows: 0..<a.rows)
        ]
        for (expert, place) in layout.blocks[layer].feedForward.enumerated() {
            let slots = routes.slots(expert)
            jobs.append(
                WeightGradient(
                    place: place.gateUp, slopes: a.wider, slopesRoom: .secondSlope,
                    inputs: a.expertInput, inputsRoom: .secondInput, rows: slots))
            jobs.append(
                WeightGradient(
                    place: place.down, slopes: a.expertSlope, slopesRoom: .firstSlope,
                    inputs: block.hidden, inputsRoom: .firstInput, rows: slots))
        }
        return jobs
    }
}
