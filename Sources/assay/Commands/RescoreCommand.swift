import ArgumentParser
import Foundation
import Rewards
import Rollouts
import Store

/// `assay rescore`: another spec over completions that were scored before.
struct RescoreCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rescore",
        abstract: "Score stored or scored completions again by another spec; show what changed.",
        discussion: """
            The input is a run directory or its SQLite file, whose stored rollouts are scored \
            again, or the output of `assay score` together with the --rows that it was made from. \
            Nothing is overwritten. Exit codes: 0 nothing changed, 1 something did, 2 bad input.
            """)

    @Argument(help: "A run directory, a store, or a file of score records.")
    var input: String

    @Option(help: "The reward spec to score by now.")
    var spec: String

    @Option(
        parsing: .upToNextOption,
        help: "The files of rows that a file of records was made from, in their order.")
    var rows: [String] = []

    @Option(help: "With --rows: the part i/n that was scored.")
    var shard: String?

    @Option(help: "With --rows: members that hold what, as of assay score.")
    var columns: String?

    @Option(help: "Print at most this many rows.")
    var limit = 50

    @Flag(help: "A JSON line a row that changed; the sums as JSON on standard error.")
    var json = false

    func validate() throws {
        guard limit >= 0 else { throw ValidationError("--limit must not be negative.") }
        if let shard, RowShard(shard) == nil {
            throw ValidationError("--shard must be i/n with 0 ≤ i < n, such as 0/4.")
        }
    }

    func run() throws {
        let scorer = try RewardScorer.load(path: spec)
        var report = ComparisonReport(json: json, limit: limit)
        if !rows.isEmpty {
            let comparer = RowComparer(
                scorer, fields: try ScoreCommand.fields(columns, over: scorer.spec.fields),
                shard: shard.flatMap { RowShard($0) })
            try comparer.run(try RowFile.inputs(rows), records: try RowFile.open(input)) {
                report.add($0)
            }
        } else {
            try rescoreStore(try storePath(), by: scorer, &report)
        }
        try report.finish()
    }

    private func storePath() throws -> String {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: input, isDirectory: &isFolder) else {
            throw RewardError.unreadable(path: input, reason: "there is no such file")
        }
        if isFolder.boolValue {
            let path = input + "/assay.db"
            guard FileManager.default.fileExists(atPath: path) else {
                throw RewardError.unreadable(path: input, reason: "the folder holds no assay.db")
            }
            return path
        }
        if input.hasSuffix(".jsonl") || input.hasSuffix(".json") {
            throw ValidationError(
                "records hold no completions: name the scored rows too, with --rows FILE.")
        }
        return input
    }

    /// Scores every stored group of a store again, step by step.
    private func rescoreStore(
        _ path: String, by scorer: RewardScorer, _ report: inout ComparisonReport
    ) throws {
        let store = try AssayStore(path: path)
        for info in try store.runs() {
            for step in try store.stepsWithRollouts(run: info.id) {
                let rollouts = try store.rollouts(run: info.id, step: step)
                let groups = Dictionary(grouping: rollouts, by: \.group).sorted { $0.key < $1.key }
                let batch = groups.map { $0.value.map(Self.input) }
                for (group, scores) in zip(groups, scorer.score(batch: batch)) {
                    for (rollout, score) in zip(group.value, scores) {
                        report.add(
                            GraderDifference(
                                id: "run \(info.id) step \(step) \(rollout.problem)",
                                sample: rollout.index, before: Self.score(rollout), after: score))
                    }
                }
            }
        }
        guard report.comparison.completions > 0 else {
            throw RewardError.unreadable(path: path, reason: "the store holds no completions")
        }
    }

    private static func input(_ rollout: RolloutRecord) -> ScoringInput {
        ScoringInput(
            prompt: rollout.prompt, completion: rollout.text, gold: rollout.answer,
            tokenCount: rollout.tokenCount, truncated: rollout.stopReason == .length)
    }

    private static func score(_ rollout: RolloutRecord) -> Score {
        Score(
            reward: rollout.reward, outcome: rollout.outcome, status: rollout.status,
            components: rollout.components, reason: "as stored")
    }
}
