import Foundation
import Policy
import Testing

@Suite struct LearnerTests {
    private let lengths = [9, 17, 2, 1, 24, 5, 12]

    @Test("packing changes no bit of the forward pass")
    func packing() throws {
        for shape in shapes {
            let learner = Learner(try livelyModel(shape))
            let all = sequences(lengths, shape)
            let packed = try learner.logProbabilities(PackedBatch(sequences: all))
            var single = TokenStatistics(logProbabilities: [], entropies: [])
            for sequence in all {
                let one = try learner.logProbabilities(PackedBatch(sequences: [sequence]))
                single.logProbabilities += one.logProbabilities
                single.entropies += one.entropies
            }
            #expect(bits(packed.logProbabilities) == bits(single.logProbabilities))
            #expect(bits(packed.entropies) == bits(single.entropies))
        }
    }

    @Test("threads change no bit of training")
    func threads() throws {
        let batch = PackedBatch(sequences: sequences(lengths, shapes[0]))
        let weights = try [1, 2, 3].map { threads in
            let model = try livelyModel(shapes[0])
            let learner = Learner(model, shards: 3, threads: threads)
            for _ in 0..<3 {
                try learner.accumulateCrossEntropy(
                    batch, weights: Array(repeating: 1, count: batch.count))
                try learner.step(learningRate: 1e-2, clipNorm: 1)
            }
            return bits(model.copyParameters())
        }
        #expect(weights[0] == weights[1])
        #expect(weights[0] == weights[2])
    }

    @Test("threads and recomputation change no bit of a gradient", arguments: Precision.allCases)
    func recomputation(precision: Precision) throws {
        for shape in shapes {
            let batch = PackedBatch(sequences: sequences(lengths, shape))
            let slopes = (0..<batch.count).map { Float($0 % 7) * 0.2 - 0.6 }
            let gradients = try [(1, false), (2, false), (1, true), (2, true)].map {
                threads, recomputes in
                let learner = Learner(
                    try livelyModel(shape, precision: precision), shards: 2, threads: threads,
                    recomputes: recomputes)
                try learner.accumulate(batch, gradient: { _ in slopes })
                return bits(learner.copyGradient())
            }
            for gradient in gradients { #expect(gradient == gradients[0]) }
        }
    }

    @Test("head and loss in one go give the bits of forward, then backward")
    func fusedHead() throws {
        for shape in shapes {
            let batch = PackedBatch(sequences: sequences(lengths, shape))
            let weights = (0..<batch.count).map { Float($0 % 4) }
            let total = weights.reduce(0.0) { $0 + Double($1) }
            let (one, two) = (Learner(try livelyModel(shape)), Learner(try livelyModel(shape)))
            try one.accumulateCrossEntropy(batch, weights: weights)
            try two.accumulate(
                batch, gradient: { _ in weights.map { -Float(Double($0) / total) } })
            #expect(bits(one.copyGradient()) == bits(two.copyGradient()))
        }
    }

    @Test("bfloat16 stays near 32-bit floats")
    func bfloat16() throws {
        for shape in plainShapes {
            let batch = PackedBatch(sequences: sequences(lengths, shape))
            let found = try Precision.allCases.map {
                try Learner(try Transformer(shape, seed: 3, precision: $0)).logProbabilities(batch)
            }
            // Numbers of 8 bits in logits below 1: errors of some 2⁻⁹.
            for (x, y) in zip(found[0].logProbabilities, found[1].logProbabilities) {
                #expect(abs(x - y) < 0.01)
            }
            #expect(found[0] != found[1])
        }
    }

    @Test("parameters of a group have a rate and decay of their own")
    func groups() throws {
        let model = try livelyModel(shapes[0])
        let before = model.copyParameters()
        let settings = AdamWSettings(
            weightDecay: 0,
            groups: [
                ParameterGroup(pattern: "*.layers.0.*", rateScale: 0),
                ParameterGroup(pattern: "model.norm.*", weightDecay: 1),
            ])
        let learner = Learner(model, optimizer: settings)
        try learner.step(learningRate: 0.5)
        let after = model.copyParameters()
        for view in model.parameters {
            for i in view.offset..<view.offset + view.count {
                let wanted = view.name == "model.norm.weight" ? before[i] * 0.5 : before[i]
                #expect(after[i] == wanted, "\(view.name)")
            }
        }
        let batch = PackedBatch(sequences: sequences(lengths, shapes[0]))
        try learner.accumulateCrossEntropy(batch, weights: Array(repeating: 1, count: batch.count))
        try learner.step(learningRate: 0.1)
        let trained = model.copyParameters()
        for view in model.parameters {
            let range = view.offset..<view.offset + view.count
            #expect(
                (Array(trained[range]) == Array(after[range])) == view.name.contains(".layers.0."))
        }
    }

