import Tensors

extension Transformer {
    /// The parameters as named tensors, by the names of Hugging Face's Llama models.
    public func checkpoint(metadata: [String: String] = [:]) -> SafeTensors.Content {
        Self.content(of: weights, parameters, prefix: "", metadata)
    }

    /// Takes parameters from named tensors; on an error none is changed.
    ///
    /// - Throws: `PolicyError.tensorFile` naming a tensor that is missing, unknown, of another
    ///   shape or not finite.
    public func load(_ content: SafeTensors.Content) throws(PolicyError) {
        try refuseAdapter()
        try Self.place(content, parameters, [(prefix: "", buffer: weights)])
        refreshHalves()
    }

    /// Takes everything below the head from a model of the same shape, whatever its head: what a critic or
    /// a reward model starts from.
    ///
    /// - Throws: `PolicyError.tensorFile` naming a parameter that the other lacks.
    public func loadTrunk(of other: Transformer) throws(PolicyError) {
        try refuseAdapter()
        for view in parameters where view.offset != layout.score {
            guard let source = other.parameters.first(where: { $0.name == view.name }),
                source.shape == view.shape
            else {
                throw .tensorFile(
                    tensor: view.name, reason: "is not of this shape in the model to start from")
            }
            (weights.pointer + view.offset).update(
                from: other.weights.pointer + source.offset, count: view.count)
        }
        refreshHalves()
    }

    static func content(
        of buffer: FloatBuffer, _ parameters: [ParameterView], prefix: String,
        _ metadata: [String: String] = [:]
    ) -> SafeTensors.Content {
        SafeTensors.Content(
            tensors: parameters.map { view in
                let part = UnsafeBufferPointer(
                    start: buffer.pointer + view.offset, count: view.count)
                return SafeTensors.Tensor(
                    name: prefix + view.name, shape: view.shape, values: Array(part))
            }, metadata: metadata)
    }

    /// Copies tensors named `prefix` + parameter to each buffer, after all were checked.
    static func place(
        _ content: SafeTensors.Content, _ parameters: [ParameterView],
        _ parts: [(prefix: String, buffer: FloatBuffer)]
    ) throws(PolicyError) {
        var known: [String: (ParameterView, FloatBuffer)] = [:]
        for part in parts {
            for view in parameters { known[part.prefix + view.name] = (view, part.buffer) }
        }
        var seen: Set<String> = []
        for tensor in content.tensors {
            guard let (view, _) = known[tensor.name] else {
                throw .tensorFile(tensor: tensor.name, reason: "is not of this model")
            }
            guard seen.insert(tensor.name).inserted else {
                throw .tensorFile(tensor: tensor.name, reason: "is there twice")
            }
            guard tensor.shape == view.shape, tensor.values.count == view.count else {
                throw .tensorFile(
                    tensor: tensor.name,
                    reason: "has shape \(tensor.shape), the model \(view.shape)")
            }
            guard tensor.values.allSatisfy(\.isFinite) else {
                throw .tensorFile(tensor: tensor.name, reason: "has values that are not finite")
            }
        }
        if let missing = known.keys.filter({ !seen.contains($0) }).min() {
            throw .tensorFile(tensor: missing, reason: "is missing")
        }
        for tensor in content.tensors {
            guard let (view, buffer) = known[tensor.name] else { continue }
            tensor.values.withUnsafeBufferPointer { values in
                guard let base = values.baseAddress else { return }
                (buffer.pointer + view.offset).update(from: base, count: view.count)
            }
        }
    }
}

extension LowRankAdapter {
    /// A and B of every target as named tensors.
    public func checkpoint() -> SafeTensors.Content {
        Transformer.content(of: weights, parameters, prefix: "")
    }
}

extension Transformer {
    /// Takes A and B of the adapter from named tensors and merges them; on an error none is changed.
    ///
    /// Does nothing where the model has no adapter.
    ///
    /// - Throws: `PolicyError.tensorFile`.
    public func loadAdapter(_ content: SafeTensors.Content) throws(PolicyError) {
        guard let adapter else { return }
        try Self.place(content, adapter.parameters, [(prefix: "", buffer: adapter.weights)])
        let pool = WorkerPool(threads: 1)
        adapter.merge(pool, .best)
        refreshHalves(pool)
    }
}

extension Learner {
    private static let stepKey = "step"

    /// AdamW's moments as tensors (`mean.` and `square.` before the parameter's name) and the
    /// number of steps in the metadata `step`.
    public func optimizerCheckpoint() -> SafeTensors.Content {
        var content = Transformer.content(
            of: mean, trained.views, prefix: "mean.", [Self.stepKey: String(stepCount)])
        content.tensors += Transformer.content(of: square, trained.views, prefix: "square.").tensors
        return content
    }

    /// Takes AdamW's moments and number of steps, so that training goes on as if never stopped.
    ///
    /// - Throws: `PolicyError.tensorFile`; then nothing is changed.
    public func loadOptimizer(_ content: SafeTensors.Content) throws(PolicyError) {
        guard let steps = content.metadata[Self.stepKey].flatMap({ Int($0) }), steps >= 0 else {
            throw .tensorFile(tensor: "__metadata__", reason: "lacks the number of steps")
        }
        for tensor in content.tensors
        where tensor.name.hasPrefix("square.") && tensor.values.contains(where: { $0 < 0 }) {
            throw .tensorFile(tensor: tensor.name, reason: "has negative values")
        }
        try Transformer.place(content, trained.views, [("mean.", mean), ("square.", square)])
        stepCount = steps
        clearGradients()
    }
}
