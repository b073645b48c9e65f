public import ArgumentParser
public import Curricula
import Rollouts

struct CurriculumGenerate: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "generate",
        abstract: "Write problems of a built-in task as JSON lines.",
        discussion: """
            Tasks and their levels:
            \(GeneratedTask.allCases.map(describe).joined(separator: "\n"))
            Example: assay curriculum generate arithmetic --per-level 400 --out problems.jsonl
            """)

    private static func describe(_ task: GeneratedTask) -> String {
        let levels = task.type.levels.enumerated().map { "\($0.offset) \($0.element)" }
        return "  \(task.rawValue): \(task.type.summary)\n    \(levels.joined(separator: "; "))"
    }

    @Argument(help: "The task: \(GeneratedTask.names).")
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

    func validate() throws {
        if perLevel < 1 { throw ValidationError("--per-level must be 1 or more.") }
        _ = try range()
    }

    func run() throws {
        let generator = task.generator(placeLetters: placeLetters)
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
