import Curricula
import Foundation
import Objectives
import Policy
import Rollouts

/// A reward model that learns on beside the policy: it tells responses that are accepted for their prompt
/// from those that are not, the policy's own among them.
///
/// An encoder: every position sees the whole text. First it learns from accepted responses, and from the
/// same responses under other prompts; in the loop, from accepted ones and from what the policy writes.
/// It stops learning in steps in which it is right too often, since its reward saturates then.
///
/// Source: GAPO, arXiv:2503.20194. Differs: accepted responses are demonstrations without planted errors.
struct Discriminator: LearnedReward {
    let model: ScalarModel
    private let settings: LearnedRewardRecipe
    private let seed: UInt64
    private let accepted: AcceptedResponses

    init(
        _ model: ScalarModel, settings: LearnedRewardRecipe, seed: UInt64,
        accepted: AcceptedResponses
    ) {
        self.model = model
        self.settings = settings
        self.seed = seed
        self.accepted = accepted
    }

    func prepare(_ context: RewardContext) throws -> String {
        try model.start(from: context.policy)
        var right = 0.0
        let steps = max(1, settings.pairs * settings.epochs / settings.batch)
        for step in 0..<steps {
            var random = SplitMix64(seed: seed, 0x6A, UInt64(step))
            let pairs = try (0..<settings.batch).map { _ in try accepted.draw(&random) }
            let texts = pairs.map(\.accepted) + pairs.map(\.mismatched)
            let labels = pairs.map { _ in 1.0 } + pairs.map { _ in 0.0 }
            let accuracy = try learn(texts, labels)
            if step >= steps * 4 / 5 { right += accuracy / Double(steps - steps * 4 / 5) }
        }
        return
            "\(steps) steps of \(2 * settings.batch) texts; right on \(percent(right)) of the last"
    }

    func learn(from groups: [CollectedRollouts.Group], step: Int) throws -> [String: Double] {
        var random = SplitMix64(seed: seed, 0x6B, UInt64(step))
        let written = groups.flatMap { group in
            group.group.completions.map { group.promptTokens + $0.tokens }
        }
        var texts: [[Int32]] = []
        var labels: [Double] = []
        for _ in 0..<min(settings.batch, written.count) {
            texts.append(written[random.below(written.count)])
            labels.append(0)
            texts.append(try accepted.draw(&random).accepted)
            labels.append(1)
        }
        let before = try DiscriminatorLoss(logits: model.finalValues(texts), labels: labels)
        let isHeld = before.accuracy > settings.holdAbove
        if !isHeld { _ = try learn(texts, labels) }
        return [
            "discriminator/accuracy": before.accuracy, "discriminator/loss": before.loss,
            "discriminator/held": isHeld ? 1 : 0,
        ]
    }

    /// One step; returns the share that was right before it.
    private func learn(_ texts: [[Int32]], _ labels: [Double]) throws -> Double {
        var accuracy = 0.0
        try model.accumulateFinal(texts) { logits in
            let loss = try DiscriminatorLoss(logits: logits, labels: labels)
            accuracy = loss.accuracy
            return loss.gradient
        }
        try model.step()
        return accuracy
    }
}

/// Responses that are accepted for training problems.
struct AcceptedResponses {
    let engine: PolicyEngine
    let problems: ProblemSource
    let generator: ArithmeticGenerator

    /// A response under its own prompt, and under another one.
    func draw(
        _ random: inout SplitMix64
    ) throws -> (accepted: [Int32], mismatched: [Int32]) {
        let problem = try self.problem(&random)
        let other = try self.problem(&random)
        let text = try generator.demonstration(for: problem, noise: .none, using: &random)
        let response = try engine.tokenizer.encode(text) + [engine.endOfText]
        func under(_ problem: Problem) throws -> [Int32] {
            let prompt = try engine.encode(problem, room: 1)
            let limit = engine.sampler.model.configuration.maximumLength - prompt.count
            return prompt + response.prefix(limit)
        }
        return (try under(problem), try under(other))
    }

    private func problem(_ random: inout SplitMix64) throws -> Problem {
        let level = problems.levels[random.below(problems.levels.count)]
        return try problems.problem(
            level: level, ordinal: random.below(problems.trainSizes[level] ?? 1))
    }
}
