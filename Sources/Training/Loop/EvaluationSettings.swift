import Policy

/// How an evaluation samples.
public struct EvaluationSettings: Sendable, Equatable {
    /// Completions of each problem.
    public var samples: Int
    /// Softmax temperature.
    public var temperature: Double
    /// Keeps the fewest likeliest tokens that have this much of the mass; 1 keeps all.
    public var topP: Double

    /// More completions of a problem than this tell nothing new.
    public static let mostSamples = 4096

    /// Settings from their parts; what the policy itself would do by default.
    public init(samples: Int = 1, temperature: Double = 1, topP: Double = 1) {
        self.samples = samples
        self.temperature = temperature
        self.topP = topP
    }

    func sampling(maximumNewTokens: Int) -> SamplingSettings {
        SamplingSettings(
            temperature: Float(temperature), topP: Float(topP), maximumNewTokens: maximumNewTokens)
    }

    /// The k whose pass@k is told: 2, 4, 8 … and the number of samples.
    var told: [Int] {
        guard samples > 1 else { return [] }
        let powers = sequence(first: 2) { $0 * 2 }.prefix { $0 < samples }
        return powers + [samples]
    }
}
