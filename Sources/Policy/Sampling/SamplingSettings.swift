public import Rollouts

/// How the next token is chosen.
///
/// Truncations apply in the order top-k, top-p, min-p to the tempered distribution; what is left is
/// drawn from in proportion.
public struct SamplingSettings: Codable, Sendable, Equatable {
    /// Logits are divided by it; 0 takes the likeliest token (lowest id among equals).
    public var temperature: Float
    /// Keeps the k likeliest tokens; 0 keeps all.
    public var topK: Int
    /// Keeps the fewest likeliest tokens that have this much of the mass; 1 keeps all.
    public var topP: Float
    /// Keeps tokens at least this fraction as likely as the likeliest; 0 keeps all.
    public var minP: Float
    /// Whether the log-probabilities and entropies that come back are those of the tempered distribution:
    /// what a `Learner` of that temperature says.
    public var tempersStatistics: Bool
    /// Longest completion; the model's maximum length may cut it sooner.
    public var maximumNewTokens: Int

    /// Settings from their parts.
    public init(
        temperature: Float = 1, topK: Int = 0, topP: Float = 1, minP: Float = 0,
        tempersStatistics: Bool = false, maximumNewTokens: Int
    ) {
        self.temperature = temperature
        self.topK = topK
        self.topP = topP
        self.minP = minP
        self.tempersStatistics = tempersStatistics
        self.maximumNewTokens = maximumNewTokens
    }

    /// Refuses numbers out of range.
    ///
    /// - Throws: `PolicyError.invalidSetting` naming the field.
    public func validate() throws(PolicyError) {
        guard temperature.isFinite, temperature >= 0 else {
            throw .invalidSetting(field: "temperature", reason: "is \(temperature), below 0")
        }
        guard topK >= 0 else { throw .invalidSetting(field: "topK", reason: "is below 0") }
        guard topP > 0, topP <= 1 else {
            throw .invalidSetting(field: "topP", reason: "is \(topP), not in (0, 1]")
        }
        guard 0...1 ~= minP else {
            throw .invalidSetting(field: "minP", reason: "is \(minP), not in 0...1")
        }
        guard maximumNewTokens > 0 else {
            throw .invalidSetting(field: "maximumNewTokens", reason: "is below 1")
        }
    }

    var truncates: Bool { topK > 0 || topP < 1 || minP > 0 }

    /// What the head's inputs are multiplied with.
    var headScale: Float { tempersStatistics && temperature > 0 ? 1 / temperature : 1 }

    /// The temperature that is left for logits whose head had scaled inputs.
    var choiceTemperature: Float { headScale == 1 ? temperature : 1 }
}

/// One sampled completion.
public struct SampledTokens: Sendable, Equatable {
    /// The chosen tokens, a stop token included.
    public var tokens: [Int32]
    /// log π of each under the model's distribution before truncation, in nats, tempered where
    /// `tempersStatistics` asks for it: bit for bit what `Learner.logProbabilities` says of them.
    public var logProbabilities: [Float]
    /// Entropy of that distribution at each token, in nats.
    public var entropies: [Float]
    /// Why it ended.
    public var stopReason: StopReason

    /// A completion from its parts.
    public init(
        tokens: [Int32] = [], logProbabilities: [Float] = [], entropies: [Float] = [],
        stopReason: StopReason = .length
    ) {
        self.tokens = tokens
        self.logProbabilities = logProbabilities
        self.entropies = entropies
        self.stopReason = stopReason
    }
}
