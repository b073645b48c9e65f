import Curricula
import Foundation
import Policy
import Rollouts

/// The policy with its tokenizer: prompts in, scored-ready completions out.
struct PolicyEngine {
    let tokenizer: any Tokenizer
    /// How a problem's prompt becomes the model's text.
    let chat: ChatFormat
    let sampler: Sampler
    let endOfText: Int32
    /// What answers the policy's turns; nil where a completion is one turn.
    let environment: (any InteractiveTask)?

    init(
        model: Transformer, tokenizer: any Tokenizer, chat: ChatFormat = .plain, threads: Int,
        slots: Int = 128, environment: (any InteractiveTask)? = nil
    ) {
        self.environment = environment
        self.tokenizer = tokenizer
        self.chat = chat
        sampler = Sampler(model, slots: slots, threads: threads)
        endOfText = tokenizer.endOfText
    }

    /// Completions of each problem with the entropy of every sampled position.
    struct Sampled {
        var completion: Completion
        var promptTokens: [Int32]
        /// Mean entropy over the completion's positions, in nats.
        var meanEntropy: Double
    }

    /// A prompt's tokens, refused where prompt and completion do not fit into the context.
    func encode(_ problem: Problem, room: Int) throws -> [Int32] {
        let tokens: [Int32]
        do {
            tokens = try tokenizer.encode(
                chat.text(
                    of: [ChatMessage(role: "user", content: problem.prompt)],
                    addsGenerationPrompt: true))
        } catch {
            throw TrainingError.unreadablePrompt(problem: problem.id, reason: "\(error)")
        }
        let maximum = sampler.model.configuration.maximumLength
        guard tokens.count + room <= maximum else {
            throw TrainingError.promptTooLong(
                problem: problem.id, tokens: tokens.count + room, maximum: maximum)
        }
        return tokens
    }

    /// Samples `count` completions of each problem; row r of the call draws from the stream
    /// (seed, stream, r), whatever the batch and the threads.
    ///
    /// Where an environment answers, a completion is a rollout of several turns.
    ///
    /// - Parameter stopsAtEnd: whether the end-of-text token ends a completion.
    func sample(
        _ problems: [Problem], count: Int, settings: SamplingSettings, seed: UInt64,
        stream: UInt64, stopsAtEnd: Bool = true
    ) throws -> [[Sampled]] {
        if let environment {
            return try sampleTurns(
                problems, count: count, settings: settings, seed: seed, stream: stream, environment)
        }
        var prompts: [[Int32]] = []
        for problem in problems {
            let tokens = try encode(problem, room: settings.maximumNewTokens)
            prompts.append(contentsOf: repeatElement(tokens, count: count))
        }
        let seeds = prompts.indices.map { row in
            var rng = SplitMix64(seed: seed, stream, UInt64(row))
            return rng.next()
        }
        let rows = try sampler.sample(
            prompts: prompts, seeds: seeds, settings: settings,
            stop: stopsAtEnd ? Set(tokenizer.endTokens) : [])
        let ends = Set(tokenizer.endTokens)
        return try problems.indices.map { index in
            try (0..<count).map { member in
                let row = rows[index * count + member]
                let text = try tokenizer.decode(
                    row.tokens.filter { !ends.contains($0) && tokenizer.has($0) })
                return Sampled(
                    completion: Completion(
                        text: text, tokens: row.tokens, logProbabilities: row.logProbabilities,
                        stopReason: row.stopReason),
                    promptTokens: prompts[index * count + member],
                    meanEntropy: Self.mean(row.entropies))
            }
        }
    }

    static func mean(_ entropies: [Float]) -> Double {
        entropies.isEmpty
            ? 0 : entropies.reduce(0) { $0 + Double($1) } / Double(entropies.count)
    }
}
