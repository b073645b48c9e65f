import Foundation
import Rollouts
import Tensors
import Testing

@testable import Policy

@Suite struct SamplerTests {
    private let settings = SamplingSettings(maximumNewTokens: 12)

    private func prompts(_ shape: TransformerConfiguration) -> [[Int32]] {
        let some = sequences([1, 4, 7, 3], shape)
        return [some[0], some[1], some[1], some[1], some[2], some[3], some[3], some[1], some[2]]
    }

    private func sample(
        _ model: Transformer, _ prompts: [[Int32]], seeds: [UInt64], slots: Int, threads: Int,
        settings: SamplingSettings? = nil
    ) throws -> [SampledTokens] {
        try Sampler(model, slots: slots, threads: threads).sample(
            prompts: prompts, seeds: seeds, settings: settings ?? self.settings, stop: [0])
    }

    @Test(
        "the sampler's log-probabilities are the trainer's, bit for bit",
        arguments: Precision.allCases, [false, true])
    func equalsTrainer(precision: Precision, shares: Bool) throws {
        for (index, shape) in shapes.enumerated() {
            let model = try livelyModel(shape, precision: precision)
            let prompts = prompts(shape)
            let temperature: Float = [1, 0.7, 1.6][index % 3]
            let sampled = try Sampler(
                model, slots: 5, threads: 2, kernels: .best, shares: shares
            ).sample(
                prompts: prompts, seeds: prompts.indices.map { UInt64($0) },
                settings: SamplingSettings(
                    temperature: temperature, tempersStatistics: true, maximumNewTokens: 12),
                stop: [0])
            let batch = PackedBatch(sequences: zip(prompts, sampled).map { $0 + $1.tokens })
            let learner = Learner(model)
            learner.temperature = temperature
            let trained = try learner.logProbabilities(batch)
            for row in prompts.indices {
                let range = batch.offsets[row] + prompts[row].count - 1..<batch.offsets[row + 1]
                #expect(
                    bits(Array(trained.logProbabilities[range]))
                        == bits(sampled[row].logProbabilities))
                #expect(bits(Array(trained.entropies[range])) == bits(sampled[row].entropies))
                #expect(!sampled[row].tokens.isEmpty)
            }
        }
    }

    @Test("a row's tokens do not depend on batch, slots or threads")
    func invariance() throws {
        let model = try livelyModel(shapes[0])
        let prompts = prompts(shapes[0])
        let seeds = prompts.indices.map { UInt64($0 * 7) }
        let wanted = try sample(model, prompts, seeds: seeds, slots: 1, threads: 1)
        for (slots, threads) in [(2, 1), (9, 1), (4, 2), (64, 3)] {
            let found = try sample(
                model, prompts, seeds: seeds, slots: slots, threads: threads)
            #expect(found == wanted)
            let shared = try Sampler(
                model, slots: slots, threads: threads, kernels: .best, shares: true
            ).sample(prompts: prompts, seeds: seeds, settings: settings, stop: [0])
            #expect(shared == wanted)
        }
        for row in prompts.indices {
            let alone = try sample(
                model, [prompts[row]], seeds: [seeds[row]], slots: 3, threads: 1)
            #expect(alone == [wanted[row]])
        }
        let others = try sample(
            model, prompts, seeds: seeds.map { $0 + 1 }, slots: 4, threads: 2)
        #expect(others != wanted)
    }

    @Test("draws follow the model's probabilities")
    func distribution() throws {
        let model = try livelyModel(shapes[0])
        let count = 4000
        let sampled = try sample(
            model, Array(repeating: [3, 2], count: count), seeds: (0..<count).map { UInt64($0) },
            slots: 64, threads: 2, settings: SamplingSettings(maximumNewTokens: 1))
        for token in 0..<Int32(shapes[0].vocabularySize) {
            let statistics = try Learner(model).logProbabilities(
                PackedBatch(sequences: [[3, 2, token]]))
            let expected = Double(exponential(statistics.logProbabilities[1]))
            let found = Double(sampled.count { $0.tokens == [token] }) / Double(count)
            // Five standard errors.
            let error = 5 * (expected * (1 - expected) / Double(count)).squareRoot()
            #expect(abs(found - expected) < error)
        }
    }

    @Test("a tempered sampler draws the same tokens whoever tempers: the choice or the head")
    func temperedStatistics() throws {
        let model = try livelyModel(shapes[0])
        let prompts = prompts(shapes[0])
        let seeds = prompts.indices.map { UInt64($0) }
        var settings = SamplingSettings(temperature: 0.5, maximumNewTokens: 12)
        let plain = try sample(
            model, prompts, seeds: seeds, slots: 4, threads: 2, settings: settings)
        settings.tempersStatistics = true
        let tempered = try sample(
            model, prompts, seeds: seeds, slots: 4, threads: 2, settings: settings)
        #expect(tempered.map(\.tokens) == plain.map(\.tokens))
        #expect(tempered.map(\.logProbabilities) != plain.map(\.logProbabilities))
    }

    private func exponential(_ x: Float) -> Float {
        (0..<30).reversed().reduce(Float(1)) { 1 + $0 * x / Float($1 + 1) }
    }

    @Test("greedy, top-k of one, a tiny top-p and a min-p of one agree")
    func truncation() throws {
        let model = try livelyModel(shapes[0])
        let prompts = prompts(shapes[0])
        let seeds = prompts.indices.map { UInt64($0) }
        let results = try [
            SamplingSettings(temperature: 0, maximumNewTokens: 6),
            SamplingSettings(topK: 1, maximumNewTokens: 6),
            SamplingSettings(topP: 1e-6, maximumNewTokens: 6),
            SamplingSettings(minP: 1, maximumNewTokens: 6),
            SamplingSettings(temperature: 1e-6, maximumNewTokens: 6),
        ].map { try sample(model, prompts, seeds: seeds, slots: 4, threads: 2, settings: $0) }
        for result in results { #expect(result == results[0]) }
    }

    @Test func lengthsAndStops() throws {
        let model = try livelyModel(shapes[0])
        let long = try Sampler(model, slots: 2, threads: 1).sample(
            prompts: [[1, 2], [3]], seeds: [1, 2],
            settings: SamplingSettings(maximumNewTokens: 1000), stop: [])
        #expect(long.map(\.tokens.count) == [22, 23])
        #expect(long.allSatisfy { $0.stopReason == .length })
        let stopped = try Sampler(model, slots: 2, threads: 1).sample(
            prompts: [[1, 2]], seeds: [1], settings: settings, stop: Set(0..<7))
        #expect(stopped[0].tokens.count == 1)
        #expect(stopped[0].stopReason == .stop)
    }

    @Test("a text ends a completion with the token that makes it whole, wherever tokens part it")
    func stopTexts() throws {
        let model = try livelyModel(shapes[0])
        let prompts = prompts(shapes[0])
        let seeds = prompts.indices.map { UInt64($0) }
        let letters: @Sendable (Int32) -> [UInt8] = { [UInt8(ascii: "a") + UInt8($0)] }
        let sampler = Sampler(model, slots: 4, threads: 2)
        let free = try sampler.sample(
            prompts: prompts, seeds: seeds, settings: settings, stop: StopRule(tokens: []))
        let wanted = "bc"
        let stopped = try sampler.sample(
            prompts: prompts, seeds: seeds, settings: settings,
            stop: StopRule(tokens: [], texts: ["", wanted, "zzzz"], bytes: letters))
        for (whole, cut) in zip(free, stopped) {
            let text = String(decoding: whole.tokens.flatMap(letters), as: UTF8.self)
            let end = text.range(of: wanted).map {
                text.distance(from: text.startIndex, to: $0.upperBound)
            }
            #expect(cut.tokens == Array(whole.tokens.prefix(end ?? whole.tokens.count)))
            #expect(cut.stopReason == (end == nil ? .length : .stop))
        }
        #expect(stopped.contains { $0.stopReason == .stop })
    }

    @Test("completions of one prompt share the pages of its beginning")
    func pages() {
        let cache = KeyValueCache(
            AttentionShape(heads: 2, keyValueHeads: 1, headWidth: 8), layers: 2, slots: 4,
            kernels: .best)
        for position in 0..<40 { cache.makeRoom(slot: 0, position: position) }
        #expect(cache.pagesInUse == 3)
        for slot in 1..<4 { cache.share(from: 0, to: slot, count: 40) }
        // Two whole pages are shared, the third each has for itself.
        #expect(cache.pagesInUse == 3 + 3)
        cache.release(0)
        #expect(cache.pagesInUse == 2 + 3)
        for slot in 1..<4 { cache.release(slot) }
        #expect(cache.pagesInUse == 0)
    }

    @Test func typedErrors() throws {
        let model = try livelyModel(shapes[0])
        let sampler = Sampler(model, slots: 4, threads: 2)
        func failure(
            _ prompts: [[Int32]], seeds: [UInt64] = [1], settings: SamplingSettings? = nil
        ) -> PolicyError? {
            do {
                _ = try sampler.sample(
                    prompts: prompts, seeds: seeds, settings: settings ?? self.settings, stop: [])
                return nil
            } catch { return error }
        }
        #expect(failure([[]]) == .emptyPrompt(row: 0))
        #expect(failure([[1]], seeds: []) != nil)
        #expect(
            failure([[1, 9]])
                == .tokenOutOfRange(token: 9, sequence: 0, position: 1, vocabulary: 7))
        #expect(failure([Array(repeating: 1, count: 24)]) != nil)
        for bad in [
            SamplingSettings(temperature: -1, maximumNewTokens: 1),
            SamplingSettings(temperature: .nan, maximumNewTokens: 1),
            SamplingSettings(topK: -1, maximumNewTokens: 1),
            SamplingSettings(topP: 0, maximumNewTokens: 1),
            SamplingSettings(minP: 2, maximumNewTokens: 1), SamplingSettings(maximumNewTokens: 0),
        ] { #expect(failure([[1]], settings: bad) != nil) }
        #expect(failure([], seeds: []) == nil)
        #expect(throws: PolicyError.cancelled) {
            try sampler.sample(
                prompts: [[1]], seeds: [1], settings: settings, stop: [], shouldStop: { true })
        }
        var values = model.copyParameters()
        values[0] = .infinity
        try model.loadParameters(values)
        #expect(failure([[1, 0, 2]]) == .nonFiniteOutput(sequence: 0, position: 2))
    }
}
