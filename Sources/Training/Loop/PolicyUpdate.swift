import Objectives
import Policy
import Rollouts

/// What an update did.
struct UpdateResult {
    var gradientNorm = 0.0
    var trainedTokens = 0
    /// The largest |log π − log π_sampler| before the first step: 0 where sampler and trainer
    /// agree to the last bit.
    var samplerDifference = 0.0
    /// The losses of all minibatches, joined.
    var loss = PolicyLoss.joined([])
    /// Of the critic or the pairs, by name.
    var metrics: [String: Double] = [:]
}

/// Forward, dL/dlogp from the objective, backward, AdamW: once a minibatch.
struct PolicyUpdater {
    let recipe: Recipe
    let learner: Learner
    /// The policy that the KL term or the pairs measure against, where the objective has one.
    let reference: Learner?
    let critic: ScalarModel?

    func update(
        _ assessed: AssessedRollouts, objective: Objective, step: Int
    ) throws -> UpdateResult {
        if objective.resetsOptimizer { learner.resetOptimizer() }
        var result = UpdateResult()
        var losses: [PolicyLoss] = []
        var updates = 0
        for epoch in 0..<recipe.optimizer.epochs {
            for members in minibatches(assessed.groups.count, step: step, epoch: epoch) {
                guard
                    let loss = try accumulate(
                        assessed, members, objective, step, first: updates == 0, &result)
                else { continue }
                guard loss.loss.isFinite else {
                    throw TrainingError.diverged(step: step, problem: "the loss is \(loss.loss)")
                }
                if step < recipe.critic.warmupSteps, objective.needsCritic {
                    learner.clearGradients()
                } else {
                    let norm = try learner.step(
                        learningRate: learningRate(step), clipNorm: Float(recipe.optimizer.clipNorm)
                    )
                    result.gradientNorm += Double(norm)
                }
                result.trainedTokens += loss.tokens
                losses.append(loss)
                updates += 1
            }
        }
        result.gradientNorm /= Double(max(updates, 1))
        for name in result.metrics.keys { result.metrics[name]? /= Double(max(updates, 1)) }
        result.loss = PolicyLoss.joined(losses)
        // Each update has denominators of its own: what is logged is their mean.
        let count = Double(max(updates, 1))
        result.loss.loss /= count
        for name in ["policy_loss", "kl_loss", "entropy_loss"] {
            result.loss.metrics[name]? /= count
        }
        result.metrics["learning_rate"] = Double(learningRate(step))
        if objective.kl.coefficient != 0 { result.metrics["kl_coef"] = objective.kl.coefficient }
        if objective.entropy != .none {
            result.metrics["entropy_coef"] = objective.entropy.coefficient
        }
        return result
    }

    /// Groups cut into minibatches, in an order that depends on seed, step and epoch alone.
    private func minibatches(_ groups: Int, step: Int, epoch: Int) -> [[Int]] {
        let parts = min(recipe.optimizer.minibatches, groups)
        guard parts > 1 else { return groups == 0 ? [] : [Array(0..<groups)] }
        var rng = SplitMix64(seed: recipe.seed, 0x0D, UInt64(step), UInt64(epoch))
        var order = Array(0..<groups)
        for index in stride(from: groups - 1, to: 0, by: -1) {
            order.swapAt(index, rng.below(index + 1))
        }
        return (0..<parts).map { part in
            Array(order[part * groups / parts..<(part + 1) * groups / parts])
        }
    }

    /// The gradient of one minibatch; nil where nothing of it is trained on.
    private func accumulate(
        _ assessed: AssessedRollouts, _ members: [Int], _ objective: Objective, _ step: Int,
        first: Bool, _ result: inout UpdateResult
    ) throws -> PolicyLoss? {
        if let preference = objective.preference {
            return try accumulatePairs(assessed, members, preference, &result)
        }
        let sequences = assessed.sequences(members)
        guard !sequences.isEmpty else { return nil }
        let totals = try assessed.totals(members)
        let batch = PackedBatch(sequences: sequences.map(\.tokens))
        let referenceValues = try reference.map { reference in
            sequences.completions(try reference.logProbabilities(batch).logProbabilities)
        }
        var outcome = PolicyLoss.joined([])
        var difference = 0.0
        try learner.accumulate(batch) { statistics -> TokenGradients in
            var policyBatch = Self.policyBatch(
                sequences, statistics, reference: referenceValues,
                ofTokens: objective.usesTokenAdvantages)
            policyBatch.seed = recipe.seed &+ UInt64(step)
            let loss = try objective.loss(policyBatch, totals: totals)
            outcome = loss
            difference = zip(
                policyBatch.newLogProbabilities, policyBatch.oldLogProbabilities
            ).reduce(0) { max($0, abs($1.0 - $1.1)) }
            return TokenGradients(
                logProbabilities: sequences.scattered(loss.gradient),
                entropies: loss.entropyGradient.map(sequences.scattered))
        }
        if first { result.samplerDifference = difference }
        if let critic, objective.needsCritic {
            try update(critic, sequences, clip: objective.valueClip, &result)
        }
        return outcome
    }

    /// The completion's positions of the forward pass, beside what the sampler had said of them.
    private static func policyBatch(
        _ sequences: [TrainedSequence], _ statistics: TokenStatistics, reference: [Double]?,
        ofTokens: Bool
    ) -> PolicyBatch {
        let old = sequences.flatMap(\.oldLogProbabilities)
        return PolicyBatch(
            offsets: sequences.offsets, mask: Array(repeating: true, count: old.count),
            newLogProbabilities: sequences.completions(statistics.logProbabilities),
            oldLogProbabilities: old, referenceLogProbabilities: reference,
            samplerLogProbabilities: old,
            advantages: ofTokens
                ? sequences.flatMap(\.tokenAdvantages) : sequences.map(\.advantage),
            advantageLevel: ofTokens ? .token : .sequence,
            entropies: sequences.completions(statistics.entropies))
    }

