import ArgumentParser
import Foundation
import Policy
import Rollouts
import Training

/// `assay bench grpo`: whole GRPO steps.
struct BenchGRPOCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "grpo",
        abstract: "Time whole GRPO steps: sample, score, update.",
        discussion: """
            8 prompts of 9 characters, 8 completions of exactly 64 tokens each, a reward on their \
            text, one update of the whole batch; random weights of Qwen2's build.
            """)

    @Option(help: "The model: a or b.")
    var size: BenchmarkSize

    @OptionGroup var options: BenchEngineOptions

    func run() throws {
        let found = try GRPOBenchmark(
            size, precision: options.precision.value, threads: options.threads,
            seconds: options.seconds
        ).run()
        guard options.json else {
            print(
                String(
                    format: "%.1f ms a step: sample %.1f, score %.1f, update %.1f",
                    found.step * 1000, found.sample * 1000, found.score * 1000,
                    found.update * 1000))
            return
        }
        let members: [String: JSONValue] = [
            "size": .string(size.rawValue),
            "precision": .string(options.precision.rawValue),
            "threads": .integer(Int64(options.threads)),
            "parameters": .integer(Int64(found.parameters)),
            "seconds_per_step": .number(found.step), "sample_seconds": .number(found.sample),
            "score_seconds": .number(found.score), "update_seconds": .number(found.update),
            "steps": .integer(Int64(found.steps)),
        ]
        print(JSONValue.object(members).serialized())
    }
}
