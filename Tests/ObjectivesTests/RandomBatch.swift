import Rollouts

@testable import Objectives

/// Random ragged batches with holes in the masks, empty sequences, and NaN where nothing may look.
func randomBatch(seed: UInt64, sequences: Int = 6, spread: Double = 0.4) -> PolicyBatch {
    var rng = SplitMix64(seed: seed)
    var offsets = [0]
    var mask: [Bool] = []
    var columns: [[Double]] = [[], [], [], [], []]
    var advantages: [Double] = []
    for s in 0..<sequences {
        let length = s == 1 ? 0 : 1 + rng.below(7)
        for _ in 0..<length {
            let isTrained = s != 2 && rng.uniform() < 0.75
            mask.append(isTrained)
            let old = -3 * rng.uniform()
            let values = [
                old + spread * rng.normal(), old, old + spread * rng.normal(),
                old + spread * rng.normal(), 2 * rng.uniform(),
            ]
            for (index, value) in values.enumerated() {
                columns[index].append(isTrained ? value : .nan)
            }
        }
        offsets.append(mask.count)
        advantages.append(rng.normal())
    }
    return PolicyBatch(
        offsets: offsets, mask: mask, newLogProbabilities: columns[0],
        oldLogProbabilities: columns[1], referenceLogProbabilities: columns[2],
        samplerLogProbabilities: columns[3], advantages: advantages, entropies: columns[4])
}

extension PolicyBatch {
    /// Some of its sequences, in a new order.
    func taking(_ rows: [Int]) -> PolicyBatch {
        var offsets = [0]
        var positions: [Int] = []
        for s in rows {
            positions += self.offsets[s]..<self.offsets[s + 1]
            offsets.append(positions.count)
        }
        func pick(_ column: [Double]?) -> [Double]? { column.map { c in positions.map { c[$0] } } }
        return PolicyBatch(
            offsets: offsets, mask: positions.map { mask[$0] },
            newLogProbabilities: positions.map { newLogProbabilities[$0] },
            oldLogProbabilities: positions.map { oldLogProbabilities[$0] },
            referenceLogProbabilities: pick(referenceLogProbabilities),
            samplerLogProbabilities: pick(samplerLogProbabilities),
            advantages: rows.map { advantages[$0] }, entropies: pick(entropies))
    }
}

/// Objectives that together use every ratio level, gate, aggregation, KL and correction.
let variedObjectives: [Objective] = {
    var list = Objective.presetNames.compactMap { try? Objective.preset($0) }
    for estimator in KLEstimator.allCases {
        list.append(
            Objective(
                name: "kl \(estimator.rawValue)",
                kl: KLTerm(
                    coefficient: 0.3, estimator: estimator, isRatioWeighted: estimator == .k3,
                    isCorrected: estimator == .k2)))
    }
    list.append(
        Objective(
            name: "dual", trust: .clip(low: 0.1, high: 0.2, dual: 1.5),
            correction: .truncated(.sequenceGeometric, maximum: 1.2), offPolicyThreshold: 0.05,
            kl: KLTerm(coefficient: 0.1, isCorrected: true),
            aggregation: .sequenceMeanTokenMeanNonEmpty, entropy: EntropyTerm(coefficient: 0.02)))
    list.append(
        Objective(
            name: "masked", trust: .sigmoid(temperaturePositive: 2, temperatureNegative: 3),
            correction: .masked(.sequenceProduct, minimum: 0.2, maximum: 3),
            aggregation: .constant(length: 9)))
    list.append(Objective(name: "sum", trust: .none, aggregation: .tokenSum))
    list.append(Objective(name: "product", ratio: .sequenceProduct, trust: .none))
    list.append(Objective(name: "band", trust: .detachedBand(low: 0.2, high: 0.3)))
    return list
}()

extension PolicyBatch {
    /// Totals that the `group` denominator accepts, larger than the batch.
    var wideTotals: BatchTotals {
        var totals = BatchTotals(self)
        totals.groupTokens += 11
        totals.groupSequences += 3
        return totals
    }
}
