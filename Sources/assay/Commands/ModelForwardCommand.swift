import ArgumentParser
import Foundation
import Policy
import Rollouts

/// `assay model forward`: what a model says of tokens, for comparisons with other engines.
struct ModelForwardCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "forward",
        abstract: "Write logits and gradients of token sequences as safetensors.",
        discussion: """
            TOKENS is a file with a JSON list of token ids a line. The result has `logits` \
            [positions, vocabulary] of all tokens but each line's last, or a scalar head's `values` of \
            all tokens; with --gradients also `grad.NAME` of every parameter, for the mean \
            cross-entropy of the next tokens, or the mean of the values.
            """)

    @Argument(help: "A model's folder.")
    var folder: String

    @Argument(help: "A file with a JSON list of token ids a line.")
    var tokens: String

    @Option(help: "The safetensors file to write.")
    var out: String

    @Flag(help: "Gradients too.")
    var gradients = false

    @Option(help: "An adapter's folder (PEFT), merged for the logits; its gradients are told then.")
    var adapter: String?

    @Option(help: "f32, or bf16 for products of bfloat16.")
    var precision = PrecisionArgument.f32

    func run() throws {
        let model = try Transformer(
            folder: URL(fileURLWithPath: folder), precision: precision.value)
        if let adapter { try model.addAdapter(folder: URL(fileURLWithPath: adapter)) }
        let sequences = try read()
        let learner = Learner(model)
        var content = SafeTensors.Content(tensors: [])
        if model.configuration.head == .scalar {
            let batch = PackedBatch(whole: sequences)
            let share = 1 / Float(max(1, batch.count))
            let values =
                gradients
                ? try learner.accumulateValues(batch) { $0.map { _ in share } }
                : try learner.values(batch)
            content.tensors = [
                SafeTensors.Tensor(name: "values", shape: [values.count], values: values)
            ]
        } else {
            let batch = PackedBatch(sequences: sequences)
            let vocabulary = model.configuration.vocabularySize
            content.tensors = [
                SafeTensors.Tensor(
                    name: "logits", shape: [batch.count, vocabulary],
                    values: try learner.logits(batch))
            ]
            if gradients {
                try learner.accumulateCrossEntropy(
                    batch, weights: [Float](repeating: 1, count: batch.count))
            }
        }
        if gradients { content.tensors += learner.gradientTensors(prefix: "grad.") }
        try SafeTensors.write(content, to: URL(fileURLWithPath: out))
    }

    private func read() throws -> [[Int32]] {
        let text = try String(contentsOf: URL(fileURLWithPath: tokens), encoding: .utf8)
        return try text.split(separator: "\n").enumerated().map { number, line in
            guard let list = try? JSONValue.parse(Data(line.utf8)).array else {
                throw ValidationError("\(tokens):\(number + 1): no JSON list of token ids")
            }
            return try list.map {
                guard let id = $0.int.flatMap({ Int32(exactly: $0) }) else {
                    throw ValidationError("\(tokens):\(number + 1): not a token id")
                }
                return id
            }
        }
    }
}

/// What products multiply, as an argument.
enum PrecisionArgument: String, ExpressibleByArgument, CaseIterable {
    case f32
    case bf16

    var value: Precision { self == .f32 ? .float32 : .bfloat16 }
}
