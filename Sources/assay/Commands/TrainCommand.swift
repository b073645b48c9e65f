import ArgumentParser
import Foundation
import Rollouts
import Settings
import Training

struct TrainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "train",
        abstract: "Train a policy by a recipe: warm-up, rollouts, rewards, filter, updates.",
        discussion: """
            Everything about the run lies in its directory: the resolved recipe, checkpoints, \
            metrics, the SQLite file with problems and rollouts, and report.html. Ctrl-C finishes \
            the step, saves, and says how to go on.

            Examples:
              assay train recipes/arithmetic.yaml
              assay train recipes/arithmetic.yaml --set objective.filter=shortest --run-dir runs/s
              assay train recipes/arithmetic.yaml --run-dir runs/s --resume
              assay train recipes/arithmetic.yaml --set 'objective={preset: gspo}' --from runs/s
            """)

    @Argument(help: "The recipe, a YAML file.")
    var recipe: String

    @Option(name: .customLong("set"), help: "Override a field: --set optimizer.learning_rate=1e-4.")
    var overrides: [String] = []

    @Option(help: "Where the run lies. Default: runs/ and the recipe's name.")
    var runDir: String?

    @Option(help: "A run whose policy after the warm-up is where this one starts.")
    var from: String?

    @Flag(help: "Go on from the last checkpoint of the run directory.")
    var resume = false

    @Flag(help: "Remove the run that the directory holds and start over.")
    var force = false

    @Flag(help: "Print the resolved recipe and train nothing.")
    var dryRun = false

    @Flag(help: "Print the summary as JSON on standard output.")
    var json = false

    func validate() throws {
        if resume && force { throw ValidationError("--resume and --force exclude each other.") }
    }

    func run() throws {
        let recipe = try Recipe(SettingsDocument(path: recipe, overrides: overrides))
        if dryRun {
            try print(recipe.yaml(), terminator: "")
            return
        }
        let directory = RunDirectory(runDir ?? "runs/\(recipe.name)")
        let observer = ProgressPrinter()
        let interruption = Interruption()
        interruption.listen {
            Console.error("\nassay: stopping after this step; press Ctrl-C again to end at once")
        }
        let mode: TrainingRun.Mode = resume ? .resume : force ? .overwrite : .start
        let summary = try TrainingRun(recipe, in: directory).train(
            mode, from: from.map(RunDirectory.init), observer: observer,
            interruption: interruption)
        observer.finishLine()
        try Report.write(for: directory)
        if json {
            print(String(decoding: try directory.read(directory.summary), as: UTF8.self))
        } else {
            print(summary.table())
            print("\nreport: \(directory.report)")
        }
    }
}
