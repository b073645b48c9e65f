import Policy
import Testing

@Suite struct ScalarHeadTests {
    private let lengths = [7, 1, 18, 3]

    private var critic: TransformerConfiguration {
        var shape = qwen3Shape
        shape.head = .scalar
        return shape
    }

    @Test("values of critics and encoders equal the double twin, the last token's too")
    func values() throws {
        for shape in [critic, encoderShape] {
            let model = try livelyModel(shape)
            let batch = sequences(lengths, shape)
            let found = try Learner(model).values(PackedBatch(whole: batch))
            let wanted = batch.flatMap { DoubleTwin(model).values($0) }
            #expect(found.count == lengths.reduce(0, +))
            for (x, y) in zip(found, wanted) { #expect(abs(Double(x) - y) < 2e-5) }
        }
    }

    @Test("their gradients equal finite differences of the double twin")
    func gradients() throws {
        for shape in [critic, encoderShape] {
            let model = try livelyModel(shape)
            let batch = sequences(lengths, shape)
            let packed = PackedBatch(whole: batch)
            let slopes = (0..<packed.count).map { Float($0 % 5) * 0.3 - 0.5 }
            let learner = Learner(model)
            try learner.accumulateValues(packed) { _ in slopes }
            let gradient = learner.copyGradient()
            for view in model.parameters {
                let scale = (0..<view.count).map { abs(gradient[view.offset + $0]) }.max() ?? 0
                #expect(scale > 0, "\(view.name) has no gradient")
                for i in [0, view.count / 2, view.count - 1] {
                    let index = view.offset + i
                    let sides = [1e-5, -1e-5].map { shift in
                        var twin = DoubleTwin(model)
                        twin.parameters[index] += shift
                        return zip(batch.flatMap { twin.values($0) }, slopes)
                            .reduce(0) { $0 + $1.0 * Double($1.1) }
                    }
                    let slope = (sides[0] - sides[1]) / 2e-5
                    #expect(
                        abs(Double(gradient[index]) - slope) < 2e-4 * Double(scale) + 2e-5,
                        "\(view.name)[\(i)]")
                }
            }
        }
    }

    @Test("an encoder sees what follows, a critic does not")
    func attention() throws {
        for (shape, sees) in [(critic, false), (encoderShape, true)] {
            let learner = Learner(try livelyModel(shape))
            let one = try learner.values(PackedBatch(whole: [[1, 2, 3, 4]]))
            let two = try learner.values(PackedBatch(whole: [[1, 2, 3, 5]]))
            #expect((one[0] != two[0]) == sees)
        }
    }

    @Test("a head says only what it is there for")
    func heads() throws {
        let batch = PackedBatch(sequences: [[1, 2, 3]])
        #expect(throws: PolicyError.self) {
            try Learner(Transformer(critic, seed: 1)).logProbabilities(batch)
        }
        #expect(throws: PolicyError.self) {
            try Learner(Transformer(plainShapes[0], seed: 1)).values(batch)
        }
        #expect(throws: PolicyError.self) {
            try Sampler(Transformer(critic, seed: 1)).sample(
                prompts: [[1]], seeds: [1], settings: SamplingSettings(maximumNewTokens: 1),
                stop: [])
        }
    }
}