    @Test("rates rise, then stay, fall straight or along a cosine, and end at their share")
    func schedules() {
        for shape in LearningRateSchedule.Shape.allCases {
            let schedule = LearningRateSchedule(
                shape: shape, warmupSteps: 4, totalSteps: 24, finalShare: 0.1)
            #expect((0..<4).map { schedule.share(step: $0) } == [0.25, 0.5, 0.75, 1])
            #expect(schedule.share(step: 4) == 1)
            let middle = schedule.share(step: 14)
            #expect(abs(middle - (shape == .constant ? 1 : 0.55)) < 1e-12)
            #expect(abs(schedule.share(step: 400) - (shape == .constant ? 1 : 0.1)) < 1e-12)
            for step in 4..<23 {
                #expect(schedule.share(step: step + 1) <= schedule.share(step: step))
            }
        }
    }

    @Test("a copy task is learned")
    func learning() throws {
        let shape = TransformerConfiguration(
            vocabularySize: 5, width: 16, layers: 1, heads: 2, feedForwardWidth: 24,
            maximumLength: 8)
        let learner = Learner(try Transformer(shape, seed: 2))
        let batch = PackedBatch(
            sequences: sequences(Array(repeating: 1, count: 16), shape).map {
                $0 + [4] + $0
            })
        let weights = (0..<batch.count).map { $0 % 2 == 1 ? Float(1) : 0 }
        var losses: [Float] = []
        for _ in 0..<40 {
            losses.append(try learner.accumulateCrossEntropy(batch, weights: weights))
            try learner.step(learningRate: 1e-2, clipNorm: 1)
        }
        #expect(losses[0] > 1)
        #expect(try #require(losses.last) < 0.1)
    }

    @Test("a step is AdamW's, by the plain formula in double precision")
    func step() throws {
        let model = try livelyModel(shapes[0])
        let settings = AdamWSettings(beta1: 0.8, beta2: 0.9, epsilon: 1e-6, weightDecay: 0.1)
        let learner = Learner(model, optimizer: settings)
        let batch = PackedBatch(sequences: sequences([9, 8], shapes[0]))
        var weights = model.copyParameters().map(Double.init)
        var mean = weights.map { _ in 0.0 }
        var square = mean
        for step in 1...3 {
            try learner.accumulate(
                batch, gradient: { _ in Array(repeating: -0.3, count: batch.count) })
            let gradient = learner.copyGradient().map(Double.init)
            let norm = gradient.reduce(0) { $0 + $1 * $1 }.squareRoot()
            let found = try learner.step(learningRate: 0.01, clipNorm: 0.5)
            #expect(abs(Double(found) - norm) < 1e-5 * norm)
            let scale = min(1, 0.5 / norm)
            for view in model.parameters {
                for i in view.offset..<view.offset + view.count {
                    let g = gradient[i] * scale
                    mean[i] = 0.8 * mean[i] + 0.2 * g
                    square[i] = 0.9 * square[i] + 0.1 * g * g
                    if view.isMatrix { weights[i] *= 1 - 0.01 * 0.1 }
                    let root = (square[i] / (1 - pow(0.9, Double(step)))).squareRoot()
                    weights[i] -= 0.01 * mean[i] / (1 - pow(0.8, Double(step))) / (root + 1e-6)
                }
            }
            for (x, y) in zip(model.copyParameters(), weights) {
                #expect(abs(Double(x) - y) < 2e-5)
            }
        }
    }

