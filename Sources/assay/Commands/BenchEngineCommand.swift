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
            median of the steps is told, the share of what large matrix products reach here, and the \
            most memory that the process had beside what weights, gradients, moments and one block's \
            activations take.
            """)

    @OptionGroup var subject: BenchSubjectOptions

    @OptionGroup var options: BenchEngineOptions

    @Flag(help: "Compute activations again in backward instead of keeping them.")
    var recompute = false

    @Option(
        help: "Train a low-rank adapter of this rank on q_proj and v_proj instead of the weights.")
    var lora: Int?

    func run() throws {
        let found = try subject.benchmark(options).train(
            recomputes: recompute, adapter: lora.map { LowRankSettings(rank: $0) })
        print(
            options.text(
                found, subject,
                extra: [
                    "recompute": .bool(recompute),
                    "lora_rank": lora.map { .integer(Int64($0)) } ?? .null,
                ]))
    }
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

    @OptionGroup var subject: BenchSubjectOptions

    @OptionGroup var options: BenchEngineOptions

    @Option(help: "Rows sampled at the same time.")
    var batch = 64

    func validate() throws {
        guard (1...4096).contains(batch) else { throw ValidationError("--batch is 1 to 4096.") }
    }

    func run() throws {
        let found = try subject.benchmark(options).sample(rows: batch)
        print(options.text(found, subject, extra: ["batch": .integer(Int64(batch))]))
    }
}

/// Which model is measured.
struct BenchSubjectOptions: ParsableArguments {
    @Option(help: "The model: a, b or c.")
    var size: BenchmarkSize?

    @Option(help: "A model's folder, in place of a size.")
    var model: String?

    @Option(help: "With --model: tokens of a sequence.")
    var length = 256

    @Option(help: "With --model: sequences of a training step.")
    var sequences = 4

    func validate() throws {
        if (size == nil) == (model == nil) {
            throw ValidationError("Give either --size or --model.")
        }
        guard (16...65_536).contains(length), (1...4096).contains(sequences) else {
            throw ValidationError("--length is 16 to 65536, --sequences 1 to 4096.")
        }
    }

    func benchmark(_ options: BenchEngineOptions) -> EngineBenchmark {
        EngineBenchmark(
            model.map {
                .folder(URL(fileURLWithPath: $0), length: length, batch: sequences)
            } ?? .size(size ?? .a),
            precision: options.precision.value, threads: options.threads,
            seconds: options.seconds)
    }
}

/// What the engine's benchmarks ask for and print.
struct BenchEngineOptions: ParsableArguments {
    @Option(help: "f32, or bf16: products of bfloat16 with sums and weights in 32-bit floats.")
    var precision = PrecisionArgument.f32

    @Option(help: "Threads.")
    var threads = ProcessInfo.processInfo.activeProcessorCount

    @Option(help: "Measure for at least this many seconds.")
    var seconds = 5.0

    @Flag(help: "Print JSON.")
    var json = false

    func validate() throws {
        guard (1...256).contains(threads) else {
            throw ValidationError("--threads is 1 to 256.")
        }
        guard seconds >= 0, seconds <= 3600 else {
            throw ValidationError("--seconds is 0 to 3600.")
        }
    }

    func text(
        _ figures: EngineBenchmark.Figures, _ subject: BenchSubjectOptions,
        extra: [String: JSONValue]
    ) -> String {
        guard json else {
            var text = String(
                format: "%.3f ms a step, %.0f tokens/s, %.1f GFLOP/s, %.0f %% of %.0f",
                figures.seconds * 1000, figures.tokensPerSecond, figures.gigaflops,
                figures.share * 100, figures.peak)
            if let memory = figures.peakMemory {
                text += String(format: ", %.0f MB", Double(memory) / 1e6)
            }
            if let memory = figures.peakMemory, let floor = figures.memoryFloor {
                text += String(format: " (%.2f of the least)", Double(memory) / Double(floor))
            }
            return text
        }
        var members: [String: JSONValue] = [
            "size": subject.size.map { .string($0.rawValue) } ?? .null,
            "precision": .string(precision.rawValue),
            "threads": .integer(Int64(threads)),
            "parameters": .integer(Int64(figures.parameters)),
            "ms_per_step": .number(figures.seconds * 1000),
            "tokens_per_second": .number(figures.tokensPerSecond),
            "gflop_per_second": .number(figures.gigaflops),
            "peak_gflop_per_second": .number(figures.peak),
            "peak_share": .number(figures.share), "steps": .integer(Int64(figures.steps)),
        ]
        members["peak_memory_bytes"] = figures.peakMemory.map { .integer(Int64($0)) } ?? .null
        members["memory_floor_bytes"] = figures.memoryFloor.map { .integer(Int64($0)) } ?? .null
        return JSONValue.object(members.merging(extra) { first, _ in first }).serialized()
    }
}

extension BenchmarkSize: ExpressibleByArgument {}
