import Curricula
import Foundation
import Objectives
import Policy
import Rollouts
import Settings
import Store
import Testing

@testable import Training

/// Rollouts of several turns: what is sampled, what is trained on, and what is refused.
@Suite struct TurnsTests {
    private let task = GuessingGenerator()
    private static let limit = 30

    private func engine(threads: Int = 1, slots: Int = 128) throws -> PolicyEngine {
        let tokenizer = try CharacterTokenizer(
            special: ["<end>"], characters: GuessingGenerator.alphabet, endOfText: "<end>")
        let model = try Transformer(
            TransformerConfiguration(
                vocabularySize: tokenizer.count, width: 16, layers: 1, heads: 2,
                feedForwardWidth: 24, maximumLength: 38), seed: 5)
        // Turns of a few characters: the mark at their end is likelier than it would be.
        var values = model.copyParameters()
        for index in values.indices { values[index] *= 2 }
        try model.loadParameters(values)
        return PolicyEngine(
            model: model, tokenizer: tokenizer, threads: threads, slots: slots, environment: task)
    }

    private func problems(_ count: Int = 12) throws -> [Problem] {
        try task.problems(level: 3, count: count, seed: 1, split: .train)
    }

    private func sample(
        _ engine: PolicyEngine, limit: Int = Self.limit
    ) throws -> [(problem: Problem, sampled: PolicyEngine.Sampled)] {
        let problems = try problems()
        let rows = try engine.sample(
            problems, count: 8,
            settings: SamplingSettings(tempersStatistics: true, maximumNewTokens: limit),
            seed: 7, stream: 3)
        return zip(problems, rows).flatMap { problem, rows in rows.map { (problem, $0) } }
    }

    @Test("the environment answers each turn of the policy, and nothing else is its text")
    func transcripts() throws {
        let engine = try engine()
        var stops: Set<StopReason> = []
        var longest = 0
        for (problem, sampled) in try sample(engine) {
            let completion = sampled.completion
            var turns: [Turn] = []
            var text = ""
            var next = 0
            var isOver = false
            for feedback in completion.feedback {
                #expect(!isOver)
                let written = try engine.tokenizer.decode(
                    completion.tokens[next..<feedback.position])
                let reply = try task.reply(to: written, after: turns, of: problem)
                #expect(try engine.tokenizer.decode(feedback.tokens) == reply.text)
                turns.append(Turn(text: written, reply: reply.text))
                text += written + reply.text
                next = feedback.position
                isOver = reply.isLast
            }
            let rest = completion.tokens[next...]
            text += try engine.tokenizer.decode(rest.filter { $0 != engine.endOfText })
            #expect(completion.text == text)
            #expect(!isOver || rest.isEmpty)
            let isEnded = isOver || rest.last == engine.endOfText
            #expect(completion.isTruncated == !isEnded)
            #expect(completion.tokens.count <= Self.limit)
            #expect(completion.tokens.count == completion.logProbabilities.count)
            #expect(sampled.promptTokens.count + completion.inContext.tokens.count <= 38)
            #expect(completion.turns == turns.count + (rest.isEmpty ? 0 : 1))
            stops.insert(completion.stopReason)
            longest = max(longest, completion.turns)
        }
        #expect(stops == [.stop, .length] && longest > 2)
    }

    @Test("neither threads nor slots change a rollout")
    func batching() throws {
        let one = try sample(engine()).map(\.sampled.completion)
        for (threads, slots) in [(1, 3), (3, 128), (2, 5)] {
            let other = try sample(engine(threads: threads, slots: slots))
            #expect(other.map(\.sampled.completion) == one)
        }
    }

    @Test("a lower limit cuts the same rollouts", arguments: [1, 2, 5, 11])
    func limits(limit: Int) throws {
        let engine = try engine()
        for (long, short) in zip(try sample(engine), try sample(engine, limit: limit)) {
            let (whole, cut) = (long.sampled.completion, short.sampled.completion)
            #expect(cut.tokens == Array(whole.tokens.prefix(limit)))
            #expect(cut.logProbabilities == Array(whole.logProbabilities.prefix(limit)))
            #expect(cut.feedback == whole.feedback.filter { $0.position <= limit })
            #expect(cut.isTruncated || cut == whole)
        }
    }

