import Foundation

/// An estimate of KL(π‖π_ref) from one token; d = log π_ref − log π.
public enum KLEstimator: String, Sendable, Equatable, CaseIterable {
    /// −d: unbiased, but without expected gradient as a loss.
    case k1
    /// d²/2: its gradient is the unbiased one of the reverse KL.
    case k2
    /// e^d − d − 1: never negative, unbiased in value.
    case k3
    /// The value of k3 with the gradient of k2, as verl's `k3+`.
    case k3StraightThrough = "k3+"
    /// |d|.
    case absolute = "abs"
}

extension KLEstimator {
    /// Value and derivative by log π of one token.
    ///
    /// Source: Schulman, "Approximating KL divergence", 2020.
    public func estimate(
        logProbability: Double, reference: Double
    ) -> (value: Double, derivative: Double) {
        let d = reference - logProbability
        switch self {
        case .k1: return (-d, 1)
        case .k2: return (d * d / 2, -d)
        case .k3: return (exp(d) - d - 1, 1 - exp(d))
        case .k3StraightThrough: return (exp(d) - d - 1, -d)
        case .absolute: return (abs(d), d > 0 ? -1 : d < 0 ? 1 : 0)
        }
    }
}

/// The pull towards a reference policy.
public struct KLTerm: Sendable, Equatable {
    /// Where the estimate enters.
    public enum Placement: String, Sendable, Equatable, CaseIterable {
        /// Added to the loss, with the aggregation's weights: GRPO.
        case loss
        /// Subtracted from the token rewards before advantages are taken: PPO, REINFORCE++. The
        /// loss then only reports it.
        case reward
    }

    /// β.
    public var coefficient: Double
    /// How one token is estimated.
    public var estimator: KLEstimator
    /// Where it enters.
    public var placement: Placement
    /// Multiplies the estimate by ρ, with the gradient through both: the "unbiased KL" of
    /// DeepSeek-V3.2, arXiv:2512.02556.
    public var isRatioWeighted: Bool
    /// What holds the divergence at a target; nil for a constant β.
    public var control: Control?
    /// Whether the behaviour correction multiplies it too (ms-swift) or the policy term alone
    /// (TRL).
    public var isCorrected: Bool

    /// How β moves: arXiv:1909.08593.
    public struct Control: Sendable, Equatable {
        /// The divergence to hold, nats.
        public var target: Double
        /// Samples over which β may change by a fifth.
        public var horizon: Double

        /// A controller from its numbers.
        public init(target: Double, horizon: Double) {
            self.target = target
            self.horizon = horizon
        }
    }

    /// A term from its parts.
    public init(
        coefficient: Double, estimator: KLEstimator = .k3, placement: Placement = .loss,
        isRatioWeighted: Bool = false, isCorrected: Bool = false, control: Control? = nil
    ) {
        self.control = control
        self.coefficient = coefficient
        self.estimator = estimator
        self.placement = placement
        self.isRatioWeighted = isRatioWeighted
        self.isCorrected = isCorrected
    }

    /// No pull.
    public static let none = KLTerm(coefficient: 0)

    /// Value and derivative by log π, the ratio weight included.
    ///
    /// - Parameter logRatio: log π − log π_old of the token.
    func estimate(
        logProbability: Double, reference: Double, logRatio: Double
    ) -> (value: Double, derivative: Double) {
        let plain = estimator.estimate(logProbability: logProbability, reference: reference)
        guard isRatioWeighted else { return plain }
        let ratio = exp(logRatio)
        return (ratio * plain.value, ratio * plain.value + ratio * plain.derivative)
    }
}
