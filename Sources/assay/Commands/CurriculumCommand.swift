public import ArgumentParser
public import Curricula
import Foundation
public import Rollouts
import Store

struct CurriculumCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "curriculum",
        abstract: "Problems in SQLite: generate, import, look at, export.",
        subcommands: [CurriculumGenerate.self, Import.self, List.self, Stats.self, Export.self])

    /// Opens a store that must exist already.
    static func existing(_ path: String) throws -> AssayStore {
        guard FileManager.default.fileExists(atPath: path) else {
            throw StoreError.unreadable(path: path, reason: "there is no such file")
        }
        return try AssayStore(path: path)
    }

    struct Import: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Add the problems of a JSON lines file to a store.",
            discussion: """
                The row shape is recognised by its fields (\(RowFormat.names)). A problem that the \
                curriculum has already, in either split, is left out. A bad row refuses the file \
                with its line, or is left out with --skip-bad (exit code 3).
                Example: assay curriculum import train.jsonl --db assay.db --name gsm8k
                """)

        @Argument(help: "Rows as JSON lines; - is standard input.")
        var file: String

        @Option(help: "The store, a SQLite file; created where it is missing.")
        var db: String

        @Option(help: "The curriculum's name within the store.")
        var name: String

        @Option(help: "The row shape of the whole file.")
        var format: RowFormat?

        @Option(help: "Side of the wall: train or held_out.")
        var split = Split.train

        @Option(help: "Licence of the data, kept with the source.")
        var licence: String?

        @Flag(help: "Leave bad rows out and report them.")
        var skipBad = false

        func run() throws {
            let data = try Console.read(file)
            let importer = ProblemImporter(file: file, format: format, skipsBad: skipBad)
            let result = try importer.problems(in: data)
            let hash = String(stableHash(String(decoding: data, as: UTF8.self)), radix: 16)
            let report = try AssayStore(path: db).importProblems(
                result.problems, curriculum: name, split: split,
                source: SourceInfo(
                    name: file, format: result.format?.rawValue ?? "none", hash: hash,
                    licence: licence))
            print(
                "added \(report.added), duplicates \(report.duplicates), "
                    + "bad \(result.skipped.count)")
            for error in result.skipped.prefix(20) { Console.error("left out: \(error)") }
            if result.skipped.count > 20 {
                Console.error("left out: \(result.skipped.count - 20) more")
            }
            if !result.skipped.isEmpty { throw ExitCode(3) }
        }
    }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "The curricula of a store.")

        @Option(help: "The store, a SQLite file.")
        var db: String

        @Flag(help: "Print JSON.")
        var json = false

        func run() throws {
            for curriculum in try CurriculumCommand.existing(db).curricula() {
                func count(_ split: Split) -> Int {
                    curriculum.levels.filter { $0.split == split }.reduce(0) { $0 + $1.count }
                }
                if json {
                    let row: JSONValue = .object([
                        "name": .string(curriculum.name),
                        "train": .integer(Int64(count(.train))),
                        "held_out": .integer(Int64(count(.heldOut))),
                    ])
                    print(row.serialized())
                } else {
                    print(
                        "\(curriculum.name): \(count(.train)) train, "
                            + "\(count(.heldOut)) held out")
                }
            }
        }
    }

    struct Stats: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Problems by split and level, and how often runs solved them.")

        @Option(help: "The store, a SQLite file.")
        var db: String

        @Option(help: "One curriculum. Default: all.")
        var name: String?

        @Flag(help: "Print JSON.")
        var json = false

        func run() throws {
            let curricula = try CurriculumCommand.existing(db).curricula()
            if let name, !curricula.contains(where: { $0.name == name }) {
                throw ValidationError(
                    "\(db) has no curriculum \(name); it has: "
                        + curricula.map(\.name).joined(separator: ", "))
            }
            for curriculum in curricula where name == nil || curriculum.name == name {
                if !json { print(curriculum.name) }
                for level in curriculum.levels { print(line(curriculum.name, level)) }
            }
        }

        private func line(_ name: String, _ level: CurriculumSummary.Level) -> String {
            let rate = level.attempts > 0 ? level.successes / Double(level.attempts) : nil
            guard json else {
                let shown = rate.map { String(format: "%.1f%% right", $0 * 100) } ?? "not tried"
                return "  \(level.split.rawValue) level \(level.level): \(level.count) problems, "
                    + "\(level.attempts) attempts, \(shown)"
            }
            return JSONValue.object([
                "name": .string(name), "split": .string(level.split.rawValue),
                "level": .integer(Int64(level.level)), "problems": .integer(Int64(level.count)),
                "attempts": .integer(Int64(level.attempts)),
                "pass_rate": rate.map { .number($0) } ?? .null,
            ]).serialized()
        }
    }

    struct Export: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Write a curriculum as JSON lines for this or another tool.")

        @Option(help: "The store, a SQLite file.")
        var db: String

        @Option(help: "The curriculum's name.")
        var name: String

        @Option(help: "The row shape: plain, verl or trl.")
        var format = ExportFormat.plain

        @Option(help: "Side of the wall: train or held_out.")
        var split = Split.train

        @Option(help: "Where the rows go; - is standard output.")
        var out = "-"

        func run() throws {
            let problems = try CurriculumCommand.existing(db).problems(
                curriculum: name, split: split)
            guard !problems.isEmpty else {
                throw ValidationError("\(db) has no \(split.rawValue) problems of \(name).")
            }
            try Console.write(
                problems.map { $0.row(format, split: split) + "\n" }.joined(), to: out)
        }
    }
}

extension Split: ExpressibleByArgument {}
extension RowFormat: ExpressibleByArgument {}
extension ExportFormat: ExpressibleByArgument {}
