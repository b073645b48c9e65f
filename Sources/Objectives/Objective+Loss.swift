import Foundation

extension Objective {
    /// The loss of a batch and its gradient by log π.
    ///
    /// `Σ w·c·ℓ(ρ, A, lp) + β Σ w·KL − α Σ w·H` over the trained tokens, where w is the
    /// aggregation's weight and c the behaviour correction.
    ///
    /// - Parameters:
    ///   - batch: one micro-batch; sequences are never split.
    ///   - totals: the denominators of the whole step; nil where the batch is the step.
    /// - Returns: loss 0 and gradient 0 where every token is masked.
    /// - Throws: `shapeMismatch`, `nonFinite`, `missing`; `totalsRequired` where the denominator
    ///   runs over all G; `totalsTooSmall`; `ratioOverflow` naming rollout and token where policy
    ///   and old policy are too far apart for a finite loss.
    public func loss(
        _ batch: PolicyBatch, totals: BatchTotals? = nil
    ) throws(ObjectiveError) -> PolicyLoss {
        try batch.check()
        if kl.coefficient != 0, batch.referenceLogProbabilities == nil {
            throw .missing(input: "referenceLogProbabilities", neededBy: "the KL term")
        }
        if needsSampler, batch.samplerLogProbabilities == nil {
            throw .missing(input: "samplerLogProbabilities", neededBy: "the correction")
        }
        if entropy.coefficient != 0, batch.entropies == nil {
            throw .missing(input: "entropies", neededBy: "the entropy bonus")
        }
        if totals == nil, denominator == .group {
            throw .totalsRequired(denominator: "over all G completions")
        }
        let local = BatchTotals(batch)
        let totals = totals ?? local
        if totals.tokens < local.tokens {
            throw .totalsTooSmall(what: "tokens", batch: local.tokens, totals: totals.tokens)
        }
        if denominator == .group, totals.groupTokens < local.tokens {
            throw .totalsTooSmall(
                what: "group tokens", batch: local.tokens, totals: totals.groupTokens)
        }
        var sum = LossAccumulator(
            batch, selected: covarianceSelection(batch), hasBonus: entropy.coefficient != 0)
        var threshold = totals.entropyThreshold
        if threshold == nil { threshold = try tokens.threshold(batch) }
        for s in 0..<batch.sequenceCount {
            let positions = batch.trainedPositions(s)
            guard !positions.isEmpty else { continue }
            let weight = aggregation.weight(
                trained: positions.count, totals: totals, scope: denominator)
            let correction = corrections(batch, s, positions)
            try addPolicyTerm(batch, s, positions, weight, correction, from: threshold, to: &sum)
            try addKLTerm(batch, s, positions, weight, correction, to: &sum)
            addEntropyBonus(batch, positions, weight, to: &sum)
        }
        return sum.result()
    }

    /// Behaviour correction and off-policy mask of one sequence, shape `[n]`.
    private func corrections(_ batch: PolicyBatch, _ s: Int, _ positions: [Int]) -> [Double] {
        var weights = Array(repeating: 1.0, count: positions.count)
        if let sampler = batch.samplerLogProbabilities {
            weights = correction.weights(
                positions.map { batch.oldLogProbabilities[$0] - sampler[$0] })
        }
        if let offPolicyThreshold {
            let drift = average(
                positions.map { batch.oldLogProbabilities[$0] - batch.newLogProbabilities[$0] })
            for (n, t) in positions.enumerated()
            where drift > offPolicyThreshold && batch.advantage(s, at: t) < 0 { weights[n] = 0 }
        }
        return weights
    }

