import Curricula
import Foundation
import Objectives
import Policy
import Rollouts

/// A reward model that learns on beside the policy: it tells responses that are accepted for their prompt
/// from those that are not, the policy's own among them.
///
/// An encoder: every position sees the whole text. What is not accepted is half what the policy writes, at
/// first the start policy, and half accepted responses under prompts that were changed so that they no longer answer them. It
/// stops learning in steps in which it is right too often, since its reward saturates then.
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
        var written: [Written] = []
        var round = 0
        while written.count < settings.pairs / 2 {
            try context.stopIfInterrupted()
            written += Self.written(try context.sample(context.recipe.rollout.prompts, round))
            round += 1
        }
        var right = 0.0
        let steps = max(1, settings.pairs * settings.epochs / settings.batch)
        for step in 0..<steps {
            try context.stopIfInterrupted()
            var random = SplitMix64(seed: seed, 0x6A, UInt64(step))
            let (texts, labels) = try draw(written, &random)
            let accuracy = try learn(texts, labels, rate: settings.model.learningRate)
            if step >= steps * 4 / 5 { right += accuracy / Double(steps - steps * 4 / 5) }
        }
        return
            "\(steps) steps of \(2 * settings.batch) texts; right on \(percent(right)) of the last"
    }

    func learn(from groups: [CollectedRollouts.Group], step: Int) throws -> [String: Double] {
        var random = SplitMix64(seed: seed, 0x6B, UInt64(step))
        let written = Self.written(groups)
        var accuracy = 0.0
        var held = 0.0
        for _ in 0..<settings.updates where !written.isEmpty {
            let (texts, labels) = try draw(written, &random)
            let before = try DiscriminatorLoss(logits: model.finalValues(texts), labels: labels)
            accuracy += before.accuracy / Double(settings.updates)
            if before.accuracy > settings.holdAbove {
                held += 1 / Double(settings.updates)
            } else {
                _ = try learn(texts, labels, rate: settings.laterRate)
            }
        }
        return ["discriminator/accuracy": accuracy, "discriminator/held": held]
    }

    func worth(_ value: Double) -> Double { 1 / (1 + exp(-value)) }

    /// What the policy wrote for a problem.
    private struct Written {
        var problem: Problem
        var text: [Int32]
    }

    private static func written(_ groups: [CollectedRollouts.Group]) -> [Written] {
        groups.flatMap { group in
            group.group.completions.map {
                Written(problem: group.group.problem, text: group.promptTokens + $0.tokens)
            }
        }
    }

    /// A batch: every accepted text beside one that is not, of the same problem.
    private func draw(
        _ written: [Written], _ random: inout SplitMix64
    ) throws -> (texts: [[Int32]], labels: [Double]) {
        var texts: [[Int32]] = []
        var labels: [Double] = []
        for number in 0..<settings.batch {
            if number % 2 == 0 {
                let row = written[random.below(written.count)]
                texts += [row.text, try accepted.draw(row.problem, &random).accepted]
            } else {
                let pair = try accepted.draw(nil, &random)
                texts += [pair.perturbed, pair.accepted]
            }
            labels += [0, 1]
        }
        return (texts, labels)
    }

    /// One step; returns the share that was right before it.
    private func learn(
        _ texts: [[Int32]], _ labels: [Double], rate: Double
    ) throws -> Double {
        var accuracy = 0.0
        try model.accumulateFinal(texts) { logits in
            let loss = try DiscriminatorLoss(logits: logits, labels: labels)
            accuracy = loss.accuracy
            return loss.gradient
        }
        try model.step(learningRate: rate)
        return accuracy
    }
}

/// Responses that are accepted for training problems.
struct AcceptedResponses {
    let engine: PolicyEngine
    let problems: ProblemSource
    let generator: any ProblemGenerator

    /// A response under its own prompt, and under one that it does not answer.
    ///
    /// - Parameter wanted: the problem; nil for one of the training problems.
    func draw(
        _ wanted: Problem?, _ random: inout SplitMix64
    ) throws -> (accepted: [Int32], perturbed: [Int32]) {
        let problem = try wanted ?? self.problem(&random)
        let text = try generator.demonstration(for: problem, noise: .none, using: &random)
        let other = generator.perturbed(problem, answeredBy: text, using: &random)
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