    /// One step of the critic on the same rollouts.
    private func update(
        _ critic: ScalarModel, _ sequences: [TrainedSequence], clip: Double?,
        _ result: inout UpdateResult
    ) throws {
        let returns = sequences.flatMap(\.returns)
        let oldValues = sequences.flatMap(\.oldValues)
        let mask = Array(repeating: true, count: returns.count)
        var loss = 0.0
        var clipped = 0.0
        let batch = PackedBatch(sequences: sequences.map(\.tokens))
        try critic.learner.accumulateValues(batch) { values in
            let found = try ValueLoss(
                values: sequences.completions(values), oldValues: oldValues, returns: returns,
                mask: mask, clip: clip)
            (loss, clipped) = (found.loss, found.clipFraction)
            return sequences.scattered(found.gradient)
        }
        try critic.step()
        result.metrics["value_loss", default: 0] += loss
        result.metrics["value_clip_fraction", default: 0] += clipped
        result.metrics["explained_variance", default: 0] += Self.explained(oldValues, returns)
    }

    /// 1 − var(returns − values) / var(returns): 1 of a perfect critic, 0 of a constant one.
    private static func explained(_ values: [Double], _ returns: [Double]) -> Double {
        func variance(_ numbers: [Double]) -> Double {
            let mean = numbers.reduce(0, +) / Double(max(numbers.count, 1))
            return numbers.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        }
        let all = variance(returns)
        return all > 0 ? 1 - variance(zip(returns, values).map { $0 - $1 }) / all : 0
    }

    // MARK: Pairs

    /// The loss on the pairs of some groups, with its gradient by the chosen and rejected tokens.
    private func accumulatePairs(
        _ assessed: AssessedRollouts, _ members: [Int], _ preference: PreferenceLoss,
        _ result: inout UpdateResult
    ) throws -> PolicyLoss? {
        var sequences: [TrainedSequence] = []
        for member in members {
            for pair in assessed.pairs[member] {
                for index in [pair.chosen, pair.rejected] {
                    if let sequence = assessed.sequences[member][index] {
                        sequences.append(sequence)
                    }
                }
            }
        }
        guard !sequences.isEmpty else { return nil }
        let batch = PackedBatch(sequences: sequences.map(\.tokens))
        let referenceSums = try reference.map { reference in
            Self.sums(
                sequences,
                sequences.completions(try reference.logProbabilities(batch).logProbabilities))
        }
        let lengths = sequences.map { $0.oldLogProbabilities.count }
        func side(_ sums: [Double], _ first: Int) -> PreferenceLoss.Side {
            func every(_ values: [Double]) -> [Double] {
                stride(from: first, to: values.count, by: 2).map { values[$0] }
            }
            return PreferenceLoss.Side(
                logProbabilities: every(sums), reference: every(referenceSums ?? sums),
                lengths: stride(from: first, to: lengths.count, by: 2).map { max(1, lengths[$0]) })
        }
        var outcome = PolicyLoss.joined([])
        var metrics: [String: Double] = [:]
        try learner.accumulate(batch) { statistics -> [Float] in
            let sums = Self.sums(sequences, sequences.completions(statistics.logProbabilities))
            let (chosen, rejected) = (side(sums, 0), side(sums, 1))
            let found = try preference.evaluate(chosen: chosen, rejected: rejected)
            var gradient: [Double] = []
            for (number, length) in lengths.enumerated() {
                let slope =
                    number % 2 == 0
                    ? found.chosenGradient[number / 2] : found.rejectedGradient[number / 2]
                gradient.append(contentsOf: repeatElement(slope, count: length))
            }
            outcome = PolicyLoss(
                loss: found.loss, gradient: gradient, entropyGradient: nil, tokens: gradient.count,
                metrics: ["policy_loss": found.loss])
            metrics = Self.margins(preference, chosen, rejected)
            return sequences.scattered(gradient)
        }
        for (name, value) in metrics { result.metrics[name, default: 0] += value }
        return outcome
    }

    private static func sums(_ sequences: [TrainedSequence], _ values: [Double]) -> [Double] {
        let offsets = sequences.offsets
        return sequences.indices.map { values[offsets[$0]..<offsets[$0 + 1]].reduce(0, +) }
    }

    /// How far the chosen are ahead of the rejected in implicit reward, by TRL's names.
    private static func margins(
        _ loss: PreferenceLoss, _ chosen: PreferenceLoss.Side, _ rejected: PreferenceLoss.Side
    ) -> [String: Double] {
        func worth(_ side: PreferenceLoss.Side) -> [Double] {
            side.lengths.indices.map {
                loss.implicitReward(
                    logProbability: side.logProbabilities[$0], reference: side.reference[$0],
                    length: side.lengths[$0])
            }
        }
        let (gains, losses) = (worth(chosen), worth(rejected))
        let margins = zip(gains, losses).map { $0 - $1 }
        let n = Double(max(margins.count, 1))
        return [
            "rewards/chosen": gains.reduce(0, +) / n, "rewards/rejected": losses.reduce(0, +) / n,
            "rewards/margins": margins.reduce(0, +) / n,
            "rewards/accuracies": Double(margins.count { $0 > 0 }) / n, "pairs": n,
        ]
    }

    private func learningRate(_ step: Int) -> Float {
        let optimizer = recipe.optimizer
        let schedule = LearningRateSchedule(
            shape: optimizer.schedule, warmupSteps: optimizer.warmupSteps,
            totalSteps: recipe.budget.steps, finalShare: optimizer.finalShare)
        return Float(optimizer.learningRate * schedule.share(step: step))
    }
}
