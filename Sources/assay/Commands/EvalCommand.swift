import ArgumentParser
import Curricula
import Foundation
import Rollouts
import Store
import Training

struct EvalCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "eval",
        abstract: "Measure a run's policy on its held-out problems, or on those of a file.",
        discussion: """
            Accuracy is pass@1 over all samples; with several samples a problem, pass@k is the \
            unbiased estimate. Sampling is as in the recipe's evaluation unless options say \
            otherwise, and draws from the same stream at every call: two checkpoints differ by \
            the policy alone.

            Examples:
              assay eval runs/demo --checkpoint best --problems-per-level 200
              assay eval runs/demo --samples 16 --temperature 0.8
              assay eval runs/demo --problems other.jsonl --reward verifiers/math.yaml --json
            """)

    @Argument(help: "A run directory.")
    var directory: String

    @Option(help: "Held-out problems a level.")
    var problemsPerLevel = 100

    @Option(
        help: ArgumentHelp(
            "Ask the problems of this file, or of all files in this folder, instead.",
            discussion: "Rows as assay curriculum import reads them.", valueName: "path"))
    var problems: String?

    @Option(help: "best, last, start, a step, or a checkpoint folder's name. Default: last.")
    var checkpoint: String?

    @Option(help: "Completions sampled of each problem. Default: the recipe's.")
    var samples: Int?

    @Option(help: "Softmax temperature of the samples. Default: the recipe's.")
    var temperature: Double?

    @Option(help: "Probability mass that is sampled from. Default: the recipe's.")
    var topP: Double?

    @Option(help: "A reward spec that judges. Default: the one of the run's evaluations.")
    var reward: String?

    @Flag(help: "Print JSON.")
    var json = false

    func validate() throws {
        if problemsPerLevel < 1 {
            throw ValidationError("--problems-per-level must be 1 or more.")
        }
        let most = EvaluationSettings.mostSamples
        if let samples, !(1...most ~= samples) {
            throw ValidationError("--samples must be in 1...\(most).")
        }
        if let temperature, !(0.01...10 ~= temperature) {
            throw ValidationError("--temperature must be in 0.01...10.")
        }
        if let topP, !(topP > 0 && topP <= 1) {
            throw ValidationError("--top-p must be above 0, up to 1.")
        }
        if let problems, Int(problems) != nil,
            !FileManager.default.fileExists(atPath: problems)
        {
            throw ValidationError(
                "--problems names a file; the number of problems is --problems-per-level.")
        }
    }

    func run() throws {
        let trained = try TrainedPolicy(
            RunDirectory(directory), checkpoint: checkpoint, reward: reward)
        var settings = trained.evaluationSettings
        settings.samples = samples ?? settings.samples
        settings.temperature = temperature ?? settings.temperature
        settings.topP = topP ?? settings.topP
        let (asked, bad) =
            try problems.map(Self.read) ?? (trained.heldOut(perLevel: problemsPerLevel), 0)
        let evaluation = try trained.evaluate(asked, settings)
        if json {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys]
            print(String(decoding: try encoder.encode(evaluation), as: UTF8.self))
        } else {
            print("checkpoint \(trained.checkpoint)")
            print(evaluation.table())
        }
        if bad > 0 { Console.error("assay: warning: \(bad) rows cannot be read; left out") }
        if evaluation.all.unscored > 0 || bad > 0 { throw ExitCode(3) }
    }

    /// The problems of a file or folder, and how many of its rows cannot be used.
    private static func read(_ path: String) throws -> (problems: [Problem], bad: Int) {
        var rows = try ProblemRows(
            path: path,
            options: .init(policy: "unknown", isStrict: false, longest: 64 << 20))
        var problems: [Problem] = []
        while let line = try rows.next() {
            if case .problem(let row) = line.row { problems.append(row.problem) }
        }
        for fault in rows.firstBad { Console.error("left out: \(fault)") }
        guard !problems.isEmpty else { throw CurriculumError.noRows(file: path) }
        return (problems, rows.bad)
    }
}
