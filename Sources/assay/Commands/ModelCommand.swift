import ArgumentParser
import Foundation
import Policy
import Rollouts

/// `assay model`: folders of models as `transformers` writes them.
struct ModelCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "model",
        abstract: "Look at, make, run and convert folders of models (config.json, safetensors).",
        discussion: """
            Served are Llama and SmolLM, Qwen2 and Qwen2.5, Qwen3, and Qwen3 with experts, with \
            weights in F32, F16 or BF16.
            """,
        subcommands: [
            ModelInfoCommand.self, ModelNewCommand.self, ModelForwardCommand.self,
            ModelConvertCommand.self,
        ])
}

/// `assay model info`: what a folder holds.
struct ModelInfoCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "info", abstract: "Say what a model is, and whether its files are sound.")

    @Argument(help: "A model's folder.")
    var folder: String

    @Flag(help: "Print JSON.")
    var json = false

    func run() throws {
        let url = URL(fileURLWithPath: folder)
        let model = try Transformer(folder: url)
        let c = model.configuration
        let types = Set(try TensorArchive(url).entries.map(\.type)).sorted()
        var figures: [(String, JSONValue)] = [
            ("family", .string(c.family.rawValue)), ("head", .string(c.head.rawValue)),
            ("parameters", .integer(Int64(model.parameterCount))),
            ("types", .array(types.map { .string($0) })),
            ("vocabulary", .integer(Int64(c.vocabularySize))), ("width", .integer(Int64(c.width))),
            ("layers", .integer(Int64(c.layers))), ("heads", .integer(Int64(c.heads))),
            ("key_value_heads", .integer(Int64(c.keyValueHeads))),
            ("head_width", .integer(Int64(c.headWidth))),
            ("feed_forward", .integer(Int64(c.feedForwardWidth))),
            ("maximum_length", .integer(Int64(c.maximumLength))),
            ("tied_embedding", .bool(c.tiesEmbedding)),
        ]
        if let experts = c.experts {
            figures.append(("experts", .integer(Int64(experts.count))))
            figures.append(("experts_per_token", .integer(Int64(experts.perToken))))
        }
        if json {
            print(JSONValue.object(Dictionary(uniqueKeysWithValues: figures)).serialized())
        } else {
            for (name, value) in figures {
                let label = (name + ":").padding(toLength: 20, withPad: " ", startingAt: 0)
                print(label + (value.string ?? value.serialized()))
            }
        }
    }
}

/// `assay model new`: random weights of a shape.
struct ModelNewCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "new",
        abstract: "Write a model of random weights.",
        discussion: """
            The shape comes from a config.json, or is that of a known model:
              assay model new models/half --like qwen2.5-0.5b
              assay model new models/mine --config config.json --dtype bf16
            """)

    /// Shapes of published models.
    enum Known: String, ExpressibleByArgument, CaseIterable {
        case qwen05 = "qwen2.5-0.5b"
        case smol135 = "smollm2-135m"
    }

    @Argument(help: "The folder to write.")
    var folder: String

    @Option(help: "A config.json that says the shape.")
    var config: String?

    @Option(help: "A known shape: \(Known.allCases.map(\.rawValue).joined(separator: ", ")).")
    var like: Known?

    @Option(help: "Seed of the weights.")
    var seed: UInt64 = 1

    @Option(help: "How the files keep numbers: f32, f16 or bf16.")
    var dtype = StoredType.f32

    @Option(help: "Bytes that no file of weights exceeds.")
    var shardSize = 5_000_000_000

    func validate() throws {
        if (config == nil) == (like == nil) {
            throw ValidationError("Give either --config or --like.")
        }
    }

    func run() throws {
        let shape =
            try config.map {
                try TransformerConfiguration(configJSON: Data(contentsOf: URL(fileURLWithPath: $0)))
            } ?? (like ?? .qwen05).shape
        let model = try Transformer(shape, seed: seed)
        try model.save(
            folder: URL(fileURLWithPath: folder), elementType: dtype.elementType,
            shardSize: shardSize)
        print("\(folder): \(model.parameterCount) parameters")
    }
}

extension ModelNewCommand.Known {
    var shape: TransformerConfiguration {
        switch self {
        case .qwen05:
            var shape = TransformerConfiguration(
                family: .qwen2, vocabularySize: 151_936, width: 896, layers: 24, heads: 14,
                keyValueHeads: 2, feedForwardWidth: 4864, maximumLength: 32_768,
                ropeBase: 1_000_000, normEpsilon: 1e-6)
            shape.hasQueryKeyValueBias = true
            return shape
        case .smol135:
            return TransformerConfiguration(
                vocabularySize: 49_152, width: 576, layers: 30, heads: 9, keyValueHeads: 3,
                feedForwardWidth: 1536, maximumLength: 8192, ropeBase: 100_000)
        }
    }
}

/// How files keep numbers, as an argument.
enum StoredType: String, ExpressibleByArgument, CaseIterable {
    case f32
    case f16
    case bf16

    var elementType: SafeTensors.ElementType {
        switch self {
        case .f32: .float32
        case .f16: .float16
        case .bf16: .bfloat16
        }
    }
}

/// `assay model convert`: another type, or an adapter merged.
struct ModelConvertCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "convert",
        abstract: "Write a model anew: with an adapter merged, in another type, in other shards.")

    @Argument(help: "A model's folder.")
    var folder: String

    @Option(help: "The folder to write.")
    var out: String

    @Option(help: "A folder with adapter_config.json and adapter_model.safetensors (PEFT).")
    var adapter: String?

    @Option(help: "How the files keep numbers: f32, f16 or bf16.")
    var dtype = StoredType.f32

    @Option(help: "Bytes that no file of weights exceeds.")
    var shardSize = 5_000_000_000

    func run() throws {
        let source = URL(fileURLWithPath: folder)
        let target = URL(fileURLWithPath: out)
        guard source.resolvingSymlinksInPath() != target.resolvingSymlinksInPath() else {
            throw ValidationError("--out is the folder that is read.")
        }
        let model = try Transformer(folder: source)
        if let adapter { try model.addAdapter(folder: URL(fileURLWithPath: adapter)) }
        try model.save(folder: target, elementType: dtype.elementType, shardSize: shardSize)
        try copyBeside(source, target)
        print("\(out): \(model.parameterCount) parameters")
    }

    /// The tokenizer's files go along.
    private func copyBeside(_ source: URL, _ target: URL) throws {
        let names = [
            "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json",
            "generation_config.json", "chat_template.jinja", "vocab.json", "merges.txt",
        ]
        for name in names {
            guard let data = try? Data(contentsOf: source.appending(path: name)) else { continue }
            try data.write(to: target.appending(path: name), options: .atomic)
        }
    }
}
