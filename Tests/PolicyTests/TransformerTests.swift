import Policy
import Testing

@Suite struct TransformerTests {
    @Test("forward equals the double twin; 1e-5 is some 50 roundings of values near 2")
    func forward() throws {
        for shape in shapes {
            let model = try livelyModel(shape)
            let twin = DoubleTwin(model)
            let batch = sequences([9, 2, 1, 20, 0, 5], shape)
            let found = try Learner(model).logProbabilities(PackedBatch(sequences: batch))
            let wanted = batch.map { twin.statistics($0) }
            for (x, y) in zip(found.logProbabilities, wanted.flatMap(\.logProbabilities)) {
                #expect(abs(Double(x) - y) < 1e-5)
            }
            for (x, y) in zip(found.entropies, wanted.flatMap(\.entropies)) {
                #expect(abs(Double(x) - y) < 1e-5)
            }
            #expect(found.logProbabilities.count == 8 + 1 + 19 + 4)
        }
    }

    /// The twin's central differences with h = 1e-5 err by about 1e-9, so what remains is the
    /// kernels' rounding: 2e-4 of the gradient's scale.
    @Test("gradients of every kind of parameter equal finite differences of the double twin")
    func gradients() throws {
        for (number, shape) in shapes.enumerated() {
            let model = try livelyModel(shape)
            let batch = sequences([7, 3, 18], shape)
            let packed = PackedBatch(sequences: batch)
            let slopes = (0..<packed.count).map { Float($0 % 5) * 0.3 - 0.5 }
            let entropySlopes = (0..<packed.count).map { Float($0 % 3) * 0.2 - 0.15 }
            let learner = Learner(model, shards: 2, threads: 2)
            learner.temperature = [1, 0.6, 1.5][number % 3]
            try learner.accumulate(
                packed,
                gradients: { _ in
                    TokenGradients(logProbabilities: slopes, entropies: entropySlopes)
                })
            let gradient = learner.copyGradient()
            var twin = DoubleTwin(model)
            twin.temperature = Double(learner.temperature)
            for view in model.parameters {
                let scale = (0..<view.count).map { abs(gradient[view.offset + $0]) }.max() ?? 0
                #expect(scale > 0, "\(view.name) has no gradient")
                for i in [0, view.count / 2, view.count - 1] {
                    let index = view.offset + i
                    let slope = difference(twin, index) { twin in
                        let all = batch.map { twin.statistics($0) }
                        let a = zip(all.flatMap(\.logProbabilities), slopes)
                        let b = zip(all.flatMap(\.entropies), entropySlopes)
                        return a.reduce(0) { $0 + $1.0 * Double($1.1) }
                            + b.reduce(0) { $0 + $1.0 * Double($1.1) }
                    }
                    let error = abs(Double(gradient[index]) - slope)
                    #expect(
                        error < 2e-4 * Double(scale) + 2e-5,
                        "\(view.name)[\(i)]: \(gradient[index]), \(slope)")
                }
            }
        }
    }

    private func difference(
        _ twin: DoubleTwin, _ index: Int, _ value: (DoubleTwin) -> Double
    ) -> Double {
        var (above, below) = (twin, twin)
        above.parameters[index] += 1e-5
        below.parameters[index] -= 1e-5
        return (value(above) - value(below)) / 2e-5
    }

    @Test func sameSeedSameWeights() throws {
        let (a, b) = (try Transformer(shapes[0], seed: 4), try Transformer(shapes[0], seed: 4))
        #expect(a.copyParameters() == b.copyParameters())
        #expect(a.copyParameters() != (try Transformer(shapes[0], seed: 5)).copyParameters())
        #expect(a.parameterCount == a.parameters.reduce(0) { $0 + $1.count })
        #expect(a.withParameters { $0.count } == a.parameterCount)
    }

    @Test func refusesParametersOfAnotherModel() throws {
        let model = try Transformer(shapes[0], seed: 1)
        #expect(throws: PolicyError.self) { try model.loadParameters([1, 2]) }
    }

    @Test("bad shapes name their field")
    func validation() throws {
        let cases: [(String, WritableKeyPath<TransformerConfiguration, Int>, Int)] = [
            ("vocabularySize", \.vocabularySize, 0), ("width", \.width, 0),
            ("headWidth", \.headWidth, 3),
            ("layers", \.layers, -1), ("heads", \.heads, 0), ("keyValueHeads", \.keyValueHeads, 3),
            ("maximumLength", \.maximumLength, 0),
            ("feedForwardWidth", \.feedForwardWidth, Int.max),
        ]
        for (field, path, value) in cases {
            var shape = shapes[0]
            shape[keyPath: path] = value
            do {
                _ = try Transformer(shape, seed: 1)
                Issue.record("\(field) = \(value) was taken")
            } catch PolicyError.invalidConfiguration(let found, _) {
                #expect(found == field)
            }
        }
    }

    @Test func refusesOddNumbers() {
        var shape = shapes[0]
        shape.rope.base = .nan
        #expect(throws: PolicyError.self) { try shape.validate() }
        shape = shapes[0]
        shape.normEpsilon = 0
        #expect(throws: PolicyError.self) { try shape.validate() }
    }
}
