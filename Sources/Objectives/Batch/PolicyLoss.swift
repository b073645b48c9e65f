/// The loss of one batch, its gradient, and what to log.
public struct PolicyLoss: Sendable, Equatable {
    /// Policy term, KL term and entropy bonus, to be minimised.
    public var loss: Double
    /// Shape `[T]`: d loss / d log π; 0 where the mask is false.
    public var gradient: [Double]
    /// Shape `[T]`: d loss / d H of each position; nil without an entropy bonus.
    public var entropyGradient: [Double]?
    /// Trained tokens: the weight of the means among `metrics` when micro-batches are joined.
    public var tokens: Int
    /// Means over trained tokens, by TRL's names where it has one.
    public var metrics: [String: Double]

    /// A loss from its parts.
    public init(
        loss: Double, gradient: [Double], entropyGradient: [Double]?, tokens: Int,
        metrics: [String: Double]
    ) {
        self.loss = loss
        self.gradient = gradient
        self.entropyGradient = entropyGradient
        self.tokens = tokens
        self.metrics = metrics
    }

    /// Losses of the micro-batches of one step as one: losses add up, means are weighted by
    /// tokens, `…/min` and `…/max` are extremes, gradients follow one another.
    public static func joined(_ parts: [PolicyLoss]) -> PolicyLoss {
        var joined = PolicyLoss(
            loss: 0, gradient: [], entropyGradient: nil, tokens: 0, metrics: [:])
        var weights: [String: Double] = [:]
        for part in parts {
            joined.loss += part.loss
            joined.gradient += part.gradient
            if let entropy = part.entropyGradient {
                joined.entropyGradient = (joined.entropyGradient ?? []) + entropy
            }
            joined.tokens += part.tokens
            guard part.tokens > 0 else { continue }
            for (name, value) in part.metrics {
                let current = joined.metrics[name]
                switch PolicyMetric.kind(name) {
                case .minimum: joined.metrics[name] = min(current ?? value, value)
                case .maximum: joined.metrics[name] = max(current ?? value, value)
                case .sum: joined.metrics[name] = (current ?? 0) + value
                case .mean:
                    joined.metrics[name] = (current ?? 0) + value * Double(part.tokens)
                    weights[name, default: 0] += Double(part.tokens)
                }
            }
        }
        for (name, weight) in weights { joined.metrics[name]? /= weight }
        return joined
    }
}

/// How a metric of several micro-batches becomes one.
enum PolicyMetric {
    /// The ways.
    enum Kind { case minimum, maximum, mean, sum }

    /// By the name's ending; the parts of the loss add up.
    static func kind(_ name: String) -> Kind {
        if name.hasSuffix("/min") { return .minimum }
        if name.hasSuffix("/max") { return .maximum }
        return ["policy_loss", "kl_loss", "entropy_loss"].contains(name) ? .sum : .mean
    }
}
