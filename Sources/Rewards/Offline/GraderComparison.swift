public import Foundation
public import Rollouts

/// A completion as two graders judge it.
public struct GraderDifference: Sendable {
    /// The row's id.
    public var id: String
    /// Index within the row.
    public var sample: Int
    /// As the first grader, or the record, has it.
    public var before: Score
    /// As the second grader has it.
    public var after: Score

    /// A completion from its two scores.
    public init(id: String, sample: Int, before: Score, after: Score) {
        self.id = id
        self.sample = sample
        self.before = before
        self.after = after
    }

    /// Whether right and wrong, or whether there is an outcome at all, differ.
    public var changesOutcome: Bool { before.isCorrect != after.isCorrect }

    /// The components whose values differ, by name.
    public var changedComponents: [(name: String, before: Double?, after: Double?)] {
        let names = before.components.map(\.name)
        let added = after.components.map(\.name).filter { !names.contains($0) }
        return (names + added).compactMap { name in
            let old = before.components.first { $0.name == name }?.value
            let new = after.components.first { $0.name == name }?.value
            return GraderComparison.isSame(old, new) ? nil : (name, old, new)
        }
    }
}

/// What two graders make of the same completions, in sum.
public struct GraderComparison: Sendable {
    /// Completions that were judged by both.
    public private(set) var completions = 0
    /// Of these, how many got another total.
    public private(set) var rewardsChanged = 0
    /// Judged wrong before and right after.
    public private(set) var becameRight = 0
    /// Judged right before and wrong after.
    public private(set) var becameWrong = 0
    /// Without an outcome before, with one after.
    public private(set) var becameScored = 0
    /// With an outcome before, without one after.
    public private(set) var becameUnscored = 0
    /// Judged by neither.
    public private(set) var unjudged = 0
    /// Total rewards and raw outcomes before and after.
    public private(set) var rewards = (before: ScoringSummary.Mean(), after: ScoringSummary.Mean())
    /// Raw outcomes as right (1) and wrong (0).
    public private(set) var accuracy = (before: ScoringSummary.Mean(), after: ScoringSummary.Mean())

    /// A comparison of nothing.
    public init() {}

    /// Whether every completion is judged alike.
    public var isSame: Bool {
        rewardsChanged + becameRight + becameWrong + becameScored + becameUnscored == 0
    }

    /// Counts one completion.
    ///
    /// - Returns: whether anything about it differs.
    public mutating func add(_ pair: GraderDifference) -> Bool {
        completions += 1
        rewards.before.add(pair.before.reward)
        rewards.after.add(pair.after.reward)
        accuracy.before.add(pair.before.isCorrect.map { $0 ? 1 : 0 })
        accuracy.after.add(pair.after.isCorrect.map { $0 ? 1 : 0 })
        switch (pair.before.isCorrect, pair.after.isCorrect) {
        case (false?, true?): becameRight += 1
        case (true?, false?): becameWrong += 1
        case (nil, _?): becameScored += 1
        case (_?, nil): becameUnscored += 1
        case (nil, nil): unjudged += 1
        default: break
        }
        let changed = !Self.isSame(pair.before.reward, pair.after.reward)
        if changed { rewardsChanged += 1 }
        return changed || pair.changesOutcome
    }

    /// Values agree to 1e-9, so that the order of a sum does not matter.
    static func isSame(_ a: Double?, _ b: Double?) -> Bool {
        switch (a, b) {
        case (nil, nil): true
        case (let a?, let b?): abs(a - b) <= 1e-9 * max(1, abs(a))
        default: false
        }
    }
}

/// Judges every completion of some files again.
public struct RowComparer: Sendable {
    private let grader: OfflineScorer
    private let before: OfflineScorer?

    /// A comparer of two graders, each of which reads rows by its own fields.
    public init(
        _ before: RewardScorer, _ after: RewardScorer, fields: RewardSpec.Fields? = nil
    ) {
        self.before = OfflineScorer(before, fields: fields)
        grader = OfflineScorer(after, fields: fields)
    }

    /// A comparer of a grader with the records of an earlier run over the same part of the rows.
    public init(
        _ after: RewardScorer, fields: RewardSpec.Fields? = nil, shard: RowShard? = nil
    ) {
        before = nil
        grader = OfflineScorer(after, fields: fields, shard: shard)
    }

