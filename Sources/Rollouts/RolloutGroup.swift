/// The G completions of one problem with their scores; immutable once scored.
public struct RolloutGroup: Sendable {
    /// The problem that all completions answer.
    public let problem: Problem
    /// Shape `[G]`.
    public let completions: [Completion]
    /// Shape `[G]`, one a completion.
    public let scores: [Score]

    /// A group; both arrays have one entry a rollout.
    public init(problem: Problem, completions: [Completion], scores: [Score]) {
        precondition(completions.count == scores.count, "one score a completion")
        self.problem = problem
        self.completions = completions
        self.scores = scores
    }
}

/// Which rollouts of a group a response filter keeps.
///
/// It names indices and edits nothing.
public struct Selection: Sendable, Equatable {
    /// Why a rollout is not trained on.
    public struct Drop: Sendable, Equatable {
        /// Index within the group.
        public let index: Int
        /// In words, for logs and reports.
        public let reason: String

        /// A drop with its reason.
        public init(index: Int, reason: String) {
            self.index = index
            self.reason = reason
        }
    }

    /// Indices within the group, ascending.
    public let retained: [Int]
    /// The others, each with its reason.
    public let dropped: [Drop]

    /// A selection; `retained` and `dropped` together name each index once.
    public init(retained: [Int], dropped: [Drop]) {
        self.retained = retained
        self.dropped = dropped
    }

    /// Keeps all of a group of `count`.
    public static func all(_ count: Int) -> Selection {
        Selection(retained: Array(0..<count), dropped: [])
    }
}