    private func addPolicyTerm(
        _ batch: PolicyBatch, _ s: Int, _ positions: [Int], _ weight: Double,
        _ correction: [Double], from threshold: Double?, to sum: inout LossAccumulator
    ) throws(ObjectiveError) {
        let differences = positions.map {
            batch.newLogProbabilities[$0] - batch.oldLogProbabilities[$0]
        }
        let ratios = SequenceRatios(
            differences, level: ratio, advantage: batch.advantage(s, at: positions[0]))
        var sharedSlope = 0.0
        for (n, t) in positions.enumerated() {
            let surrogate = trust.surrogate(
                SurrogateInput(
                    logRatio: ratios.logRatios[n], advantage: batch.advantage(s, at: t),
                    logProbability: batch.newLogProbabilities[t],
                    sharing: ratio.isSequenceLevel ? Double(positions.count) : 1,
                    isSelected: sum.selected[t]))
            sum.observe(surrogate, logRatio: ratios.logRatios[n], correction: correction[n])
            sum.observeDrift(batch, at: t)
            let isChosen = threshold.map { (batch.entropies?[t] ?? 0) >= $0 } ?? true
            let factor = isChosen ? weight * correction[n] : 0
            guard factor != 0 else { continue }
            guard surrogate.value.isFinite, surrogate.slope.isFinite, surrogate.direct.isFinite
            else {
                throw .ratioOverflow(
                    rollout: s, token: ratio.isSequenceLevel ? nil : t - batch.offsets[s],
                    logRatio: ratios.logRatios[n])
            }
            sum.policyLoss += factor * surrogate.value
            sum.gradient[t] += factor * surrogate.direct
            if ratios.shares == nil {
                sum.gradient[t] += factor * surrogate.slope
            } else {
                sharedSlope += factor * surrogate.slope
            }
        }
        if let shares = ratios.shares {
            for (share, t) in zip(shares, positions) { sum.gradient[t] += sharedSlope * share }
        }
    }

    private func addKLTerm(
        _ batch: PolicyBatch, _ s: Int, _ positions: [Int], _ weight: Double,
        _ correction: [Double], to sum: inout LossAccumulator
    ) throws(ObjectiveError) {
        guard let reference = batch.referenceLogProbabilities else { return }
        for (n, t) in positions.enumerated() {
            let lp = batch.newLogProbabilities[t]
            let estimate = kl.estimate(
                logProbability: lp, reference: reference[t],
                logRatio: lp - batch.oldLogProbabilities[t])
            guard estimate.value.isFinite, estimate.derivative.isFinite else {
                throw .ratioOverflow(
                    rollout: s, token: t - batch.offsets[s], logRatio: reference[t] - lp)
            }
            sum.kl += estimate.value
            guard kl.placement == .loss, kl.coefficient != 0 else { continue }
            let factor = kl.coefficient * weight * (kl.isCorrected ? correction[n] : 1)
            let (value, slope) = (factor * estimate.value, factor * estimate.derivative)
            guard value.isFinite, slope.isFinite else {
                throw .ratioOverflow(
                    rollout: s, token: t - batch.offsets[s], logRatio: reference[t] - lp)
            }
            sum.klLoss += value
            sum.gradient[t] += slope
        }
    }

    private func addEntropyBonus(
        _ batch: PolicyBatch, _ positions: [Int], _ weight: Double, to sum: inout LossAccumulator
    ) {
        guard let entropies = batch.entropies else { return }
        for t in positions {
            sum.entropy += entropies[t]
            guard entropy.coefficient != 0 else { continue }
            sum.entropyLoss -= entropy.coefficient * weight * entropies[t]
            sum.entropyGradient?[t] = -entropy.coefficient * weight
        }
    }

    /// Shape `[T]`: the tokens that a gate of covariances chooses.
    private func covarianceSelection(_ batch: PolicyBatch) -> [Bool] {
        var selected = Array(repeating: false, count: batch.mask.count)
        switch trust {
        case .covarianceKL, .covarianceClip: break
        default: return selected
        }
        var positions: [Int] = []
        var advantages: [Double] = []
        for s in 0..<batch.sequenceCount {
            for t in batch.trainedPositions(s) {
                positions.append(t)
                advantages.append(batch.advantage(s, at: t))
            }
        }
        let logs = positions.map { batch.newLogProbabilities[$0] }
        var chosen: [Bool] = []
        if case .covarianceKL(let fraction, _) = trust {
            chosen = selectByCovariance(
                advantages: advantages, logProbabilities: logs, fraction: fraction)
        } else if case .covarianceClip(_, _, let fraction, let low, let high) = trust {
            chosen = drawByCovariance(
                advantages: advantages, logProbabilities: logs, fraction: fraction, from: low,
                to: high, seed: batch.seed)
        }
        for (position, isChosen) in zip(positions, chosen) { selected[position] = isChosen }
        return selected
    }
}