    // MARK: The loss

    /// Sampled rollouts with advantages of different signs.
    private func sequences(_ engine: PolicyEngine) throws -> [TrainedSequence] {
        try sample(engine).enumerated().map { number, row in
            TrainedSequence(
                prompt: row.sampled.promptTokens, completion: row.sampled.completion,
                advantage: Double(number % 5) - 1.75)
        }
    }

    private func batch(
        _ sequences: [TrainedSequence], _ statistics: TokenStatistics
    ) -> PolicyBatch {
        let old = sequences.flatMap(\.oldLogProbabilities)
        return PolicyBatch(
            offsets: sequences.offsets, mask: old.map { _ in true },
            newLogProbabilities: sequences.completions(statistics.logProbabilities),
            oldLogProbabilities: old, advantages: sequences.map(\.advantage),
            entropies: sequences.completions(statistics.entropies))
    }

    @Test("the trainer says of the policy's tokens what the sampler said, bit for bit")
    func onPolicy() throws {
        let engine = try engine()
        let sequences = try sequences(engine)
        let found = try Learner(engine.sampler.model).logProbabilities(
            PackedBatch(sequences: sequences.map(\.tokens)))
        let old = sequences.flatMap(\.oldLogProbabilities)
        #expect(sequences.completions(found.logProbabilities) == old)
        #expect(sequences.contains { $0.own.count > 2 })
    }

    @Test(
        "the gradient is that of the whole text under a mask, whatever stands behind the mask",
        arguments: ["grpo", "dapo", "gspo", "dr-grpo", "sapo"])
    func masked(preset: String) throws {
        let engine = try engine()
        let sequences = try sequences(engine)
        let statistics = try Learner(engine.sampler.model).logProbabilities(
            PackedBatch(sequences: sequences.map(\.tokens)))
        var objective = try Objective.preset(preset)
        objective.kl.coefficient = 0.05
        var own = batch(sequences, statistics)
        own.referenceLogProbabilities = own.newLogProbabilities.enumerated().map {
            $0.element - 0.1 * Double($0.offset % 3)
        }
        // The same with a place for every position, prompts and feedback included.
        var random = SplitMix64(seed: 9)
        let marks = sequences.scattered(own.mask.map { _ in 1 }).map { $0 == 1 }
        #expect(marks.count { $0 } == own.mask.count && marks.contains(false))
        func spread(_ values: [Double]) -> [Double] {
            var next = values.makeIterator()
            return marks.map { $0 ? next.next() ?? 0 : random.uniform() * 40 - 20 }
        }
        var whole = own
        whole.offsets = sequences.reduce(into: [0]) {
            $0.append(($0.last ?? 0) + $1.tokens.count - 1)
        }
        whole.mask = marks
        whole.newLogProbabilities = spread(own.newLogProbabilities)
        whole.oldLogProbabilities = spread(own.oldLogProbabilities)
        whole.entropies = spread(own.entropies ?? [])
        whole.referenceLogProbabilities = own.referenceLogProbabilities.map(spread)
        let (short, long) = (try objective.loss(own), try objective.loss(whole))
        #expect(short.loss == long.loss && short.tokens == long.tokens)
        #expect(sequences.scattered(short.gradient) == long.gradient.map(Float.init))
        #expect(short.gradient.contains { $0 != 0 })
    }

    @Test("the gradient of the weights is that of finite differences")
    func differences() throws {
        let engine = try engine()
        let model = engine.sampler.model
        let sequences = try sequences(engine)
        let packed = PackedBatch(sequences: sequences.map(\.tokens))
        let objective = try Objective.preset("dapo")
        let learner = Learner(model)
        try learner.accumulate(packed) { statistics -> [Float] in
            sequences.scattered(try objective.loss(batch(sequences, statistics)).gradient)
        }
        let gradient = learner.copyGradient()
        let norm = gradient.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
        let start = model.copyParameters()
        // Small enough that no ratio leaves the trust region.
        let reach = 2e-3
        func loss(_ sign: Double) throws -> Double {
            try model.loadParameters(
                zip(start, gradient).map { $0 + Float(sign * reach * Double($1) / norm) })
            return try objective.loss(
                batch(sequences, try learner.logProbabilities(packed))
            ).loss
        }
        let slope = (try loss(1) - loss(-1)) / (2 * reach)
        #expect(abs(slope - norm) < 0.01 * norm, "\(slope) of \(norm)")
    }

