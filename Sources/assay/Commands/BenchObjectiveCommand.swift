import ArgumentParser
import Foundation
import Objectives
import Rollouts

/// `assay bench objective`: what the objectives themselves cost.
struct BenchObjectiveCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "objective",
        abstract: "Time gates, filters, advantages, losses and gradients, without any model.",
        discussion: """
            Random rewards and log-probabilities of --groups groups of 8 completions of --length \
            tokens, assessed and turned into a loss with its gradient, on one thread.
            """)

    @Option(help: "One preset; all without it.")
    var preset: String?

    @Option(help: "Groups of 8 completions.")
    var groups = 8

    @Option(help: "Tokens of a completion.")
    var length = 64

    @Flag(help: "Print JSON, a line a preset.")
    var json = false

    func validate() throws {
        if groups < 1 || length < 1 {
            throw ValidationError("--groups and --length are 1 or more.")
        }
    }

    func run() throws {
        let presets = try preset.map { [try Preset.named($0)] } ?? Preset.all
        for preset in presets where preset.objective.preference == nil {
            let seconds = try time(preset.objective)
            let tokens = groups * Self.size * length
            if json {
                let members: [String: JSONValue] = [
                    "preset": .string(preset.name), "tokens": .integer(Int64(tokens)),
                    "seconds": .number(seconds),
                    "nanoseconds_per_token": .number(seconds / Double(tokens) * 1e9),
                ]
                print(JSONValue.object(members).serialized())
            } else {
                let name = preset.name.padding(toLength: 24, withPad: " ", startingAt: 0)
                print(
                    String(
                        format: "%@ %8.3f ms for %d tokens, %6.1f ns a token", name,
                        seconds * 1e3, tokens, seconds / Double(tokens) * 1e9))
            }
        }
    }

    private static let size = 8

    /// Median seconds of one step's assessment and loss.
    private func time(_ preset: Objective) throws -> Double {
        var objective = preset
        if objective.filter.size != nil { objective.filter = objective.filter.keeping(4) }
        if objective.retention != .fixed { objective.retention = .adaptive(sizes: [6, 6, 4, 3]) }
        var random = SplitMix64(seed: 1)
        let numbers = (0..<groups).map { _ in
            let rewards = (0..<Self.size).map { Double($0 % 2) + random.uniform() }
            return GroupNumbers(
                rewards: rewards, outcomes: (0..<Self.size).map { Double($0 % 2) },
                lengths: Array(repeating: length, count: Self.size),
                truncated: Array(repeating: false, count: Self.size),
                components: rewards.map { [$0, 1 - $0] }, weights: [1, 0.5])
        }
        let count = groups * Self.size * length
        let old = (0..<count).map { _ in -2 * random.uniform() }
        let new = old.map { $0 + 0.05 * random.normal() }
        let reference = old.map { $0 + 0.1 * random.normal() }
        let offsets = Array(stride(from: 0, through: count, by: length))
        let mask = Array(repeating: true, count: count)
        var times: [Double] = []
        let start = ContinuousClock.now
        while times.count < 5 || ContinuousClock.now - start < .milliseconds(300) {
            let begin = ContinuousClock.now
            var assessing = objective
            if objective.usesTokenAdvantages { assessing.scale = .none }
            let assessments = try assessing.assess(numbers)
            var advantages = assessments.flatMap(\.advantages)
            if objective.usesTokenAdvantages {
                advantages = try objective.tokenAdvantages(
                    rewards: numbers.flatMap { $0.rewards.compactMap { $0 } }, old: old,
                    reference: reference, values: new, offsets: offsets, mask: mask
                ).advantages
            }
            let batch = PolicyBatch(
                offsets: offsets, mask: mask, newLogProbabilities: new, oldLogProbabilities: old,
                referenceLogProbabilities: reference, samplerLogProbabilities: old,
                advantages: advantages,
                advantageLevel: objective.usesTokenAdvantages ? .token : .sequence,
                entropies: reference.map(abs))
            let totals = try BatchTotals(assessments, lengths: numbers.map(\.lengths))
            var wide = totals
            wide.tokens = count
            wide.sequences = groups * Self.size
            wide.nonEmptySequences = wide.sequences
            _ = try objective.loss(batch, totals: wide)
            times.append((ContinuousClock.now - begin) / .seconds(1))
        }
        return times.sorted()[times.count / 2]
    }
}
