import Foundation

/// Repairs a sampler whose probabilities differ from the trainer's: weights
/// `c = π_old/π_sampler` on the policy term.
public enum BehaviourCorrection: Sendable, Equatable {
    /// What one weight is taken over.
    public enum Level: String, Sendable, Equatable, CaseIterable {
        /// Each token.
        case token
        /// The product over the sequence; explodes with length.
        case sequenceProduct = "sequence_product"
        /// The geometric mean over the sequence.
        case sequenceGeometric = "sequence_geometric"
    }

    /// c = 1.
    case none
    /// c clipped into the bounds: truncated importance sampling (TIS).
    case truncated(Level, minimum: Double? = nil, maximum: Double)
    /// c within the bounds, 0 outside: masked importance sampling (IcePop; TRL's default with a
    /// sequence level and 3).
    case masked(Level, minimum: Double? = nil, maximum: Double)

    /// Weights of the trained tokens of one sequence.
    ///
    /// - Parameter differences: shape `[n]`: log π_old − log π_sampler.
    /// - Returns: shape `[n]`. A ratio that overflows is above any maximum.
    func weights(_ differences: [Double]) -> [Double] {
        switch self {
        case .none: return Array(repeating: 1, count: differences.count)
        case .truncated(let level, let minimum, let maximum):
            return Self.ratios(differences, level).map { min(max($0, minimum ?? 0), maximum) }
        case .masked(let level, let minimum, let maximum):
            return Self.ratios(differences, level).map {
                $0 > maximum || $0 < minimum ?? 0 ? 0 : $0
            }
        }
    }

    private static func ratios(_ differences: [Double], _ level: Level) -> [Double] {
        let sum = differences.reduce(0, +)
        switch level {
        case .token: return differences.map(exp)
        case .sequenceProduct: return differences.map { _ in exp(sum) }
        case .sequenceGeometric:
            return differences.map { _ in exp(sum / Double(differences.count)) }
        }
    }
}

/// How far a sequence's sampler was from the policy that the update started from.
public struct OffPolicyDrift: Sendable, Equatable {
    /// The mean of log π_sampler − log π_old: the log of the perplexities' ratio.
    public let logPerplexityGap: Double
    /// The mean of the k3 estimate of KL(π_sampler‖π_old).
    public let k3: Double

    /// - Parameter differences: shape `[n]`: log π_old − log π_sampler of the trained tokens.
    public init(_ differences: [Double]) {
        logPerplexityGap = -average(differences)
        k3 = average(differences.map { exp($0) - $0 - 1 })
    }
}
