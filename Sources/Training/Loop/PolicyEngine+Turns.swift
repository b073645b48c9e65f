import Curricula
import Policy
import Rollouts

extension PolicyEngine {
    /// Samples `count` rollouts of several turns of each problem: every turn goes on with the contexts of
    /// all unfinished rollouts at once.
    ///
    /// Turn t of row r draws from the stream (seed, stream, r, t), whatever the batch and the threads.
    /// The token limit is that of the policy's tokens in all turns together.
    func sampleTurns(
        _ problems: [Problem], count: Int, settings: SamplingSettings, seed: UInt64, stream: UInt64,
        _ environment: any InteractiveTask
    ) throws -> [[Sampled]] {
        let desk = try TurnDesk(self, environment, limit: settings.maximumNewTokens)
        var rollouts: [TurnRollout] = []
        for problem in problems {
            let prompt = try encode(problem, room: settings.maximumNewTokens)
            let rollout = TurnRollout(problem: problem, prompt: prompt)
            rollouts.append(contentsOf: repeatElement(rollout, count: count))
        }
        var open = Array(rollouts.indices)
        var turn: UInt64 = 0
        while !open.isEmpty {
            var limited = settings
            // Rows do not depend on one another, so that a row's own limit can cut it afterwards.
            limited.maximumNewTokens = open.map { desk.tokensLeft(rollouts[$0]) }.max() ?? 1
            let rows = try sampler.sample(
                prompts: open.map { rollouts[$0].context },
                seeds: open.map { row in
                    var random = SplitMix64(seed: seed, stream, UInt64(row), turn)
                    return random.next()
                }, settings: limited, stop: desk.stops)
            for (row, sampled) in zip(open, rows) { try desk.take(sampled, into: &rollouts[row]) }
            open.removeAll { rollouts[$0].isDone }
            turn += 1
        }
        return problems.indices.map { index in
            rollouts[index * count..<(index + 1) * count].map(\.sampled)
        }
    }
}

/// A rollout between two turns.
private struct TurnRollout {
    let problem: Problem
    let prompt: [Int32]
    /// What the policy goes on behind.
    var context: [Int32]
    var turns: [Turn] = []
    var completion = Completion(text: "", stopReason: .length)
    var entropies: [Float] = []
    var isDone = false

    init(problem: Problem, prompt: [Int32]) {
        (self.problem, self.prompt, context) = (problem, prompt, prompt)
    }

    var sampled: PolicyEngine.Sampled {
        PolicyEngine.Sampled(
            completion: completion, promptTokens: prompt,
            meanEntropy: PolicyEngine.mean(entropies))
    }
}

/// Takes what the policy wrote, and lets the environment answer.
private struct TurnDesk {
    let engine: PolicyEngine
    let environment: any InteractiveTask
    /// Of the policy's tokens in a rollout.
    let limit: Int
    let turnEnd: Int32
    let ends: Set<Int32>

    init(_ engine: PolicyEngine, _ environment: any InteractiveTask, limit: Int) throws {
        let mark = String(type(of: environment).turnEnd)
        let tokens = try engine.tokenizer.encode(mark)
        guard tokens.count == 1, let token = tokens.first else {
            throw PolicyError.invalidTokenizer(
                reason: "\(mark.debugDescription), which ends a turn, is not one token")
        }
        self.engine = engine
        self.environment = environment
        self.limit = limit
        turnEnd = token
        ends = Set(engine.tokenizer.endTokens)
    }

    var stops: Set<Int32> { ends.union([turnEnd]) }

    func tokensLeft(_ rollout: TurnRollout) -> Int { limit - rollout.completion.tokens.count }

    func take(_ row: SampledTokens, into rollout: inout TurnRollout) throws {
        let count = min(row.tokens.count, tokensLeft(rollout))
        let tokens = row.tokens.prefix(count)
        let text = try engine.tokenizer.decode(
            tokens.filter { !ends.contains($0) && engine.tokenizer.has($0) })
        rollout.completion.text += text
        rollout.completion.tokens += tokens
        rollout.completion.logProbabilities += row.logProbabilities.prefix(count)
        rollout.entropies += row.entropies.prefix(count)
        rollout.context += tokens
        rollout.isDone = true
        guard count == row.tokens.count, row.stopReason == .stop else { return }
        guard tokens.last == turnEnd else {
            rollout.completion.stopReason = .stop
            return
        }
        let reply = try environment.reply(to: text, after: rollout.turns, of: rollout.problem)
        let feedback = try engine.tokenizer.encode(reply.text)
        rollout.turns.append(Turn(text: text, reply: reply.text))
        rollout.completion.text += reply.text
        rollout.completion.feedback.append(
            Completion.Feedback(position: rollout.completion.tokens.count, tokens: feedback))
        rollout.context += feedback
        if reply.isLast {
            rollout.completion.stopReason = .stop
            return
        }
        // Without room for another token the rollout is cut.
        let maximum = engine.sampler.model.configuration.maximumLength
        rollout.isDone = tokensLeft(rollout) <= 0 || rollout.context.count >= maximum
    }
}
