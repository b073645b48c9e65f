import ArgumentParser
import Foundation
import Rewards
import Rollouts

/// Prints what two graders judge differently, row by row and in sum.
struct ComparisonReport {
    var json: Bool
    /// Rows that are printed at most.
    var limit: Int
    private(set) var comparison = GraderComparison()
    private var printed = 0

    init(json: Bool, limit: Int) {
        self.json = json
        self.limit = limit
    }

    mutating func add(_ pair: GraderDifference) {
        guard comparison.add(pair), printed < limit else { return }
        printed += 1
        print(json ? Self.json(pair).serialized() : Self.text(pair))
    }

    /// Prints the sums.
    ///
    /// - Throws: where nothing was judged by either, so that nothing was compared; exit code 1 where
    ///   something differs.
    func finish() throws {
        summarise()
        guard comparison.unjudged < comparison.completions else {
            throw RewardError.unreadable(
                path: "the rows", reason: "none of \(comparison.completions) completions was judged"
            )
        }
        if !comparison.isSame { throw ExitCode(1) }
    }

    private func summarise() {
        let hidden = comparison.isSame ? 0 : printed
        if json {
            Console.error(summary.serialized())
            return
        }
        if hidden == limit, !comparison.isSame { print("… --limit \(limit) rows are shown") }
        func mean(_ value: Double?) -> String { value.map { String(format: "%.4f", $0) } ?? "none" }
        print(
            """
            \(comparison.completions) completions, \(comparison.rewardsChanged) with another reward
            right → wrong \(comparison.becameWrong), wrong → right \(comparison.becameRight), \
            unscored → scored \(comparison.becameScored), scored → unscored \
            \(comparison.becameUnscored), judged by neither \(comparison.unjudged)
            mean reward \(mean(comparison.rewards.before.value)) → \
            \(mean(comparison.rewards.after.value)), accuracy \
            \(mean(comparison.accuracy.before.value)) → \(mean(comparison.accuracy.after.value))
            """)
    }

    // MARK: Forms

    private static func word(_ isCorrect: Bool?) -> String {
        isCorrect.map { $0 ? "right" : "wrong" } ?? "unscored"
    }

    private static func number(_ value: Double?) -> String { value.map { "\($0)" } ?? "null" }

    private static func text(_ pair: GraderDifference) -> String {
        var lines = [
            "\(pair.id)[\(pair.sample)]  \(word(pair.before.isCorrect)) → "
                + "\(word(pair.after.isCorrect))  reward \(number(pair.before.reward)) → "
                + number(pair.after.reward)
        ]
        for change in pair.changedComponents {
            lines.append("  \(change.name): \(number(change.before)) → \(number(change.after))")
        }
        if pair.changesOutcome {
            for (mark, score) in [("-", pair.before), ("+", pair.after)] {
                let read = score.extracted.map { "'\($0.prefix(80))'" } ?? "nothing"
                lines.append("  \(mark) \(score.status.rawValue), read \(read) (\(score.reason))")
            }
        }
        return lines.joined(separator: "\n")
    }

    private static func json(_ pair: GraderDifference) -> JSONValue {
        func score(_ score: Score) -> JSONValue {
            .object([
                "reward": score.reward.map { .number($0) } ?? .null,
                "score": score.outcome.map { .number($0) } ?? .null,
                "status": .string(score.status.rawValue), "reason": .string(score.reason),
                "pred": score.extracted.map { .string($0) } ?? .null,
            ])
        }
        return .object([
            "id": .string(pair.id), "sample": .integer(Int64(pair.sample)),
            "before": score(pair.before), "after": score(pair.after),
        ])
    }

    private var summary: JSONValue {
        func mean(_ mean: ScoringSummary.Mean) -> JSONValue {
            mean.value.map { .number($0) } ?? .null
        }
        return .object([
            "completions": .integer(Int64(comparison.completions)),
            "rewards_changed": .integer(Int64(comparison.rewardsChanged)),
            "became_right": .integer(Int64(comparison.becameRight)),
            "became_wrong": .integer(Int64(comparison.becameWrong)),
            "became_scored": .integer(Int64(comparison.becameScored)),
            "became_unscored": .integer(Int64(comparison.becameUnscored)),
            "mean_reward_before": mean(comparison.rewards.before),
            "mean_reward_after": mean(comparison.rewards.after),
            "accuracy_before": mean(comparison.accuracy.before),
            "accuracy_after": mean(comparison.accuracy.after),
        ])
    }
}

/// An input file as the commands that read rows open it.
enum RowFile {
    /// The files by the names that messages use.
    static func inputs(_ paths: [String]) throws(RewardError) -> [RowInput] {
        var inputs: [RowInput] = []
        for path in paths {
            inputs.append(
                RowInput(name: path == "-" ? "standard input" : path, handle: try open(path)))
        }
        return inputs
    }

    /// A file, or standard input for `-`.
    static func open(_ path: String) throws(RewardError) -> FileHandle {
        if path == "-" { return .standardInput }
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
            throw .unreadable(path: path, reason: "there is no such file")
        }
        guard !isFolder.boolValue else { throw .unreadable(path: path, reason: "it is a folder") }
        guard let handle = FileHandle(forReadingAtPath: path) else {
            throw .unreadable(path: path, reason: String(cString: strerror(errno)))
        }
        return handle
    }
}
