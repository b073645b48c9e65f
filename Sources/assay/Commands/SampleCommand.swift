import ArgumentParser
import Rollouts
import Training

struct SampleCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sample",
        abstract: "Let a run's policy answer prompts, or held-out problems, with their scores.",
        discussion: """
            Examples:
              assay sample runs/demo
              assay sample runs/demo --prompt '47+85=' --count 4
              assay sample runs/demo --checkpoint best --problems-per-level 5
            """)

    @Argument(help: "A run directory.")
    var directory: String

    @Option(help: "A prompt in the form that the policy was trained on; may be repeated.")
    var prompt: [String] = []

    @Option(help: "Completions a prompt.")
    var count = 1

    @Option(help: "Softmax temperature; 0 decodes greedily.")
    var temperature = 1.0

    @Option(help: "Seed of the sampling.")
    var seed: UInt64 = 1

    @Option(help: "Held-out problems a level, where no prompt is given.")
    var problemsPerLevel = 2

    @Option(help: "best, last, start, a step, or a checkpoint folder's name. Default: last.")
    var checkpoint: String?

    func validate() throws {
        if count < 1 || problemsPerLevel < 1 { throw ValidationError("Counts must be 1 or more.") }
        if !(temperature >= 0 && temperature <= 100) {
            throw ValidationError("--temperature must be in 0...100.")
        }
    }

    func run() throws {
        let trained = try TrainedPolicy(RunDirectory(directory), checkpoint: checkpoint)
        let asked =
            prompt.isEmpty
            ? try trained.heldOut(perLevel: problemsPerLevel)
            : prompt.enumerated().map {
                Problem(id: "prompt \($0.offset + 1)", prompt: $0.element, answer: "")
            }
        for sample in try trained.sample(
            asked, count: count, temperature: temperature, seed: seed)
        {
            let score = sample.score.map(Self.describe) ?? ""
            print("\(sample.problem.prompt)\(sample.completion.text)\(score)")
        }
    }

    private static func describe(_ score: Score) -> String {
        let reward = score.reward.map { String($0) } ?? "none"
        guard score.status == .scored else {
            return "  [\(score.status.rawValue), reward \(reward)]"
        }
        return "  [\(score.isCorrect == true ? "right" : "wrong"), reward \(reward)]"
    }
}