    /// Reads the inputs to their ends, in bounded memory, and tells every completion in order.
    ///
    /// Rows that cannot be read are told with scores without a value.
    ///
    /// - Parameter records: what was scored before, in the order of the rows, where the comparer has
    ///   no first grader.
    /// - Throws: `unreadable` where a file fails or records belong to other rows.
    public func run(
        _ inputs: [RowInput], records: FileHandle? = nil,
        _ body: (GraderDifference) throws -> Void
    ) throws {
        var recorded = records.map { RecordReader($0) }
        for input in inputs {
            var reader = LineReader(input.handle, limit: 64 << 20)
            var lines: [LineReader.Line] = []
            func flush() throws {
                for var pair in judgements(of: lines, name: input.name) {
                    if recorded != nil {
                        pair.before =
                            try recorded?.score(of: pair.id, sample: pair.sample) ?? pair.before
                    }
                    try body(pair)
                }
                lines.removeAll(keepingCapacity: true)
            }
            while let line = try reader.nextRow(of: input.name) {
                lines.append(line)
                if lines.count == OfflineScorer.chunkRows { try flush() }
            }
            try flush()
        }
        try recorded?.end()
    }

    private func judgements(of lines: [LineReader.Line], name: String) -> [GraderDifference] {
        let after = grader.records(of: lines, name: name)
        let earlier = before?.records(of: lines, name: name) ?? after
        return zip(earlier, after).flatMap { old, new in
            // Where the graders find other completions in a row, what only one finds is unscored by the other.
            (0..<max(old.count, new.count)).map { index in
                let sample = index < new.count ? new[index].sample : old[index].sample
                let missing = Score(
                    reward: nil, outcome: nil, status: .infrastructureError,
                    reason: "this spec finds no such completion in the row")
                return GraderDifference(
                    id: sample.id, sample: sample.sample,
                    before: index < old.count ? old[index].score : missing,
                    after: index < new.count ? new[index].score : missing)
            }
        }
    }
}

/// The scores of an earlier run, record by record.
struct RecordReader {
    private var reader: LineReader

    init(_ handle: FileHandle) { reader = LineReader(handle, limit: 64 << 20) }

    /// Refuses records that are left over.
    mutating func end() throws(RewardError) {
        if let line = try reader.nextRow(of: "the records") {
            throw .unreadable(
                path: "the records",
                reason: "they go on at line \(line.number) where the rows have ended")
        }
    }

    /// The score of the next record, which must be that of this completion.
    mutating func score(of id: String, sample: Int) throws(RewardError) -> Score {
        guard let line = try reader.nextRow(of: "the records") else {
            throw .unreadable(path: "the records", reason: "they end before the rows do")
        }
        let record: JSONValue
        do {
            record = try JSONReader.parse(line.bytes)
        } catch {
            throw .unreadable(
                path: "the records", reason: "line \(line.number) is not JSON: \(error.reason)")
        }
        guard record["id"]?.scalarText == id, record["sample"]?.double == Double(sample) else {
            throw .unreadable(
                path: "the records",
                reason:
                    "line \(line.number) is of \(record["id"]?.scalarText ?? "nothing"), the row "
                    + "is \(id)[\(sample)]: these are not the rows that were scored")
        }
        return Score(record: record)
    }
}

extension LineReader {
    /// The next line that holds more than white space.
    mutating func nextRow(of name: String) throws(RewardError) -> Line? {
        do {
            while let line = try next() {
                if line.isTooLong || !line.bytes.allSatisfy({ $0 == 0x20 || $0 == 0x09 }) {
                    return line
                }
            }
            return nil
        } catch {
            throw .unreadable(path: name, reason: error.localizedDescription)
        }
    }
}

extension Score {
    /// The score that a record of `assay score` holds.
    init(record: JSONValue) {
        let components: [ComponentScore] =
            switch record["components"] {
            case .object(let members)?:
                members.sorted { $0.key < $1.key }.map { name, part in
                    ComponentScore(
                        name: name, value: part["value"]?.double,
                        weight: part["weight"]?.double ?? 1,
                        status: ScoreStatus(rawValue: part["status"]?.string ?? "")
                            ?? .infrastructureError,
                        reason: part["reason"]?.string ?? "")
                }
            default: []
            }
        self.init(
            reward: record["reward"]?.double, outcome: record["score"]?.double,
            status: ScoreStatus(rawValue: record["status"]?.string ?? "") ?? .infrastructureError,
            components: components, extracted: record["pred"]?.string,
            gold: record["gold"]?.string, reason: record["reason"]?.string ?? "")
    }
}
