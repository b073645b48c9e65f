import Policy
import Rewards
import Rollouts

/// How a policy does on problems that it never trained on.
public struct Evaluation: Codable, Equatable, Sendable {
    /// Share of right answers and what they cost, over some problems.
    public struct Figures: Codable, Equatable, Sendable {
        /// Problems asked.
        public var problems: Int
        /// Share right when sampled, in 0...1: pass@1.
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
        /// Unbiased estimates of pass@k by k, where several completions of a problem were sampled; of
        /// problems that have k which could be scored.
        public var passAt: [Int: Double]?
        /// Share right by the reward's own outcome, where another spec judges.
        public var rewardAccuracy: Double?
        /// Mean turns of a sampled completion, of a task of several turns.
        public var meanTurns: Double?

        enum CodingKeys: String, CodingKey {
            case problems, accuracy, entropy, truncated, unscored
            case greedyAccuracy = "greedy_accuracy"
            case meanLength = "mean_length"
            case greedyMeanLength = "greedy_mean_length"
            case passAt = "pass_at"
            case rewardAccuracy = "reward_accuracy"
            case meanTurns = "mean_turns"
        }
    }

    /// Over all levels.
    public var all: Figures
    /// By level.
    public var levels: [Int: Figures]
}

extension Evaluation.Figures {
    /// `pass@4 61.2%` for each k that is told.
    var passAtTexts: [String] {
        (passAt ?? [:]).sorted { $0.key < $1.key }.map { "pass@\($0.key) \(percent($0.value))" }
    }
}

/// Asks problems, some times sampled and once greedily.
struct Evaluator {
    let recipe: Recipe
    let engine: PolicyEngine
    /// Whose outcome counts.
    let judge: RewardScorer
    /// What pays in training, where that is another spec.
    var paying: RewardScorer?

    /// One problem with its answers; outcomes are nil where an answer could not be scored.
    private struct Answer {
        var level: Int
        var sampled: [PolicyEngine.Sampled]
        var outcomes: [Double?]
        var paid: [Double?]
        var greedy: PolicyEngine.Sampled
        var greedyOutcome: Double?

        var judged: [Double] { outcomes.compactMap(\.self) }
    }

    /// Evaluates; the random stream depends on the recipe's seed alone, so that two evaluations
    /// differ by the policy and not by luck.
    func evaluate(
        _ problems: [Problem], _ settings: EvaluationSettings = EvaluationSettings(),
        greedy: Bool = true
    ) throws -> Evaluation {
        let limit = recipe.rollout.maximumNewTokens
        let sampled = try engine.sample(
            problems, count: settings.samples, settings: settings.sampling(maximumNewTokens: limit),
            seed: recipe.seed, stream: 0xE7A1)
        let best =
            greedy
            ? try engine.sample(
                problems, count: 1,
                settings: SamplingSettings(temperature: 0, maximumNewTokens: limit),
                seed: recipe.seed, stream: 0xE7A2) : sampled
        let answers = problems.enumerated().map { index, problem in
            func outcomes(_ scorer: RewardScorer, _ rows: [PolicyEngine.Sampled]) -> [Double?] {
                rows.map { scorer.score(problem, [$0.completion])[0].outcome }
            }
            return Answer(
                level: problem.level ?? 0, sampled: sampled[index],
                outcomes: outcomes(judge, sampled[index]),
                paid: paying.map { outcomes($0, sampled[index]) } ?? [], greedy: best[index][0],
                greedyOutcome: outcomes(judge, [best[index][0]])[0])
        }
        let byLevel = Dictionary(grouping: answers, by: \.level)
        return Evaluation(
            all: figures(answers, settings), levels: byLevel.mapValues { figures($0, settings) })
    }

    private func figures(
        _ answers: [Answer], _ settings: EvaluationSettings
    ) -> Evaluation.Figures {
        let rows = answers.flatMap(\.sampled)
        let judged = answers.map(\.judged).filter { !$0.isEmpty }
        let paid = answers.map { $0.paid.compactMap(\.self) }.filter { !$0.isEmpty }
        return Evaluation.Figures(
            problems: answers.count, accuracy: mean(judged.map(mean)),
            greedyAccuracy: mean(answers.compactMap(\.greedyOutcome)),
            meanLength: mean(rows.map { Double($0.completion.tokens.count) }),
            greedyMeanLength: mean(answers.map { Double($0.greedy.completion.tokens.count) }),
            entropy: mean(rows.map(\.meanEntropy)),
            truncated: mean(rows.map { $0.completion.isTruncated ? 1 : 0 }),
            unscored: rows.count - judged.reduce(0) { $0 + $1.count },
            passAt: settings.told.isEmpty ? nil : Self.passAt(settings.told, judged),
            rewardAccuracy: paying == nil ? nil : mean(paid.map(mean)),
            meanTurns: engine.environment.map { _ in
                mean(rows.map { Double($0.completion.turns) })
            })
    }

    /// pass@k over problems with k judged answers; k that no problem has are left out.
    private static func passAt(_ told: [Int], _ judged: [[Double]]) -> [Int: Double] {
        var shares: [Int: Double] = [:]
        for k in told {
            let estimates = judged.filter { $0.count >= k }.map { outcomes in
                ScoringSummary.passAt(
                    k, of: outcomes.count, right: outcomes.count { $0 >= 0.5 })
            }
            if !estimates.isEmpty { shares[k] = mean(estimates) }
        }
        return shares
    }
}

/// The mean, 0 of nothing.
private func mean(_ values: [Double]) -> Double {
    values.isEmpty ? 0 : values.reduce(0, +) / Double(values.count)
}
