import Foundation

/// Sums over the trained tokens of one batch, on their way to a `PolicyLoss`.
struct LossAccumulator {
    /// The parts of the loss.
    var policyLoss = 0.0
    var klLoss = 0.0
    var entropyLoss = 0.0
    /// Shape `[T]`.
    var gradient: [Double]
    var entropyGradient: [Double]?
    /// Shape `[T]`: tokens with an extra penalty.
    let selected: [Bool]
    /// Sums over tokens.
    var kl = 0.0
    var entropy = 0.0
    private var tokens = 0
    private var clippedLow = 0
    private var clippedHigh = 0
    private var drift = 0.0
    private var ratio = Extent()
    private var correction = Extent()
    private var samplerGap = Extent()
    private let hasReference: Bool
    private let hasEntropies: Bool

    /// - Parameters:
    ///   - selected: shape `[T]`.
    ///   - hasBonus: the loss holds an entropy bonus.
    init(_ batch: PolicyBatch, selected: [Bool], hasBonus: Bool) {
        gradient = Array(repeating: 0, count: batch.mask.count)
        entropyGradient = hasBonus ? Array(repeating: 0, count: batch.mask.count) : nil
        hasEntropies = batch.entropies != nil
        hasReference = batch.referenceLogProbabilities != nil
        self.selected = selected
    }

    /// Counts one token's gate.
    mutating func observe(_ surrogate: Surrogate, logRatio: Double, correction: Double) {
        tokens += 1
        clippedLow += surrogate.isClippedLow ? 1 : 0
        clippedHigh += surrogate.isClippedHigh ? 1 : 0
        ratio.add(exp(min(logRatio, 700)))
        self.correction.add(correction)
    }

    /// Counts how far one token's policies are apart.
    mutating func observeDrift(_ batch: PolicyBatch, at t: Int) {
        drift += batch.oldLogProbabilities[t] - batch.newLogProbabilities[t]
        if let sampler = batch.samplerLogProbabilities {
            samplerGap.add(abs(batch.oldLogProbabilities[t] - sampler[t]))
        }
    }

    /// The loss with its metrics; without a trained token the metrics are empty.
    func result() -> PolicyLoss {
        var metrics: [String: Double] = [:]
        if tokens > 0 {
            let n = Double(tokens)
            metrics = [
                "policy_loss": policyLoss, "clip_ratio/low_mean": Double(clippedLow) / n,
                "clip_ratio/high_mean": Double(clippedHigh) / n,
                "clip_ratio/region_mean": Double(clippedLow + clippedHigh) / n,
                "approx_kl": drift / n, "ratio/mean": ratio.sum / n, "ratio/min": ratio.lowest,
                "ratio/max": ratio.highest,
            ]
            if hasReference {
                metrics["kl"] = kl / n
                metrics["kl_loss"] = klLoss
            }
            if hasEntropies { metrics["entropy"] = entropy / n }
            if entropyGradient != nil { metrics["entropy_loss"] = entropyLoss }
            if samplerGap.count > 0 {
                metrics["sampling/sampling_logp_difference/mean"] = samplerGap.sum / n
                metrics["sampling/sampling_logp_difference/max"] = samplerGap.highest
                metrics["sampling/importance_sampling_ratio/mean"] = correction.sum / n
                metrics["sampling/importance_sampling_ratio/min"] = correction.lowest
                metrics["sampling/importance_sampling_ratio/max"] = correction.highest
            }
        }
        return PolicyLoss(
            loss: policyLoss + klLoss + entropyLoss, gradient: gradient,
            entropyGradient: entropyGradient, tokens: tokens, metrics: metrics)
    }

    /// Sum and extremes.
    private struct Extent {
        var count = 0
        var sum = 0.0
        var lowest = Double.infinity
        var highest = -Double.infinity

        mutating func add(_ value: Double) {
            count += 1
            sum += value
            lowest = min(lowest, value)
            highest = max(highest, value)
        }
    }
}
