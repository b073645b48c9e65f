public import ArgumentParser
import Foundation
public import Policy
import Rollouts

/// `assay bench train`: training steps of a model of random weights.
struct BenchTrainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "train",
        abstract: "Time training steps: forward, backward and AdamW, on random tokens.",
        discussion: """
            Sizes: a 0.9 M parameters, 4,096 tokens a step; b 5.2 M, 4,096; c 134.5 M, 1,024. The \
            median of the steps is told, and the share of what large matrix products reach here.
            """)

    @OptionGroup var options: BenchEngineOptions

    func run() throws { print(options.text(try options.benchmark.train(), extra: [:])) }
}

/// `assay bench sample`: sampling with a key-value cache.
struct BenchSampleCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sample",
        abstract: "Time sampling with a key-value cache, on random weights.",
        discussion: """
            Rows of 8 prompt tokens are filled up to 128 tokens or the model's length. A step is \
            one token of every row.
            """)

    @OptionGroup var options: BenchEngineOptions

    @Option(help: "Rows sampled at the same time.")
    var batch = 64

    func validate() throws {
        guard (1...4096).contains(batch) else { throw ValidationError("--batch is 1 to 4096.") }
    }

    func run() throws {
        let found = try options.benchmark.sample(rows: batch)
        print(options.text(found, extra: ["batch": .integer(Int64(batch))]))
    }
}

/// What both commands ask for and print.
struct BenchEngineOptions: ParsableArguments {
    @Option(help: "The model: a, b or c.")
    var size: BenchmarkSize

    @Option(help: "Threads.")
    var threads = ProcessInfo.processInfo.activeProcessorCount

    @Option(help: "Measure for at least this many seconds.")
    var seconds = 5.0

    @Flag(help: "Print JSON.")
    var json = false

    var benchmark: EngineBenchmark {
        EngineBenchmark(size, threads: threads, seconds: seconds)
    }

    func validate() throws {
        guard (1...256).contains(threads) else {
            throw ValidationError("--threads is 1 to 256.")
        }
        guard seconds >= 0, seconds <= 3600 else {
            throw ValidationError("--seconds is 0 to 3600.")
        }
    }

    func text(_ figures: EngineBenchmark.Figures, extra: [String: JSONValue]) -> String {
        guard json else {
            return String(
                format: "%.3f ms a step, %.0f tokens/s, %.1f GFLOP/s, %.0f %% of %.0f",
                figures.seconds * 1000, figures.tokensPerSecond, figures.gigaflops,
                figures.share * 100, figures.peak)
        }
        let members: [String: JSONValue] = [
            "size": .string(size.rawValue), "precision": "f32",
            "threads": .integer(Int64(threads)),
            "parameters": .integer(Int64(figures.parameters)),
            "ms_per_step": .number(figures.seconds * 1000),
            "tokens_per_second": .number(figures.tokensPerSecond),
            "gflops": .number(figures.gigaflops), "peak_gflops": .number(figures.peak),
            "share_of_peak": .number(figures.share), "steps": .integer(Int64(figures.steps)),
        ]
        return JSONValue.object(members.merging(extra) { first, _ in first }).serialized()
    }
}

extension BenchmarkSize: ExpressibleByArgument {}
