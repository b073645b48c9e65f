import Foundation

/// The entropy of a categorical distribution given by logits, in nats, and its gradient.
///
/// - Returns: `gradient` has shape `[V]`: d H / d logit, `−p(log p + H)`.
/// - Throws: `empty`, or `nonFinite` naming the logit.
public func categoricalEntropy(
    logits: [Double]
) throws(ObjectiveError) -> (entropy: Double, gradient: [Double]) {
    let logs = try logSoftmax(logits)
    let entropy = -logs.reduce(0.0) { $0 + exp($1) * $1 }
    return (entropy, logs.map { -exp($0) * ($0 + entropy) })
}

/// The entropy of the distribution over its likeliest entries alone, renormalised.
///
/// - Parameter dropped: the share of the vocabulary left out, 0..<1; of equal logits the later ones
///   go first.
/// - Throws: `empty`, `nonFinite`, or `invalidSetting`.
///
/// Source: AEnt (share 0.3).
public func clampedEntropy(
    logits: [Double], dropped: Double
) throws(ObjectiveError) -> Double {
    guard dropped >= 0, dropped < 1 else {
        throw .invalidSetting(axis: "entropy.dropped", reason: "\(dropped) is not within 0..<1")
    }
    let count = logits.count - Int(dropped * Double(logits.count))
    let kept = logits.sorted(by: >).prefix(count)
    return try categoricalEntropy(logits: Array(kept)).entropy
}

/// Which tokens are uncertain enough to train on: the `share` of largest entropy.
///
/// - Parameter entropies: shape `[T]`: trained tokens of the whole batch.
/// - Returns: the quantile at 1 − share by linear interpolation, and shape `[T]`: at or above it.
/// - Throws: `empty`, `nonFinite`, or `invalidSetting`.
///
/// Source: "Beyond the 80/20 rule", arXiv:2506.01939 (share 0.2).
public func highEntropyMask(
    _ entropies: [Double], share: Double = 0.2
) throws(ObjectiveError) -> (threshold: Double, keep: [Bool]) {
    guard share > 0, share <= 1 else {
        throw .invalidSetting(axis: "entropy.share", reason: "\(share) is not within 0…1")
    }
    guard !entropies.isEmpty else { throw .empty(what: "the batch") }
    if let bad = entropies.firstIndex(where: { !$0.isFinite }) {
        throw .nonFinite(what: "the entropy", rollout: 0, token: bad)
    }
    let threshold = quantile(1 - share, ofSorted: entropies.sorted())
    return (threshold, entropies.map { $0 >= threshold })
}

/// Log-probabilities of logits.
private func logSoftmax(_ logits: [Double]) throws(ObjectiveError) -> [Double] {
    guard let largest = logits.max() else { throw .empty(what: "the logits") }
    if let bad = logits.firstIndex(where: { !$0.isFinite }) {
        throw .nonFinite(what: "the logit", rollout: 0, token: bad)
    }
    let total = log(logits.reduce(0.0) { $0 + exp($1 - largest) }) + largest
    return logits.map { $0 - total }
}

/// The quantile of ascending values by linear interpolation; NaN of nothing.
func quantile(_ fraction: Double, ofSorted values: [Double]) -> Double {
    guard let last = values.last else { return .nan }
    let place = fraction * Double(values.count - 1)
    let index = Int(place)
    guard index + 1 < values.count else { return last }
    let rest = place - Double(index)
    return values[index] + rest * (values[index + 1] - values[index])
}