    @Test func damagedWeightsAreTypedErrors() throws {
        let model = try livelyModel(shapes[0])
        var values = model.copyParameters()
        values[model.parameterCount - 1] = .nan
        try model.loadParameters(values)
        let batch = PackedBatch(sequences: [[1], [1, 2, 3]])
        #expect(throws: PolicyError.nonFiniteOutput(sequence: 1, position: 0)) {
            try Learner(model).logProbabilities(batch)
        }
    }

    @Test("a gradient that is not finite changes no weight")
    func badGradient() throws {
        let model = try livelyModel(shapes[0])
        let before = model.copyParameters()
        let learner = Learner(model)
        let batch = PackedBatch(sequences: [[1, 2, 3]])
        try learner.accumulate(batch, gradient: { _ in [.nan, 1] })
        #expect(throws: PolicyError.nonFiniteGradient) { try learner.step(learningRate: 1e-3) }
        #expect(model.copyParameters() == before)
        #expect(learner.stepCount == 0)
        try learner.accumulate(batch, gradient: { _ in [1, 1] })
        #expect(try learner.step(learningRate: 1e-3) > 0)
    }

    @Test func refusesWhatDoesNotFit() throws {
        let learner = Learner(try livelyModel(shapes[0]))
        #expect(throws: PolicyError.self) {
            try learner.logProbabilities(PackedBatch(sequences: [[1, 7]]))
        }
        #expect(throws: PolicyError.self) {
            try learner.logProbabilities(PackedBatch(sequences: [[-1, 2]]))
        }
        #expect(
            throws: PolicyError.sequenceTooLong(sequence: 1, length: 25, maximum: 24)
        ) {
            try learner.logProbabilities(
                PackedBatch(sequences: [[1, 2], Array(repeating: 1, count: 25)]))
        }
        let batch = PackedBatch(sequences: [[1, 2, 3]])
        #expect(throws: PolicyError.self) {
            try learner.accumulateCrossEntropy(batch, weights: [1])
        }
        #expect(throws: PolicyError.self) {
            try learner.accumulateCrossEntropy(batch, weights: [1, -1])
        }
        #expect(throws: PolicyError.self) { try learner.accumulate(batch, gradient: { _ in [] }) }
        #expect(throws: PolicyError.self) { try learner.step(learningRate: .nan) }
        #expect(throws: PolicyError.self) { try learner.step(learningRate: 1, clipNorm: 0) }
        #expect(try learner.accumulateCrossEntropy(batch, weights: [0, 0]) == 0)
        #expect(try learner.logProbabilities(PackedBatch(sequences: [])).entropies.isEmpty)
    }

    @Test("resuming from a checkpoint equals not stopping")
    func resume() throws {
        let batch = PackedBatch(sequences: sequences([9, 8], shapes[0]))
        func train(_ learner: Learner) throws {
            try learner.accumulateCrossEntropy(
                batch, weights: Array(repeating: 1, count: batch.count))
            try learner.step(learningRate: 1e-2)
        }
        let learner = Learner(try livelyModel(shapes[0]))
        try train(learner)
        let weights = try SafeTensors.data(learner.model.checkpoint())
        let moments = try SafeTensors.data(learner.optimizerCheckpoint())
        try train(learner)
        let resumed = Learner(try Transformer(shapes[0], seed: 8))
        try resumed.model.load(try SafeTensors.content(of: weights))
        try resumed.loadOptimizer(try SafeTensors.content(of: moments))
        try train(resumed)
        #expect(bits(resumed.model.copyParameters()) == bits(learner.model.copyParameters()))
        #expect(resumed.stepCount == 2)
    }
}
