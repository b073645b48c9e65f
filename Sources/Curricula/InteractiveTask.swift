public import Rollouts

/// What a policy wrote in one turn, and what the environment answered.
public struct Turn: Sendable, Equatable {
    /// The policy's text, the mark that ends a turn included.
    public var text: String
    /// The environment's text.
    public var reply: String

    /// A turn from its parts.
    public init(text: String, reply: String) {
        self.text = text
        self.reply = reply
    }
}

/// What an environment answers to a turn.
public struct EnvironmentReply: Sendable, Equatable {
    /// What the policy goes on behind.
    public var text: String
    /// Whether the policy writes no more.
    public var isLast: Bool

    /// A reply from its parts.
    public init(_ text: String, isLast: Bool) {
        self.text = text
        self.isLast = isLast
    }
}

/// A task of several turns: the policy writes, an environment answers in text, and the policy goes on
/// behind the answer.
///
/// A transcript is the turns one behind the other, `text` and `reply` in turn; it is what
/// `grade(_:gold:)` judges in place of an answer. It must be readable without a mask: from the texts
/// alone follows which of them are the environment's, whatever the policy writes.
public protocol InteractiveTask: ProblemGenerator {
    /// What ends a turn of the policy, a character of the alphabet.
    static var turnEnd: Character { get }

    /// The environment's answer to the newest turn: a function of its arguments alone.
    ///
    /// - Parameters:
    ///   - text: what the policy wrote, `turnEnd` last and nowhere else.
    ///   - turns: what went before.
    /// - Throws: `CurriculumError.notOfTask` where the problem is none of this generator's.
    func reply(
        to text: String, after turns: [Turn], of problem: Problem
    ) throws(CurriculumError) -> EnvironmentReply

    /// The next turn as a fallible pupil writes it, `turnEnd` last.
    ///
    /// - Throws: `CurriculumError.notOfTask` where the problem is none of this generator's.
    func demonstratedTurn(
        after turns: [Turn], of problem: Problem, noise: DemonstrationNoise,
        using rng: inout SplitMix64
    ) throws(CurriculumError) -> String
}

extension InteractiveTask {
    /// What the pupil and the environment write until the environment has the last word.
    ///
    /// - Throws: `CurriculumError.notOfTask` where the problem is none of this generator's.
    public func demonstratedTurns(
        for problem: Problem, noise: DemonstrationNoise, using rng: inout SplitMix64
    ) throws(CurriculumError) -> [Turn] {
        var turns: [Turn] = []
        while true {
            let text = try demonstratedTurn(after: turns, of: problem, noise: noise, using: &rng)
            let reply = try reply(to: text, after: turns, of: problem)
            turns.append(Turn(text: text, reply: reply.text))
            if reply.isLast { return turns }
        }
    }

    /// The transcript of `demonstratedTurns(for:noise:using:)`.
    ///
    /// - Throws: `CurriculumError.notOfTask` where the problem is none of this generator's.
    public func demonstration(
        for problem: Problem, noise: DemonstrationNoise, using rng: inout SplitMix64
    ) throws(CurriculumError) -> String {
        try demonstratedTurns(for: problem, noise: noise, using: &rng)
            .map { $0.text + $0.reply }.joined()
    }
}
