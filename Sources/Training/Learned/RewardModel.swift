import Foundation
import Objectives
import Policy
import Rollouts

/// A reward model of preference pairs, which the verifier makes out of the start policy's rollouts: the
/// second of the three stages of RLHF.
///
/// Source: InstructGPT, arXiv:2203.02155; Bradley and Terry's loss.
struct RewardModel: LearnedReward {
    let model: ScalarModel
    private let settings: LearnedRewardRecipe

    init(_ model: ScalarModel, settings: LearnedRewardRecipe) {
        self.model = model
        self.settings = settings
    }

    /// One pair as token sequences.
    private struct Pair {
        var problem: String
        var chosen: [Int32]
        var rejected: [Int32]
    }

    func prepare(_ context: RewardContext) throws -> String {
        try model.start(from: context.policy)
        var pairs: [Pair] = []
        var rounds = 0
        // Less than a pair a round is not worth waiting for.
        while pairs.count < settings.pairs, rounds < 64 || pairs.count >= rounds {
            try context.stopIfInterrupted()
            for group in try context.sample(context.recipe.rollout.prompts, rounds) {
                pairs += RolloutPair.ranked(group).map { pair in
                    Pair(
                        problem: group.group.problem.id,
                        chosen: group.promptTokens + group.group.completions[pair.chosen].tokens,
                        rejected: group.promptTokens
                            + group.group.completions[pair.rejected].tokens)
                }
            }
            rounds += 1
        }
        // A fifth of the problems is held out, to say what the model is worth.
        pairs = Array(pairs.prefix(settings.pairs))
        let problems = Set(pairs.map(\.problem)).sorted()
        let apart = Set(stride(from: 0, to: problems.count, by: 5).map { problems[$0] })
        let held = pairs.filter { apart.contains($0.problem) }
        let learned = pairs.filter { !apart.contains($0.problem) }
        guard !held.isEmpty, !learned.isEmpty else {
            throw TrainingError.noPairs(rounds: rounds, wanted: settings.pairs)
        }
        for epoch in 0..<settings.epochs {
            for members in order(learned.count, seed: context.recipe.seed, epoch: epoch) {
                try context.stopIfInterrupted()
                try learn(members.map { learned[$0] })
            }
        }
        let accuracy = try measure(held)
        return "\(learned.count) pairs of \(rounds) rounds, \(settings.epochs) epochs; ranks "
            + "\(percent(accuracy)) of \(held.count) pairs of other problems as the verifier does"
    }

    func worth(_ value: Double) -> Double { value }

    func learn(from groups: [CollectedRollouts.Group], step: Int) throws -> [String: Double] {
        [:]
    }

    /// Batches of pairs in an order of the seed and the epoch alone.
    private func order(_ count: Int, seed: UInt64, epoch: Int) -> [[Int]] {
        var random = SplitMix64(seed: seed, 0x4D, UInt64(epoch))
        var order = Array(0..<count)
        for index in stride(from: count - 1, to: 0, by: -1) {
            order.swapAt(index, random.below(index + 1))
        }
        return stride(from: 0, to: count, by: settings.batch).map {
            Array(order[$0..<min($0 + settings.batch, count)])
        }
    }

    private func learn(_ pairs: [Pair]) throws {
        try model.accumulateFinal(pairs.map(\.chosen) + pairs.map(\.rejected)) { values in
            let found = try RewardModelLoss(
                chosen: Array(values.prefix(pairs.count)),
                rejected: Array(values.dropFirst(pairs.count)), centre: 0.01)
            return found.chosenGradient + found.rejectedGradient
        }
        try model.step()
    }

    private func measure(_ pairs: [Pair]) throws -> Double {
        let chosen = try model.finalValues(pairs.map(\.chosen))
        let rejected = try model.finalValues(pairs.map(\.rejected))
        return try RewardModelLoss(chosen: chosen, rejected: rejected).accuracy
    }
}
