import ArgumentParser
import Curricula
import Foundation
import Rollouts
import Store

extension CurriculumCommand {
    struct Import: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Add the problems of a file or folder to a store.",
            discussion: """
                The row shape is recognised by its fields (\(RowFormat.names)). A folder gives its \
                .json and .jsonl files in order; .gz and .zst are unpacked. Fields such as \
                llama8b_solve_rate, and records of assay score, become difficulty.
                A problem that the curriculum has already, in either split, is left out; the report \
                counts duplicates, near duplicates (equal but for case, spaces and punctuation), \
                conflicts (the same prompt with another answer) and what stands on both sides of \
                the wall. Rows that cannot be used are left out and reported (exit code 3); \
                --strict refuses the file instead. An import is one transaction: all of it is \
                stored, or nothing.
                Example: assay curriculum import train.jsonl --db assay.db --name gsm8k \
                --held-out 0.05 --licence MIT
                """)

        @Argument(help: "JSON lines, a JSON document, or a folder of them; - is standard input.")
        var file: String

        @Option(help: "The store, a SQLite file; created where it is missing.")
        var db: String

        @Option(help: "The curriculum's name within the store.")
        var name: String

        @Option(help: "The row shape of the whole file.")
        var format: RowFormat?

        @Option(help: "Side of the wall: train or held_out. Default: train.")
        var split: Split?

        @Option(help: "Share to hold out, by the hash of the prompt, so the same ones every time.")
        var heldOut: Double?

        @Option(help: "Left out: exact (equal ones), normalized (also near ones), none.")
        var dedup = Deduplication.exact

        @Option(help: "Field whose number is the level, such as extra_info.difficulty.")
        var levelFrom: String?

        @Option(help: "Name of the source. Default: the file's.")
        var source: String?

        @Option(help: "Licence of the data, kept with the source.")
        var licence: String?

        @Option(help: "Whose pass rates these are, where the rows do not say.")
        var policy = "unknown"

        @Option(help: "The longest row in bytes.")
        var maxRow = 16 << 20

        @Flag(help: "Refuse the file at the first row that cannot be used.")
        var strict = false

        @Flag(help: "Report only; nothing is stored.")
        var dryRun = false

        @Flag(help: "Print the report as JSON.")
        var json = false

        func validate() throws {
            if split != nil, heldOut != nil {
                throw ValidationError("--split and --held-out exclude each other.")
            }
            if let heldOut, !(0...1).contains(heldOut) {
                throw ValidationError("--held-out must be from 0 to 1.")
            }
            if maxRow < 1 { throw ValidationError("--max-row must be 1 or more.") }
            for (option, text) in [("--name", name), ("--policy", policy)] where text.isEmpty {
                throw ValidationError("\(option) must not be empty.")
            }
        }

        func run() throws {
            var rows = try ProblemRows(
                path: file,
                options: .init(
                    format: format, levelField: levelFrom, policy: policy, isStrict: strict,
                    licence: licence, name: source, longest: maxRow))
            let isNew = !FileManager.default.fileExists(atPath: db)
            let path =
                isNew && dryRun ? NSTemporaryDirectory() + "assay-\(UUID().uuidString).db" : db
            let report: ImportReport
            do {
                report = try add(&rows, to: path)
            } catch {
                if isNew { Self.remove(path) }
                throw error
            }
            if isNew, dryRun { Self.remove(path) }
            let summary = ImportSummary(report: report, rows: rows, isDry: dryRun)
            if json { print(summary.json.serialized()) } else { summary.show() }
            if rows.bad > 0 || report.unknownProblems > 0 { throw ExitCode(3) }
        }

        /// The store is closed when this returns, so that a new file can be removed.
        private func add(_ rows: inout ProblemRows, to path: String) throws -> ImportReport {
            try AssayStore(path: path).importRows(
                &rows,
                ImportSettings(
                    curriculum: name,
                    split: heldOut.map { .heldOut(share: $0) } ?? .all(split ?? .train),
                    deduplication: dedup, policy: policy, isDry: dryRun))
        }

        private static func remove(_ path: String) {
            for ending in ["", "-wal", "-shm"] { unlink(path + ending) }
        }
    }
}

/// What an import says at its end.
private struct ImportSummary {
    let report: ImportReport
    let rows: ProblemRows
    let isDry: Bool

    private var counts: [(name: String, words: String, count: Int)] {
        [
            ("held_out", "held out of those added", report.addedHeldOut),
            ("duplicates_in_file", "duplicates within the file", report.duplicatesInFile),
            ("duplicates_stored", "duplicates of stored problems", report.duplicatesStored),
            ("near_duplicates", "near duplicates", report.nearDuplicates),
            ("near_duplicates_dropped", "of them left out", report.nearDuplicatesDropped),
            ("conflicts", "conflicts: the same prompt, another answer", report.conflicts),
            ("across_wall", "prompts on both sides of the wall", report.acrossWall),
            ("renamed", "ids taken by other problems, made longer", report.renamed),
            ("rates", "pass rates and judged completions kept", report.rates),
            ("unscored", "completions that could not be scored", report.unscored),
            (
                "unreadable_levels", "levels that are no number: level 0, tag unreadable-level",
                report.unreadableLevels
            ),
            ("unknown_problems", "completions of unknown problems", report.unknownProblems),
        ]
    }

    func show() {
        print("added \(report.added), duplicates \(report.duplicates), bad \(rows.bad)")
        for entry in counts where entry.count > 0 { print("  \(entry.words): \(entry.count)") }
        if isDry { print("  nothing was stored: --dry-run") }
        for finding in report.findings { Console.error(Self.words(finding)) }
        for error in rows.firstBad { Console.error("left out: \(error)") }
        if rows.bad > rows.firstBad.count {
            Console.error("left out: \(rows.bad - rows.firstBad.count) more")
        }
    }

    private static func words(_ finding: ImportFinding) -> String {
        let side = finding.otherSplit.map { " (\($0.rawValue))" } ?? ""
        let other = (finding.other ?? "") + side
        let what =
            switch finding.kind {
            case .acrossWall: "the prompt stands on both sides of the wall, as \(other)"
            case .nearDuplicate: "reads like \(other)"
            case .conflict: "has another answer than \(other)"
            case .renamed: "its id was taken; it is \(other) now"
            case .unknownProblem: "the curriculum has no such problem"
            }
        let fate = finding.isDropped ? "; left out" : ""
        return "\(finding.kind.rawValue): \(finding.place): \(finding.id): \(what)\(fate)"
    }

    var json: JSONValue {
        var members: [String: JSONValue] = [
            "added": .integer(Int64(report.added)),
            "duplicates": .integer(Int64(report.duplicates)), "bad": .integer(Int64(rows.bad)),
            "rows": .integer(Int64(rows.count)), "dry_run": .bool(isDry),
            "bad_rows": .array(rows.firstBad.map { .string("\($0)") }),
            "findings": .array(report.findings.map(Self.json)),
        ]
        for entry in counts { members[entry.name] = .integer(Int64(entry.count)) }
        return .object(members)
    }

    private static func json(_ finding: ImportFinding) -> JSONValue {
        .object([
            "kind": .string(finding.kind.rawValue), "place": .string(finding.place),
            "id": .string(finding.id), "other": finding.other.map { .string($0) } ?? .null,
            "other_split": finding.otherSplit.map { .string($0.rawValue) } ?? .null,
            "dropped": .bool(finding.isDropped),
        ])
    }
}
