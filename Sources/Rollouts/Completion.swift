/// Why sampling stopped.
public enum StopReason: String, Sendable, Codable {
    /// The policy ended its text, or wrote a stop sequence.
    case stop
    /// The token limit cut it: the completion is truncated.
    case length
}

/// One answer of a policy to a prompt.
public struct Completion: Sendable, Equatable {
    /// The text without prompt and without special end tokens.
    public var text: String
    /// Token ids that the policy chose, the end-of-text token included where it was written.
    public var tokens: [Int32]
    /// log π(token | before) of each of `tokens` at sampling, in nats; same shape as `tokens`.
    public var logProbabilities: [Float]
    /// Why it ended.
    public var stopReason: StopReason

    /// A completion from its parts.
    public init(
        text: String, tokens: [Int32] = [], logProbabilities: [Float] = [],
        stopReason: StopReason = .stop
    ) {
        self.text = text
        self.tokens = tokens
        self.logProbabilities = logProbabilities
        self.stopReason = stopReason
    }

    /// Cut by the token limit.
    public var isTruncated: Bool { stopReason == .length }
}
