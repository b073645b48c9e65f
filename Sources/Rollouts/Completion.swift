/// Why sampling stopped.
public enum StopReason: String, Sendable, Codable {
    /// The policy ended its text, or wrote a stop sequence.
    case stop
    /// The token limit cut it: the completion is truncated.
    case length
}

/// One answer of a policy to a prompt, in one turn or in several.
///
/// `tokens` and `logProbabilities` are the policy's alone; what an environment wrote in between stands in
/// `feedback`.
public struct Completion: Sendable, Equatable {
    /// What an environment wrote into a rollout of several turns.
    public struct Feedback: Sendable, Equatable {
        /// How many of the policy's tokens stand before it.
        public var position: Int
        /// Its tokens: context, never trained on.
        public var tokens: [Int32]

        /// Feedback from its parts.
        public init(position: Int, tokens: [Int32]) {
            self.position = position
            self.tokens = tokens
        }
    }

    /// The text without prompt and without special end tokens, feedback included.
    public var text: String
    /// Token ids that the policy chose, the end-of-text token included where it was written.
    public var tokens: [Int32]
    /// log π(token | before) of each of `tokens` at sampling, in nats; same shape as `tokens`.
    public var logProbabilities: [Float]
    /// Why it ended.
    public var stopReason: StopReason
    /// What an environment wrote, in the order of positions; none of a single turn.
    public var feedback: [Feedback]

    /// A completion from its parts.
    public init(
        text: String, tokens: [Int32] = [], logProbabilities: [Float] = [],
        stopReason: StopReason = .stop, feedback: [Feedback] = []
    ) {
        self.text = text
        self.tokens = tokens
        self.logProbabilities = logProbabilities
        self.stopReason = stopReason
        self.feedback = feedback
    }

    /// Turns of the policy: one more than were answered where it wrote on behind the last answer.
    public var turns: Int {
        guard let last = feedback.last else { return 1 }
        return feedback.count + (last.position < tokens.count ? 1 : 0)
    }

    /// The tokens with the feedback between them, and where the policy's own stand among them.
    ///
    /// Feedback behind the last of the policy's tokens is left out: nothing was written behind it.
    public var inContext: (tokens: [Int32], own: [Range<Int>]) {
        var all: [Int32] = []
        var own: [Range<Int>] = []
        var next = 0
        func write(upTo end: Int) {
            guard next < end else { return }
            own.append(all.count..<all.count + end - next)
            all.append(contentsOf: tokens[next..<end])
            next = end
        }
        for answer in feedback where answer.position < tokens.count {
            write(upTo: answer.position)
            all.append(contentsOf: answer.tokens)
        }
        write(upTo: tokens.count)
        return (all, own)
    }

    /// Cut by the token limit.
    public var isTruncated: Bool { stopReason == .length }
}
