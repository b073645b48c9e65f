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
            the step, saves, and prints the command that goes on; a second one ends at once and \
            loses the steps since the last checkpoint.

            Examples:
              assay train recipes/arithmetic.yaml
              assay train recipes/arithmetic.yaml --set objective.filter=shortest --run-dir runs/s
              assay train recipes/arithmetic.yaml --run-dir runs/s --resume
              assay train recipes/arithmetic.yaml --set budget.stop_when.accuracy=0.9
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

    @Flag(
        help: ArgumentHelp(
            "Remove the run that the directory holds and start over.",
            discussion:
                "With --resume: go on although recipe, spec or data differ, and record what does."))
    var force = false

    @Flag(
        help: ArgumentHelp(
            "Print the resolved recipe and train nothing.",
            discussion: "The estimated work goes to standard error."))
    var dryRun = false

    @Flag(help: "Print the summary as JSON on standard output.")
    var json = false

    func run() throws {
        let recipe = try Recipe(SettingsDocument(path: recipe, overrides: overrides))
        if dryRun {
            try print(recipe.yaml(), terminator: "")
            Console.error(try WorkEstimate(recipe).text)
            return
        }
        let directory = RunDirectory(runDir ?? "runs/\(recipe.name)")
        let observer = ProgressPrinter()
        let interruption = Interruption()
        interruption.listen {
            Console.error("\nassay: stopping after this step; press Ctrl-C again to end at once")
        }
        let mode: TrainingRun.Mode =
            resume ? force ? .resumeChanged : .resume : force ? .overwrite : .start
        let summary: RunSummary
        do {
            summary = try TrainingRun(recipe, in: directory).train(
                mode, from: from.map(RunDirectory.init), observer: observer,
                interruption: interruption)
        } catch TrainingError.interrupted(let path, let step) {
            observer.finishLine()
            throw Stopped(
                path: path, step: step,
                command: ResumeCommand.line(CommandLine.arguments, directory: directory.path))
        }
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

/// A clean stop, with the command that goes on.
private struct Stopped: UserError {
    let path: String
    let step: Int
    let command: String

    var description: String { "stopped after step \(step); saved in \(path)" }
    var remedy: String { "Go on with:\n    \(command)" }
    var fault: Fault { .work }
}
