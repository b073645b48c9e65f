import Curricula
import Foundation
import Objectives
public import Policy
import Rollouts

/// The time of whole GRPO steps: sample, score, update, with the parts that a run is made of.
///
/// The work is that of a common comparison: 8 prompts of 9 characters, 8 completions of exactly 64 tokens
/// each, a reward on their text, no KL term, one update of the whole batch.
public struct GRPOBenchmark {
    /// Median seconds of the steps and of their parts.
    public struct Figures: Sendable {
        /// A whole step.
        public var step: Double
        /// Sampling of the completions.
        public var sample: Double
        /// Their texts, rewards and advantages.
        public var score: Double
        /// Forward, backward and AdamW.
        public var update: Double
        /// Parameters of the model.
        public var parameters: Int
        /// Steps that were timed.
        public var steps: Int
    }

    private let engine: PolicyEngine
    private let updater: PolicyUpdater
    private let objective: Objective
    private let learner: Learner
    private let problems: [Problem]
    private let seconds: Double

    private static let completions = 8
    private static let prompts = 8
    private static let newTokens = 64

    /// A model of Qwen2's build, of the size's shape, with a character tokenizer.
    ///
    /// - Parameter seconds: how long to measure at least, after two steps that do not count.
    public init(
        _ size: BenchmarkSize, precision: Precision, threads: Int, seconds: Double
    ) throws {
        var shape = size.configuration
        shape.family = .qwen2
        shape.hasQueryKeyValueBias = true
        shape.maximumLength = 256
        // As many characters as the size has tokens, from ! on, beside two special ones.
        let scalars = (33..<UInt32(33 + shape.vocabularySize - 2)).compactMap(Unicode.Scalar.init)
        let tokenizer = try CharacterTokenizer(
            special: ["<pad>", "<eos>"],
            characters: String(String.UnicodeScalarView(scalars)), endOfText: "<eos>")
        let model = try Transformer(shape, seed: 1, precision: precision)
        var recipe = Recipe()
        recipe.objective.preset = "grpo"
        recipe.objective.axes["kl_coefficient"] = .integer(0)
        recipe.optimizer.learningRate = 1e-4
        recipe.rollout.group = Self.completions
        recipe.rollout.maximumNewTokens = Self.newTokens
        learner = Learner(model, threads: threads)
        engine = PolicyEngine(model: model, tokenizer: tokenizer, threads: threads)
        objective = try recipe.objective.resolve(rollout: recipe.rollout)
        updater = PolicyUpdater(recipe: recipe, learner: learner, reference: nil, critic: nil)
        problems = (0..<512).map { index in
            let numbers = (index..<index + 3).map { String(format: "%02d", $0 * 7 % 97) }
            return Problem(
                id: "\(index)", prompt: numbers.joined(separator: "+") + "=", answer: "")
        }
        self.seconds = seconds
    }

    /// Steps until the time is up, at least four.
    public func run() throws -> Figures {
        var times: [(sample: Double, score: Double, update: Double)] = []
        let start = ContinuousClock.now
        for step in 0... {
            let found = try self.step(step)
            if step >= 2 { times.append(found) }
            if times.count >= 4, ContinuousClock.now - start > .seconds(seconds) { break }
        }
        func median(_ part: (((sample: Double, score: Double, update: Double)) -> Double)) -> Double
        {
            times.map(part).sorted()[times.count / 2]
        }
        return Figures(
            step: median { $0.sample + $0.score + $0.update }, sample: median { $0.sample },
            score: median { $0.score }, update: median { $0.update },
            parameters: learner.model.parameterCount, steps: times.count)
    }

    private func step(_ number: Int) throws -> (sample: Double, score: Double, update: Double) {
        let clock = ContinuousClock()
        let begin = clock.now
        let asked = (0..<Self.prompts).map {
            problems[(number * Self.prompts + $0) % problems.count]
        }
        let settings = SamplingSettings(maximumNewTokens: Self.newTokens)
        let sampled = try engine.sample(
            asked, count: Self.completions, settings: settings, seed: 1, stream: UInt64(number),
            stopsAtEnd: false)
        let scoring = clock.now
        let groups = zip(asked, sampled).map { problem, rows in
            let completions = rows.map(\.completion)
            let scores = completions.map { completion in
                let share =
                    Double(completion.text.utf8.count { $0 == UInt8(ascii: "3") })
                    / Double(max(1, completion.text.utf8.count))
                return Score(reward: share, outcome: share, status: .scored)
            }
            let group = RolloutGroup(
                problem: problem, completions: completions, scores: scores)
            return CollectedRollouts.Group(
                group: group, draw: Draw(level: 0, ordinal: 0), promptTokens: rows[0].promptTokens,
                meanEntropies: rows.map(\.meanEntropy), numbers: GroupNumbers(group), gate: .kept)
        }
        var collected = CollectedRollouts()
        collected.groups = groups
        var state = try ObjectiveState(objective)
        let assessed = try RolloutAssessor(reference: nil, critic: nil).assess(
            collected, objective: objective, state: &state, step: number)
        let updating = clock.now
        _ = try updater.update(assessed, objective: objective, step: number)
        let end = clock.now
        return (
            (scoring - begin) / .seconds(1), (updating - scoring) / .seconds(1),
            (end - updating) / .seconds(1)
        )
    }
}
