import ArgumentParser
import Rewards

/// `assay diff`: two graders on the same rows.
struct DiffCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "diff",
        abstract: "Compare two reward specs on the same completions.",
        discussion: """
            Every completion is scored by both; what differs is printed, then the sums. Exit codes: \
            0 no completion is judged differently, 1 some are, 2 a spec or the input is bad.
            """)

    @Argument(help: "The spec before.")
    var before: String

    @Argument(help: "The spec after; each spec reads rows by its own fields.")
    var after: String

    @Argument(help: "Rows as JSON lines; - is standard input.")
    var inputs: [String]

    @Option(help: "Members that hold what, for both specs, as of assay score.")
    var columns: String?

    @Option(help: "Print at most this many rows.")
    var limit = 50

    @Flag(help: "A JSON line a row that differs; the sums as JSON on standard error.")
    var json = false

    func validate() throws {
        guard limit >= 0 else { throw ValidationError("--limit must not be negative.") }
    }

    func run() throws {
        let later = try RewardScorer.load(path: after)
        let comparer = RowComparer(
            try RewardScorer.load(path: before), later,
            fields: try columns.map { try ScoreCommand.fields($0, over: later.spec.fields) })
        var report = ComparisonReport(json: json, limit: limit)
        try comparer.run(try RowFile.inputs(inputs)) { report.add($0) }
        try report.finish()
    }
}
