public import Rollouts

/// What one row of a file says.
public enum ImportedRow: Sendable, Equatable {
    /// A problem.
    case problem(ProblemRow)
    /// What became of one completion of a problem that the store has.
    case judged(JudgedRow)
}

/// A problem as a row gives it.
public struct ProblemRow: Sendable, Equatable {
    /// What is asked.
    public var problem: Problem
    /// The shape of the row.
    public var format: RowFormat
    /// How often policies solve it, where the row says.
    public var passRates: [PassRate]

    /// A row from its parts.
    public init(problem: Problem, format: RowFormat = .plain, passRates: [PassRate] = []) {
        self.problem = problem
        self.format = format
        self.passRates = passRates
    }
}

/// How often a policy solves a problem, as a data set reports it.
public struct PassRate: Sendable, Equatable {
    /// Whose rate it is.
    public var policy: String
    /// Share of right answers, 0…1.
    public var mean: Double

    /// A rate of a policy.
    public init(policy: String, mean: Double) {
        self.policy = policy
        self.mean = mean
    }
}

/// A scored completion: the id of its problem, and whether it was right.
public struct JudgedRow: Sendable, Equatable {
    /// The problem's id within the curriculum.
    public var id: String
    /// Whether the completion was right; nil where it could not be scored.
    public var isCorrect: Bool?

    /// A judgement.
    public init(id: String, isCorrect: Bool?) {
        self.id = id
        self.isCorrect = isCorrect
    }
}
