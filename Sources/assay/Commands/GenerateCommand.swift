import ArgumentParser
import Foundation
import Policy
import Rollouts

/// `assay generate`: completions of a model from its folder.
struct GenerateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "generate",
        abstract: "Let a model from a folder complete prompts.",
        discussion: """
            The folder has config.json, safetensors and tokenizer.json. With --chat, prompts are what a \
            user says, in the model's own chat template or the format that is named. With --json, each \
            line has the prompt, the text, the tokens, their log-probabilities and why it ended.

            Examples:
              assay generate models/Qwen2.5-0.5B-Instruct --chat template --prompt 'What is 17 * 3?'
              assay generate models/SmolLM2-135M --prompt 'Once' --count 4 --max-tokens 64 --json
            """)

    /// How a prompt becomes the model's text.
    enum Chat: String, ExpressibleByArgument, CaseIterable {
        case none
        case template
        case qwen2
        case qwen3
        case llama3

        func format(_ folder: URL) throws -> ChatFormat {
            switch self {
            case .none: return .plain
            case .qwen2: return .qwen2
            case .qwen3: return .qwen3(thinks: true)
            case .llama3: return .llama3(beginsText: true)
            case .template:
                guard let format = try ChatFormat.detect(folder: folder) else {
                    throw ValidationError("The folder has no chat template; name a format.")
                }
                return format
            }
        }
    }

    @Argument(help: "A model's folder.")
    var folder: String

    @Option(help: "A prompt; may be repeated.")
    var prompt: [String] = []

    @Option(
        help: "A file with a prompt a line, `-` for standard input; JSON strings keep line ends.")
    var prompts: String?

    @Option(
        help: "How prompts become text: \(Chat.allCases.map(\.rawValue).joined(separator: ", ")).")
    var chat = Chat.none

    @Option(help: "A system message, with --chat.")
    var system: String?

    @Option(help: "Completions a prompt.")
    var count = 1

    @Option(help: "Most tokens of a completion.")
    var maxTokens = 256

    @Option(help: "Softmax temperature; 0 decodes greedily.")
    var temperature: Float = 1

    @Option(help: "Keep the k likeliest tokens; 0 keeps all.")
    var topK = 0

    @Option(help: "Keep the likeliest tokens of this much mass.")
    var topP: Float = 1

    @Option(help: "Keep tokens at least this fraction as likely as the likeliest.")
    var minP: Float = 0

    @Option(help: "A text that ends a completion; may be repeated.")
    var stop: [String] = []

    @Option(help: "Seed: the same one gives the same completions, whatever the batch.")
    var seed: UInt64 = 1

    @Option(help: "f32, or bf16 for products of bfloat16.")
    var precision = PrecisionArgument.f32

    @Option(help: "A low-rank adapter's folder (PEFT).")
    var adapter: String?

    @Option(help: "Threads.")
    var threads = ProcessInfo.processInfo.activeProcessorCount

    @Option(help: "Completions sampled at the same time.")
    var batch = 64

    @Flag(help: "Print JSON, a line a completion.")
    var json = false

    func validate() throws {
        if count < 1 || batch < 1 { throw ValidationError("Counts must be 1 or more.") }
        if !(1...256).contains(threads) { throw ValidationError("--threads is 1 to 256.") }
        if prompt.isEmpty == (prompts == nil) {
            throw ValidationError("Give --prompt, or --prompts with a file.")
        }
        if system != nil, chat == .none { throw ValidationError("--system needs --chat.") }
    }

    func run() throws {
        let url = URL(fileURLWithPath: folder)
        let tokenizer = try BytePairTokenizer(folder: url)
        let format = try chat.format(url)
        let asked = try prompt + (prompts.map(Self.read) ?? [])
        let texts = try asked.map { try text(of: $0, format) }
        let encoded = try texts.map { text in
            // A chat format writes what begins a text itself.
            try tokenizer.encode(text, addsSpecialTokens: chat == .none)
        }
        let model = try Transformer(folder: url, precision: precision.value)
        if let adapter {
            try model.addAdapter(folder: URL(fileURLWithPath: adapter), threads: threads)
        }
        guard tokenizer.count <= model.configuration.vocabularySize else {
            throw PolicyError.invalidTokenizer(
                reason: "\(tokenizer.count) tokens do not fit the model's "
                    + "\(model.configuration.vocabularySize)")
        }
        let rows = encoded.flatMap { Array(repeating: $0, count: count) }
        let sampler = Sampler(model, slots: min(batch, rows.count), threads: threads)
        let sampled = try sampler.sample(
            prompts: rows,
            seeds: rows.indices.map { row in
                var random = SplitMix64(seed: seed, UInt64(row))
                return random.next()
            },
            settings: SamplingSettings(
                temperature: temperature, topK: topK, topP: topP, minP: minP,
                maximumNewTokens: maxTokens),
            stop: StopRule(tokens: Set(tokenizer.endTokens), texts: stop) {
                tokenizer.tokenBytes($0) ?? []
            })
        for (row, completion) in sampled.enumerated() {
            try print(asked[row / count], completion, tokenizer)
        }
    }

    private func text(of prompt: String, _ format: ChatFormat) throws -> String {
        guard chat != .none else { return prompt }
        let first = system.map { [ChatMessage(role: "system", content: $0)] } ?? []
        return try format.text(
            of: first + [ChatMessage(role: "user", content: prompt)], addsGenerationPrompt: true)
    }

    private static func read(_ path: String) throws -> [String] {
        try Console.read(path).split(separator: 0x0A).enumerated().map { number, line in
            if line.first == UInt8(ascii: "\""), let text = try? JSONValue.parse(Data(line)).string
            {
                return text
            }
            guard let text = String(validating: line, as: UTF8.self) else {
                throw ValidationError("\(path):\(number + 1): not UTF-8")
            }
            return text
        }
    }

    private func print(
        _ prompt: String, _ sampled: SampledTokens, _ tokenizer: BytePairTokenizer
    ) throws {
        let ends = Set(tokenizer.endTokens)
        // Models are wider than their vocabularies: rows that no token has are no text.
        let text = try tokenizer.decode(
            sampled.tokens.filter { !ends.contains($0) && tokenizer.tokenBytes($0) != nil })
        guard json else {
            Swift.print(text)
            return
        }
        let record: [String: JSONValue] = [
            "prompt": .string(prompt), "text": .string(text),
            "tokens": .array(sampled.tokens.map { .integer(Int64($0)) }),
            "logprobs": .array(sampled.logProbabilities.map { .number(Double($0)) }),
            "finish_reason": .string(sampled.stopReason.rawValue),
        ]
        Swift.print(JSONValue.object(record).serialized())
    }
}
