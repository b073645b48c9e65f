import Curricula
import Foundation
import Policy
import Rollouts

/// Supervised steps on demonstrations, until the sampled accuracy is where updates can start.
struct Warmup {
    let recipe: Recipe
    let engine: PolicyEngine
    let evaluator: Evaluator
    let problems: ProblemSource
    let generator: any ProblemGenerator

    /// One supervised step: demonstrations with planted errors, loss on the pupil's own tokens alone.
    ///
    /// - Returns: mean negative log-likelihood a token, in nats, and the tokens seen.
    func step(_ step: Int, tokensSoFar: Int, learner: Learner) throws -> (loss: Double, tokens: Int)
    {
        var rng = SplitMix64(seed: recipe.seed, 0x3A, UInt64(step))
        var sequences: [[Int32]] = []
        var weights: [Float] = []
        for _ in 0..<recipe.warmup.batch {
            let problem = try drawProblem(&rng)
            let prompt = try engine.encode(problem, room: 1)
            let demonstration = try engine.demonstration(
                generator, of: problem, noise: recipe.warmup.noise, using: &rng)
            let limit = engine.sampler.model.configuration.maximumLength - prompt.count
            sequences.append(prompt + demonstration.prefix(limit).map(\.token))
            weights.append(contentsOf: repeatElement(0, count: prompt.count - 1))
            weights.append(contentsOf: demonstration.prefix(limit).map { $0.isOwn ? 1 : 0 })
        }
        let batch = PackedBatch(sequences: sequences)
        let loss = try learner.accumulateCrossEntropy(batch, weights: weights)
        let share = min(1, Double(tokensSoFar) / Double(max(recipe.warmup.tokens, 1)))
        let rise = min(1, Double(step + 1) / 20)
        let decay = 1 - (1 - recipe.warmup.finalShare) * share
        _ = try learner.step(
            learningRate: Float(recipe.warmup.learningRate * rise * decay), clipNorm: 1)
        return (Double(loss), sequences.reduce(0) { $0 + $1.count })
    }

    /// Sampled accuracy on training problems, and mean length: held-out ones decide nothing.
    func probe() throws -> Evaluation {
        let perLevel = 40
        var sample: [Problem] = []
        for level in problems.levels {
            let size = problems.trainSizes[level] ?? 0
            for index in 0..<min(perLevel, size) {
                sample.append(
                    try problems.problem(level: level, ordinal: index * size / min(perLevel, size)))
            }
        }
        return try evaluator.evaluate(sample, greedy: false)
    }

    private func drawProblem(_ rng: inout SplitMix64) throws -> Problem {
        let levels = problems.levels
        let weights =
            recipe.warmup.levelWeights.isEmpty
            ? levels.map { _ in 1.0 } : recipe.warmup.levelWeights
        var left = rng.uniform() * weights.reduce(0, +)
        var level = levels[levels.count - 1]
        for (candidate, weight) in zip(levels, weights) {
            left -= weight
            if left < 0 {
                level = candidate
                break
            }
        }
        return try problems.problem(
            level: level, ordinal: rng.below(problems.trainSizes[level] ?? 1))
    }
}

extension PolicyEngine {
    /// A demonstration's tokens, and which of them are the pupil's.
    func demonstration(
        _ generator: any ProblemGenerator, of problem: Problem, noise: DemonstrationNoise,
        using rng: inout SplitMix64
    ) throws -> [(token: Int32, isOwn: Bool)] {
        func tokens(_ text: String, isOwn: Bool) throws -> [(token: Int32, isOwn: Bool)] {
            try tokenizer.encode(text).map { ($0, isOwn) }
        }
        guard let environment else {
            let text = try generator.demonstration(for: problem, noise: noise, using: &rng)
            return try tokens(text, isOwn: true) + [(endOfText, true)]
        }
        // The environment has the last word: nothing is written behind it, not even an end.
        return try environment.demonstratedTurns(for: problem, noise: noise, using: &rng)
            .flatMap { try tokens($0.text, isOwn: true) + tokens($0.reply, isOwn: false) }
    }
}
