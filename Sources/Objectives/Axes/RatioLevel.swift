import Foundation

/// Over how many tokens the ratio π/π_old is taken.
public enum RatioLevel: Sendable, Equatable {
    /// A ratio for each token.
    case token
    /// The geometric mean over the sequence, `exp(mean(log π − log π_old))`. GSPO,
    /// arXiv:2507.18071.
    case sequenceGeometric
    /// The value of `sequenceGeometric`, the gradient of each token its own: allows per-token
    /// advantages. GSPO-token, arXiv:2507.18071.
    case sequenceGeometricPerToken
    /// The product over the sequence; explodes with length.
    case sequenceProduct
    /// The geometric mean of token ratios clipped on one side, in log space: from above where the
    /// advantage is positive, from below where it is negative. GMPO, arXiv:2507.20673.
    case clippedGeometric(logBound: Double)

    /// Whether all tokens of a sequence share one ratio.
    public var isSequenceLevel: Bool { self != .token }
}

/// The log ratios of one sequence, and how a gradient in them flows to its tokens.
struct SequenceRatios {
    /// Shape `[n]`, n trained tokens: the log ratio that the surrogate of each token sees.
    let logRatios: [Double]
    /// Shape `[n]` for a shared ratio: d(log ratio)/d(log π) of each token; nil where each token
    /// has its own ratio with derivative 1.
    let shares: [Double]?

    /// - Parameters:
    ///   - differences: shape `[n]`: log π − log π_old of the trained tokens.
    ///   - advantage: of the sequence; only its sign matters, and only to `clippedGeometric`.
    init(_ differences: [Double], level: RatioLevel, advantage: Double) {
        let n = Double(differences.count)
        func shared(_ value: Double) -> [Double] {
            Array(repeating: value, count: differences.count)
        }
        switch level {
        case .token:
            logRatios = differences
            shares = nil
        case .sequenceGeometric:
            logRatios = shared(differences.reduce(0, +) / n)
            shares = shared(1 / n)
        case .sequenceGeometricPerToken:
            logRatios = shared(differences.reduce(0, +) / n)
            shares = nil
        case .sequenceProduct:
            logRatios = shared(differences.reduce(0, +))
            shares = shared(1)
        case .clippedGeometric(let bound):
            let clipped = differences.map {
                advantage > 0 ? min($0, bound) : advantage < 0 ? max($0, -bound) : $0
            }
            logRatios = shared(clipped.reduce(0, +) / n)
            shares = zip(differences, clipped).map { $0 == $1 ? 1 / n : 0 }
        }
    }
}
