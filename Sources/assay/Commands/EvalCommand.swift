import ArgumentParser
import Foundation
import Rollouts
import Training

struct EvalCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "eval",
        abstract: "Measure a run's policy on its held-out problems.",
        discussion: "Example: assay eval runs/demo --problems 200")

    @Argument(help: "A run directory.")
    var directory: String

    @Option(help: "Held-out problems a level.")
    var problems = 100

    @Option(help: "A checkpoint folder's name, such as policy-000050. Default: the newest.")
    var checkpoint: String?

    @Flag(help: "Print JSON.")
    var json = false

    func validate() throws {
        if problems < 1 { throw ValidationError("--problems must be 1 or more.") }
    }

    func run() throws {
        let trained = try TrainedPolicy(RunDirectory(directory), checkpoint: checkpoint)
        let evaluation = try trained.evaluate(perLevel: problems)
        if json {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys]
            print(String(decoding: try encoder.encode(evaluation), as: UTF8.self))
            return
        }
        print("checkpoint \(trained.checkpoint)")
        for (level, figures) in evaluation.levels.sorted(by: { $0.key < $1.key }) {
            print("level \(level): \(Self.line(figures))")
        }
        print("all:     \(Self.line(evaluation.all))")
        if evaluation.all.unscored > 0 { throw ExitCode(3) }
    }

    private static func line(_ figures: Evaluation.Figures) -> String {
        String(
            format: "%5.1f%% sampled  %5.1f%% greedy  %5.1f tokens  %.3f nats a token  (%d asked)",
            figures.accuracy * 100, figures.greedyAccuracy * 100, figures.meanLength,
            figures.entropy, figures.problems)
    }
}
