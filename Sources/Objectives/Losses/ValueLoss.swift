/// The loss of a value head on flat token arrays, and its gradient.
public struct ValueLoss: Sendable, Equatable {
    /// `½ · mean max((v − R)², (clip(v, v_old ± c) − R)²)` over trained tokens.
    public let loss: Double
    /// Shape `[T]`: d loss / d v.
    public let gradient: [Double]
    /// The share of trained tokens where the clipped branch decides.
    public let clipFraction: Double

    /// - Parameters:
    ///   - values: shape `[T]`: predictions.
    ///   - oldValues: shape `[T]`: predictions before the update.
    ///   - returns: shape `[T]`: targets.
    ///   - mask: shape `[T]`; nothing trained gives loss 0.
    ///   - clip: c; nil does not clip.
    ///   - totalTokens: the step's trained tokens where the arrays are a micro-batch.
    /// - Throws: `shapeMismatch`, `nonFinite`, or `totalsTooSmall`.
    ///
    /// Source: PPO as TRL (c 0.2) and verl (0.5) have it.
    public init(
        values: [Double], oldValues: [Double], returns: [Double], mask: [Bool], clip: Double? = 0.2,
        totalTokens: Int? = nil
    ) throws(ObjectiveError) {
        try checkTokens(
            [("values", values), ("old values", oldValues), ("returns", returns)],
            [0, mask.count], mask)
        let count = mask.count { $0 }
        if let totalTokens, totalTokens < count {
            throw .totalsTooSmall(what: "tokens", batch: count, totals: totalTokens)
        }
        let weight = count > 0 ? 1 / Double(totalTokens ?? count) : 0
        var sum = 0.0
        var clipped = 0
        var gradient = Array(repeating: 0.0, count: mask.count)
        for t in mask.indices where mask[t] {
            let error = values[t] - returns[t]
            var square = error * error
            var slope = error
            if let clip {
                let bounded = min(max(values[t], oldValues[t] - clip), oldValues[t] + clip)
                let boundedError = bounded - returns[t]
                if boundedError * boundedError > square {
                    square = boundedError * boundedError
                    slope = bounded == values[t] ? boundedError : 0
                    clipped += 1
                }
            }
            sum += square
            gradient[t] = weight * slope
        }
        loss = 0.5 * weight * sum
        self.gradient = gradient
        clipFraction = count > 0 ? Double(clipped) / Double(count) : 0
    }
}
