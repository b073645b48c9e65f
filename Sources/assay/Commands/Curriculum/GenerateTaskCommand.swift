public import ArgumentParser
public import Curricula
import Foundation
import Rollouts

struct CurriculumGenerate: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "generate",
        abstract: "Write problems of a built-in task as JSON lines.",
        discussion: """
            \(GeneratedTask.allCases.map(line).joined(separator: "\n"))

            Levels and examples of a task: assay curriculum generate lookup --describe
            Example: assay curriculum generate arithmetic --per-level 400 --out problems.jsonl
            """)

    private static func line(_ task: GeneratedTask) -> String {
        let name = task.rawValue.padding(toLength: 12, withPad: " ", startingAt: 0)
        return "  \(name)\(task.type.summary)"
    }

    @Argument(help: "The task.")
    var task: GeneratedTask

    @Option(help: "Where the problems go; - is standard output.")
    var out = "-"

    @Option(help: "First and last level, such as 0-2. Default: all.")
    var levels: String?

    @Option(help: "Problems a level; small levels may have fewer.")
    var perLevel = 1000

    @Option(help: "Seed.")
    var seed: UInt64 = 7

    @Option(help: "Side of the wall: \(Split.allCases.map(\.rawValue).joined(separator: " or ")).")
    var split = Split.train

    @Flag(help: "Write operands of arithmetic with place letters, 47 as b4a7.")
    var placeLetters = false

    @Flag(help: "Print the levels, each with an example, instead of problems.")
    var describe = false

    func validate() throws {
        if perLevel < 1 { throw ValidationError("--per-level must be 1 or more.") }
        _ = try range()
    }

    func run() throws {
        let generator = task.generator(placeLetters: placeLetters)
        if describe {
            try Console.write(description(of: generator), to: out)
            return
        }
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

    /// Summary, alphabet, and of every level a problem with its answer and demonstration.
    private func description(of generator: any ProblemGenerator) throws -> String {
        let type = task.type
        var random = SplitMix64(seed: seed)
        var lines = ["\(task.rawValue): \(type.summary)", "\(type.alphabet.count) characters"]
        for level in try range() {
            lines.append("level \(level): \(type.levels[level])")
            let some = try generator.problems(level: level, count: 1, seed: seed, split: split)
            guard let problem = some.first else { continue }
            let text = try generator.demonstration(for: problem, noise: .none, using: &random)
            for (name, text) in [
                ("prompt", problem.prompt), ("answer", problem.answer), ("demonstration", text),
            ] {
                let middle = text.count > 160 ? "\(text.prefix(100))…\(text.suffix(50))" : text
                lines.append("  \(name): \(middle)")
            }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private func range() throws -> ClosedRange<Int> {
        let known = task.type.levels.indices
        guard let levels else { return 0...known.count - 1 }
        let parts = levels.split(separator: "-", omittingEmptySubsequences: false)
        let ends = parts.compactMap { Int($0) }
        guard ends.count == parts.count, let first = ends.first, let last = ends.last,
            ends.count <= 2, first <= last, known.contains(last)
        else {
            throw ValidationError("--levels must be such as 0 or 0-\(known.count - 1).")
        }
        return first...last
    }
}

extension GeneratedTask: ExpressibleByArgument {}
