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

    /// A summary of nothing.
    public init() {}

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

    mutating func add(_ other: ScoringSummary) {
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
