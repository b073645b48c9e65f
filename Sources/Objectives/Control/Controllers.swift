/// Raises the entropy coefficient while entropy is at or below a target, and lowers it above.
///
/// Source: Skywork-OR1, arXiv:2505.22312 (step 0.005, target 0.2, within 0…1).
public struct EntropyController: Sendable, Equatable, Codable {
    /// α after the last observation.
    public private(set) var coefficient: Double
    /// How much α moves a step.
    public let step: Double
    /// The entropy to hold, nats.
    public let target: Double
    /// The least α.
    public let minimum: Double
    /// The largest α.
    public let maximum: Double

    /// A controller that starts at `coefficient`.
    public init(
        coefficient: Double = 0, step: Double = 0.005, target: Double = 0.2, minimum: Double = 0,
        maximum: Double = 1
    ) {
        self.coefficient = coefficient
        self.step = step
        self.target = target
        self.minimum = minimum
        self.maximum = maximum
    }

    /// Takes one step's mean entropy.
    ///
    /// - Returns: the coefficient that applies to the *same* step: 0 above the target, else the one
    ///   from before the observation. TRL gates by the previous step's entropy.
    public mutating func observe(_ entropy: Double) -> Double {
        guard entropy.isFinite else { return 0 }
        let isLow = entropy <= target
        let before = coefficient
        coefficient = min(max(coefficient + (isLow ? step : -step), minimum), maximum)
        return isLow ? before : 0
    }
}

/// Moves β so that the KL divergence stays near a target:
/// `β ← β·(1 + clip(KL/target − 1, ±0.2)·n/horizon)`.
///
/// Source: "Fine-tuning language models from human preferences", arXiv:1909.08593.
public struct KLController: Sendable, Equatable, Codable {
    /// β after the last observation.
    public private(set) var coefficient: Double
    /// The divergence to hold, nats.
    public let target: Double
    /// Samples over which β may change by a fifth.
    public let horizon: Double

    /// - Throws: `invalidSetting` unless target and horizon are above 0.
    public init(coefficient: Double, target: Double, horizon: Double) throws(ObjectiveError) {
        guard target > 0, horizon > 0 else {
            throw .invalidSetting(axis: "kl.controller", reason: "target and horizon above 0")
        }
        self.coefficient = coefficient
        self.target = target
        self.horizon = horizon
    }

    /// Takes the divergence of `samples` samples; one that is no number changes nothing.
    public mutating func observe(_ divergence: Double, samples: Int) {
        guard divergence.isFinite else { return }
        let error = min(max(divergence / target - 1, -0.2), 0.2)
        // More samples than the horizon would turn the sign of β.
        coefficient *= 1 + error * min(Double(samples) / horizon, 1)
    }
}