    @Test("demonstrations: the pupil's characters are told from the environment's")
    func demonstrations() throws {
        let engine = try engine()
        for problem in try problems(30) {
            var (random, twin) = (SplitMix64(seed: 3), SplitMix64(seed: 3))
            let tokens = try engine.demonstration(
                task, of: problem, noise: .standard, using: &random)
            let turns = try task.demonstratedTurns(for: problem, noise: .standard, using: &twin)
            #expect(
                try engine.tokenizer.decode(tokens.filter(\.isOwn).map(\.token))
                    == turns.map(\.text).joined())
            #expect(
                try engine.tokenizer.decode(tokens.map(\.token))
                    == turns.map { $0.text + $0.reply }.joined())
        }
    }

    // MARK: Runs

    private static let guessing = [
        "curriculum.generator=guessing", "curriculum.name=guessing", "reward=FOLDER/turns.yaml",
    ]

    @Test("problems of the task from a store train as those that are generated")
    func stored() throws {
        let common = Self.guessing + ["budget.steps=2", "warmup.tokens=20000"]
        let generated = try TinyRun(common)
        try generated.train()
        let stored = try TinyRun(common)
        stored.recipe.curriculum.generator = nil
        stored.recipe.curriculum.taskOfStore = .guessing
        stored.recipe.curriculum.store = generated.directory.database
        try stored.train()
        let (one, other) = (try generated.traces(), try stored.traces())
        #expect(one.weights == other.weights && one.rollouts == other.rollouts)
    }

    @Test(
        "runs train on the policy's tokens and count these alone",
        arguments: ["grpo", "ppo", "dpo", "gspo", "kimi", "reinforce++", "dapo"])
    func runs(preset: String) throws {
        let run = try TinyRun(
            Self.guessing + [
                "objective={preset: \(preset), gate: none, refill_rounds: 0}", "budget.steps=3",
                "warmup.tokens=20000", "rollout.group=6",
            ])
        let summary = try run.train()
        #expect((summary.main.after.meanTurns ?? 0) > 1)
        let traces = try run.traces()
        var turns = 0.0
        for metrics in traces.metrics {
            #expect(metrics["sampling/sampling_logp_difference/max"] == 0)
            #expect(metrics.values.allSatisfy { $0.isFinite })
            turns = max(turns, try #require(metrics["turns/max"]))
            #expect(try #require(metrics["turns/mean"]) <= turns)
        }
        #expect(turns > 1)
        for rollout in traces.rollouts {
            // Every answer is one character; an end of text is a token without one.
            let grade = try #require(GuessingGenerator.grade(rollout.text, gold: rollout.answer))
            #expect(rollout.outcome == grade.value)
            let answers = rollout.text.filter { $0 == ";" }.count
            let own = rollout.text.count - answers
            #expect(rollout.tokenCount == own || rollout.tokenCount == own + 1)
        }
    }

    @Test("a single turn has no turns among its metrics and figures")
    func singleTurn() throws {
        let run = try TinyRun(["budget.steps=1", "warmup.tokens=1000"])
        let summary = try run.train()
        #expect(summary.main.after.meanTurns == nil)
        #expect(try run.traces().metrics.allSatisfy { $0["turns/mean"] == nil })
        let json = String(
            decoding: try run.directory.read(run.directory.summary), as: UTF8.self)
        #expect(!json.contains("turns"))
    }

    @Test(
        "what reads texts whole, or another vocabulary, is refused",
        arguments: [
            "learned_reward={kind: reward_model, pairs: 10}",
            "objective={preset: gapo}", "policy.model=somewhere",
        ])
    func refused(override: String) {
        #expect(throws: SettingsError.self) { try TinyRun(Self.guessing + [override]) }
    }
}
