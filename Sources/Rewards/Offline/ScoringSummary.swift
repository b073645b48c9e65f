public import Rollouts

/// What a scoring run came to.
public struct ScoringSummary: Sendable, Equatable, Codable {
    /// A running mean.
    public struct Mean: Sendable, Equatable, Codable {
        /// Sum of the values.
        public var sum = 0.0
        /// How many there were.
        public var count = 0

        /// Of nothing.
        public init() {}

        /// Of one value.
        init(_ value: Double) {
            sum = value
            count = 1
        }

        /// The mean, or nil where nothing was counted.
        public var value: Double? { count > 0 ? sum / Double(count) : nil }

        mutating func add(_ value: Double?) {
            guard let value else { return }
            sum += value
            count += 1
        }

        mutating func add(_ other: Mean) {
            sum += other.sum
            count += other.count
        }
    }

    /// A completion on which the spec and the row's own label differ.
    public struct Disagreement: Sendable, Equatable, Codable {
        /// The record's id.
        public var id: String
        /// Index within its row.
        public var sample: Int
        /// What the row says.
        public var label: Bool
        /// What was read out of the completion.
        public var extracted: String?
        /// Why the spec says otherwise.
        public var reason: String
    }

    /// A row that took long.
    public struct SlowRow: Sendable, Equatable, Codable {
        /// The id of its records.
        public var id: String
        /// For all its completions and all parts of the spec; a program's or server's time counts.
        public var seconds: Double
    }

    /// What was judged of one problem: the completions of a row, and of the rows of the same id that
    /// follow it.
    struct ProblemCount: Sendable, Equatable, Codable {
        var id: String
        var judged: Int
        var right: Int
    }

    /// How many slow rows are kept.
    static let keptSlowRows = 5

    /// How many disagreements are kept.
    public static let keptDisagreements = 20

    /// Records written.
    public var records = 0
    /// Lines read, blank ones left out.
    public var rows = 0
    /// Total rewards.
    public var reward = Mean()
    /// Raw outcomes as right (1) or wrong (0).
    public var accuracy = Mean()
    /// Unweighted values by component name.
    public var components: [String: Mean] = [:]
    /// Records by status.
    public var statuses: [ScoreStatus: Int] = [:]
    /// Records without a reward.
    public var unscored = 0
    /// Records with an outcome whose row says whether the completion is right.
    public var labelled = 0
    /// Of these, how many the spec judges alike.
    public var agreed = 0
    /// The first records that it judges otherwise.
    public var disagreements: [Disagreement] = []
    /// The rows that took longest, the slowest first.
    public var slowest: [SlowRow] = []
    /// By k: the chance that one of k completions of a problem is right, over the problems with at
    /// least k judged completions.
    public var passAt: [Int: Mean] = [:]
    /// Problems that `passAt` does not count yet, the last of which may go on in the next row.
    private(set) var problems: [ProblemCount] = []
    /// Accuracy by what rows say of themselves: member (`level`, `source`, …), value, mean.
    public var breakdown: [String: [String: Mean]] = [:]

    /// Members whose values are told apart, and how many values of one are kept.
    static let breakdownKeys = ["level", "difficulty", "source", "data_source", "type", "subject"]
    static let keptValues = 64

    /// A summary of nothing.
    public init() {}

    /// The same without what a clock said, which differs from run to run.
    public var withoutTimes: ScoringSummary {
        var summary = self
        summary.slowest = []
        return summary
    }

    mutating func add(_ record: ScoreRecord) {
        let score = record.score
        records += 1
        reward.add(score.reward)
        accuracy.add(score.isCorrect.map { $0 ? 1 : 0 })
        for component in score.components {
            components[component.name, default: Mean()].add(component.value)
        }
        statuses[score.status, default: 0] += 1
        if score.reward == nil { unscored += 1 }
        guard let label = record.sample.label, let isCorrect = score.isCorrect else { return }
        labelled += 1
        if isCorrect == label {
            agreed += 1
        } else if disagreements.count < Self.keptDisagreements {
            disagreements.append(
                Disagreement(
                    id: record.sample.id, sample: record.sample.sample, label: label,
                    extracted: score.extracted, reason: score.reason))
        }
    }

