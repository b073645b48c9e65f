import Objectives
import Policy
import Rollouts

/// What the objective made of the groups that passed the gate.
struct AssessedRollouts {
    let groups: [CollectedRollouts.Group]
    let assessments: [GroupAssessment]

    init(_ collected: CollectedRollouts, objective: Objective) throws(ObjectiveError) {
        groups = collected.kept
        assessments = try objective.assess(groups.map(\.numbers))
    }

    /// Groups that were kept and yet teach nothing, because the retained rewards are all equal.
    var degenerateGroups: Int { assessments.count(where: \.isDegenerate) }

    /// The rollouts with a place in the loss, of some of the groups.
    func sequences(_ members: [Int]) -> [TrainedSequence] {
        members.flatMap { member in
            let group = groups[member]
            let assessment = assessments[member]
            return assessment.trained.indices.filter { assessment.trained[$0] }.map { index in
                let completion = group.group.completions[index]
                return TrainedSequence(
                    tokens: group.promptTokens + completion.tokens,
                    promptLength: group.promptTokens.count,
                    oldLogProbabilities: completion.logProbabilities.map(Double.init),
                    advantage: assessment.advantages[index])
            }
        }
    }

    /// The denominators of a loss over some of the groups.
    func totals(_ members: [Int]) throws(ObjectiveError) -> BatchTotals {
        try BatchTotals(
            members.map { assessments[$0] }, lengths: members.map { groups[$0].numbers.lengths })
    }
}

/// One rollout as the policy's forward and backward see it.
struct TrainedSequence {
    var tokens: [Int32]
    var promptLength: Int
    var oldLogProbabilities: [Double]
    var advantage: Double
}

/// What an update did.
struct UpdateResult {
    var gradientNorm = 0.0
    var trainedTokens = 0
    /// The largest |log π − log π_sampler| before the first step: 0 where sampler and trainer
    /// agree to the last bit.
    var samplerDifference = 0.0
    /// The losses of all minibatches, joined.
    var loss = PolicyLoss.joined([])
}

/// Forward, dL/dlogp from the objective, backward, AdamW: once a minibatch.
struct PolicyUpdater {
    let recipe: Recipe
    let objective: Objective
    let learner: Learner
    /// The policy that the KL term pulls towards, where the objective has one.
    let reference: Learner?

    func update(_ assessed: AssessedRollouts, step: Int) throws -> UpdateResult {
        var result = UpdateResult()
        var losses: [PolicyLoss] = []
        var updates = 0
        for epoch in 0..<recipe.optimizer.epochs {
            for members in minibatches(assessed.groups.count, step: step, epoch: epoch) {
                let sequences = assessed.sequences(members)
                guard !sequences.isEmpty else { continue }
                let (loss, difference) = try accumulate(
                    sequences, totals: assessed.totals(members))
                if updates == 0 { result.samplerDifference = difference }
                let norm = try learner.step(
                    learningRate: learningRate(step), clipNorm: Float(recipe.optimizer.clipNorm))
                guard loss.loss.isFinite else {
                    throw TrainingError.diverged(step: step, problem: "the loss is \(loss.loss)")
                }
                result.gradientNorm += Double(norm)
                result.trainedTokens += loss.tokens
                losses.append(loss)
                updates += 1
            }
        }
        result.gradientNorm /= Double(max(updates, 1))
        result.loss = PolicyLoss.joined(losses)
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

    private func accumulate(
        _ sequences: [TrainedSequence], totals: BatchTotals
    ) throws -> (PolicyLoss, samplerDifference: Double) {
        let batch = PackedBatch(sequences: sequences.map(\.tokens))
        let referenceValues = try reference.map { reference in
            Self.completionPositions(
                sequences, try reference.logProbabilities(batch).logProbabilities)
        }
        var outcome = PolicyLoss.joined([])
        var difference = 0.0
        try learner.accumulate(batch) { statistics -> TokenGradients in
            let policyBatch = Self.policyBatch(sequences, statistics, reference: referenceValues)
            let loss = try objective.loss(policyBatch, totals: totals)
            outcome = loss
            difference = zip(
                policyBatch.newLogProbabilities, policyBatch.oldLogProbabilities
            ).reduce(0) { max($0, abs($1.0 - $1.1)) }
            return TokenGradients(
                logProbabilities: Self.scatter(loss.gradient, sequences),
                entropies: loss.entropyGradient.map { Self.scatter($0, sequences) })
        }
        return (outcome, difference)
    }

    /// The completion's positions of the forward pass, beside what the sampler had said of them.
    private static func policyBatch(
        _ sequences: [TrainedSequence], _ statistics: TokenStatistics, reference: [Double]?
    ) -> PolicyBatch {
        var offsets = [0]
        for sequence in sequences {
            offsets.append((offsets.last ?? 0) + sequence.oldLogProbabilities.count)
        }
        let old = sequences.flatMap(\.oldLogProbabilities)
        return PolicyBatch(
            offsets: offsets, mask: Array(repeating: true, count: old.count),
            newLogProbabilities: completionPositions(sequences, statistics.logProbabilities),
            oldLogProbabilities: old, referenceLogProbabilities: reference,
            samplerLogProbabilities: old, advantages: sequences.map(\.advantage),
            entropies: completionPositions(sequences, statistics.entropies))
    }

    /// Picks what a forward pass says of completion tokens out of what it says of all.
    private static func completionPositions(
        _ sequences: [TrainedSequence], _ values: [Float]
    ) -> [Double] {
        var picked: [Double] = []
        var position = 0
        for sequence in sequences {
            let predicted = sequence.tokens.count - 1
            picked.append(
                contentsOf: values[position + sequence.promptLength - 1..<position + predicted]
                    .map(Double.init))
            position += predicted
        }
        return picked
    }

    /// A gradient back into the layout of the forward pass, 0 on the prompt.
    private static func scatter(_ gradient: [Double], _ sequences: [TrainedSequence]) -> [Float] {
        var scattered: [Float] = []
        var next = 0
        for sequence in sequences {
            scattered.append(contentsOf: repeatElement(0, count: sequence.promptLength - 1))
            let count = sequence.oldLogProbabilities.count
            scattered.append(contentsOf: gradient[next..<next + count].map(Float.init))
            next += count
        }
        return scattered
    }

    private func learningRate(_ step: Int) -> Float {
        let optimizer = recipe.optimizer
        let schedule = LearningRateSchedule(
            shape: optimizer.schedule, warmupSteps: optimizer.warmupSteps,
            totalSteps: recipe.budget.steps, finalShare: optimizer.finalShare)
        return Float(optimizer.learningRate * schedule.share(step: step))
    }
}
