import Policy
import Rewards
import Rollouts

/// How a policy does on problems that it never trained on.
public struct Evaluation: Codable, Equatable, Sendable {
    /// Share of right answers and what they cost, over some problems.
    public struct Figures: Codable, Equatable, Sendable {
        /// Problems asked.
        public var problems: Int
        /// Share right when sampled at temperature 1, in 0...1.
        public var accuracy: Double
        /// Share right when decoded greedily.
        public var greedyAccuracy: Double
        /// Mean tokens of a sampled completion.
        public var meanLength: Double
        /// Mean tokens of a greedy completion.
        public var greedyMeanLength: Double
        /// Mean entropy a sampled token, in nats.
        public var entropy: Double
        /// Share of sampled completions that the token limit cut.
        public var truncated: Double
        /// Sampled completions that could not be scored; they count in no accuracy.
        public var unscored: Int
        /// Mean turns of a sampled completion, of a task of several turns.
        public var meanTurns: Double?

        enum CodingKeys: String, CodingKey {
            case problems, accuracy, entropy, truncated, unscored
            case greedyAccuracy = "greedy_accuracy"
            case meanLength = "mean_length"
            case greedyMeanLength = "greedy_mean_length"
            case meanTurns = "mean_turns"
        }
    }

    /// Over all levels.
    public var all: Figures
    /// By level.
    public var levels: [Int: Figures]
}

/// Asks held-out problems once sampled and once greedily.
struct Evaluator {
    let recipe: Recipe
    let engine: PolicyEngine
    let scorer: RewardScorer

    /// One problem with its two answers.
    private struct Answer {
        var level: Int
        var sampled: PolicyEngine.Sampled
        var sampledOutcome: Double?
        var greedy: PolicyEngine.Sampled
        var greedyOutcome: Double?
    }

    /// Evaluates; the random stream depends on the recipe's seed alone, so that two evaluations
    /// differ by the policy and not by luck.
    func evaluate(_ problems: [Problem], greedy: Bool = true) throws -> Evaluation {
        let limit = recipe.rollout.maximumNewTokens
        let sampled = try engine.sample(
            problems, count: 1, settings: SamplingSettings(maximumNewTokens: limit),
            seed: recipe.seed, stream: 0xE7A1)
        let best =
            greedy
            ? try engine.sample(
                problems, count: 1,
                settings: SamplingSettings(temperature: 0, maximumNewTokens: limit),
                seed: recipe.seed, stream: 0xE7A2) : sampled
        var answers: [Answer] = []
        for (index, problem) in problems.enumerated() {
            let rows = [sampled[index][0], best[index][0]]
            let outcomes = rows.map { scorer.score(problem, [$0.completion])[0].outcome }
            answers.append(
                Answer(
                    level: problem.level ?? 0, sampled: rows[0], sampledOutcome: outcomes[0],
                    greedy: rows[1], greedyOutcome: outcomes[1]))
        }
        let byLevel = Dictionary(grouping: answers, by: \.level)
        return Evaluation(all: figures(answers), levels: byLevel.mapValues(figures))
    }

    private func figures(_ answers: [Answer]) -> Evaluation.Figures {
        func mean(_ values: [Double]) -> Double {
            values.isEmpty ? 0 : values.reduce(0, +) / Double(values.count)
        }
        let right = answers.compactMap(\.sampledOutcome)
        return Evaluation.Figures(
            problems: answers.count, accuracy: mean(right),
            greedyAccuracy: mean(answers.compactMap(\.greedyOutcome)),
            meanLength: mean(answers.map { Double($0.sampled.completion.tokens.count) }),
            greedyMeanLength: mean(answers.map { Double($0.greedy.completion.tokens.count) }),
            entropy: mean(answers.map(\.sampled.meanEntropy)),
            truncated: mean(answers.map { $0.sampled.completion.isTruncated ? 1 : 0 }),
            unscored: answers.count - right.count,
            meanTurns: engine.environment.map { _ in
                mean(answers.map { Double($0.sampled.completion.turns) })
            })
    }
}
