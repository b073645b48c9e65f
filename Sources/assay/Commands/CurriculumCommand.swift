public import ArgumentParser
public import Curricula
import Foundation
public import Rollouts
public import Store

struct CurriculumCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "curriculum",
        abstract: "Problems in SQLite: generate, import, look at, export.",
        subcommands: [
            Generate.self, Import.self, List.self, Show.self, Stats.self, Export.self,
        ])

    struct Generate: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Write problems of a built-in generator as JSON lines.",
            discussion: """
                Levels of arithmetic: \
                \(ArithmeticGenerator.levels.enumerated().map { "\($0.offset) \($0.element)" }
                    .joined(separator: "; ")).
                Example: assay curriculum generate arithmetic --per-level 400 --out problems.jsonl
                """)

        @Argument(help: "The generator: arithmetic.")
        var generator: String

        @Option(help: "Where the problems go; - is standard output.")
        var out = "-"

        @Option(help: "First and last level, such as 0-4.")
        var levels = "0-4"

        @Option(help: "Problems a level; small levels may have fewer.")
        var perLevel = 1000

        @Option(help: "Seed.")
        var seed: UInt64 = 7

        @Option(
            help: "Side of the wall: \(Split.allCases.map(\.rawValue).joined(separator: " or ")).")
        var split = Split.train

        @Flag(help: "Write operands with place letters, 47 as b4a7.")
        var placeLetters = false

        func validate() throws {
            if generator != ArithmeticGenerator.name {
                throw ValidationError("There is no generator \(generator); there is: arithmetic.")
            }
            if perLevel < 1 { throw ValidationError("--per-level must be 1 or more.") }
            _ = try range()
        }

        func run() throws {
            let generator = ArithmeticGenerator(placeLetters: placeLetters)
            var lines = ""
            var count = 0
            for level in try range() {
                let problems = try generator.problems(
                    level: level, count: perLevel, seed: seed, split: split)
                count += problems.count
                for problem in problems { lines += problem.row(.plain, split: split) + "\n" }
            }
            try Console.write(lines, to: out)
            Console.error("\(count) problems")
        }

        private func range() throws -> ClosedRange<Int> {
            let parts = levels.split(separator: "-", omittingEmptySubsequences: false)
            let ends = parts.compactMap { Int($0) }
            guard ends.count == parts.count, let first = ends.first, let last = ends.last,
                ends.count <= 2, first <= last,
                last < ArithmeticGenerator.levels.count
            else {
                throw ValidationError(
                    "--levels must be such as 2 or 0-\(ArithmeticGenerator.levels.count - 1).")
            }
            return first...last
        }
    }
}

extension Split: ExpressibleByArgument {}
extension RowFormat: ExpressibleByArgument {}
extension ExportFormat: ExpressibleByArgument {}
extension Deduplication: ExpressibleByArgument {}
extension ProblemStatistics.Grouping: ExpressibleByArgument {}
