import ArgumentParser
import Foundation
import Rollouts
import Settings
import Store
import Training

/// `assay bench loop`: what storing costs a run.
struct BenchLoopCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "loop",
        abstract: "Time the steps of a recipe, and what of them goes into the store.",
        discussion: """
            Trains as the recipe says, warm-up included, in a folder that is removed afterwards; every \
            rollout is stored. Prints medians over the steps, and the share of their time that the store \
            took, reading problems and writing the step: by the clock, and as processor time, which \
            others on the machine disturb less.
            """)

    @Argument(help: "The recipe, a YAML file.")
    var recipe: String

    @Option(name: .customLong("set"), help: "Override a field: --set warmup.tokens=300000.")
    var overrides: [String] = []

    @Option(help: "Steps to time.")
    var steps = 40

    @Option(help: "Where the folder is made, so that its disk is measured.")
    var dir = NSTemporaryDirectory()

    @Flag(help: "Print the figures as JSON.")
    var json = false

    func validate() throws {
        guard (1...100_000).contains(steps) else {
            throw ValidationError("--steps is 1 to 100000.")
        }
    }

    func run() throws {
        let recipe = try Recipe(SettingsDocument(path: recipe, overrides: overrides))
        let folder = dir + "/assay-bench-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let found = try LoopBenchmark(recipe, steps: steps, in: RunDirectory(folder)).run()
        let parts: [(String, Elapsed, Double)] = [
            ("step_ms", found.step, 1000), ("reading_ms", found.reading, 1000),
            ("recording_ms", found.recording, 1000), ("metric_files_ms", found.publishing, 1000),
            ("store_percent", found.share, 100),
        ]
        let figures =
            [("steps", Double(found.steps))]
            + parts.flatMap { name, time, unit in
                [(name, time.wall * unit), ("processor_\(name)", time.processor * unit)]
            }
        if json {
            let members = figures.map { ($0.0, JSONValue.number($0.1)) }
            print(JSONValue.object(Dictionary(uniqueKeysWithValues: members)).serialized())
        } else {
            for (name, value) in figures { print("\(name) \(String(format: "%.2f", value))") }
        }
    }
}