    /// Counts the records of one row, which is one problem.
    mutating func add(row records: [ScoreRecord], seconds: Double = 0) {
        for record in records { add(record) }
        if let id = records.first?.sample.id, seconds > 0 {
            add(SlowRow(id: String(id.prefix(100)), seconds: seconds))
        }
        let judged = records.compactMap(\.score.isCorrect)
        if let id = records.first?.sample.id {
            add(ProblemCount(id: id, judged: judged.count, right: judged.count { $0 }))
        }
        guard let fields = records.first?.sample.input.fields else { return }
        for key in Self.breakdownKeys {
            guard let value = fields[key]?.scalarText, value.utf8.count <= 64 else { continue }
            for isRight in judged { count(key, value, Mean(isRight ? 1 : 0)) }
        }
    }

    private mutating func add(_ problem: ProblemCount) {
        if let last = problems.indices.last, problems[last].id == problem.id {
            problems[last].judged += problem.judged
            problems[last].right += problem.right
        } else {
            problems.append(problem)
        }
    }

    /// Counts the problems into `passAt`, all but the last one where rows may still follow.
    mutating func closeProblems(keepingLast: Bool) {
        for problem in keepingLast ? problems.dropLast() : problems[...] {
            var k = 1
            while k <= problem.judged {
                passAt[k, default: Mean()].add(
                    Self.passAt(k, of: problem.judged, right: problem.right))
                k *= 2
            }
        }
        problems = keepingLast ? problems.suffix(1) : []
    }

    private mutating func add(_ row: SlowRow) {
        guard slowest.count < Self.keptSlowRows || row.seconds > slowest[slowest.count - 1].seconds
        else { return }
        let place = slowest.firstIndex { $0.seconds < row.seconds } ?? slowest.count
        slowest.insert(row, at: place)
        if slowest.count > Self.keptSlowRows { slowest.removeLast() }
    }

    private mutating func count(_ key: String, _ value: String, _ mean: Mean) {
        let isKnown = breakdown[key]?[value] != nil
        let isFull = (breakdown[key]?.count ?? 0) >= Self.keptValues
        breakdown[key, default: [:]][isKnown || !isFull ? value : "others", default: Mean()]
            .add(mean)
    }

    /// The unbiased estimate 1 − C(n − c, k) / C(n, k).
    ///
    /// Source: Chen et al. 2021, arXiv:2107.03374, section 2.1.
    package static func passAt(_ k: Int, of n: Int, right c: Int) -> Double {
        if n - c < k { return 1 }
        // Π (1 − k/i) over i = n − c + 1 … n.
        var none = 1.0
        for i in (n - c + 1)..<(n + 1) { none *= 1 - Double(k) / Double(i) }
        return 1 - none
    }

    mutating func add(_ other: ScoringSummary) {
        for (k, mean) in other.passAt { passAt[k, default: Mean()].add(mean) }
        for (key, values) in other.breakdown {
            for (value, mean) in values.sorted(by: { $0.key < $1.key }) { count(key, value, mean) }
        }
        for row in other.slowest { add(row) }
        for problem in other.problems { add(problem) }
        closeProblems(keepingLast: true)
        records += other.records
        rows += other.rows
        reward.add(other.reward)
        accuracy.add(other.accuracy)
        for (name, mean) in other.components { components[name, default: Mean()].add(mean) }
        for (status, count) in other.statuses { statuses[status, default: 0] += count }
        unscored += other.unscored
        labelled += other.labelled
        agreed += other.agreed
        let room = Self.keptDisagreements - disagreements.count
        disagreements += other.disagreements.prefix(room)
    }
}
