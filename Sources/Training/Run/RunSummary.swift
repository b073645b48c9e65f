import Foundation

/// What a run came to: `summary.json`, and the table at the end.
public struct RunSummary: Codable, Sendable, Equatable {
    /// One arm from its first to its last update.
    public struct Arm: Codable, Sendable, Equatable {
        /// The recipe's name, or the comparison's.
        public var name: String
        /// Held-out figures after the warm-up.
        public var before: Evaluation.Figures
        /// Held-out figures after the last update.
        public var after: Evaluation.Figures
        /// The same by level; keys are level numbers.
        public var levelsBefore: [Int: Evaluation.Figures]
        /// The same by level.
        public var levelsAfter: [Int: Evaluation.Figures]
        /// Seconds of training, warm-up included.
        public var seconds: Double
        /// Policy updates.
        public var steps: Int
        /// Tokens sampled for updates.
        public var sampledTokens: Int
        /// Tokens in updates.
        public var trainedTokens: Int
        /// Why the updates ended.
        public var end: RunEnd?
        /// The step after which held-out accuracy was the best, of the evaluations on the way.
        public var bestStep: Int?
        /// That accuracy.
        public var bestAccuracy: Double?

        enum CodingKeys: String, CodingKey {
            case name, before, after, seconds, steps, end
            case bestStep = "best_step"
            case bestAccuracy = "best_accuracy"
            case levelsBefore = "levels_before"
            case levelsAfter = "levels_after"
            case sampledTokens = "sampled_tokens"
            case trainedTokens = "trained_tokens"
        }
    }

    /// The arm that the recipe describes.
    public var main: Arm
    /// The arm beside it, where the recipe has one and it has run.
    public var comparison: Arm?
    /// The most resident memory that the process had, in bytes; nil where the system does not tell.
    public var peakMemory: Int?

    /// The main arm's keys at the top, the other under `comparison`.
    public func encode(to encoder: any Encoder) throws {
        try main.encode(to: encoder)
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encodeIfPresent(comparison, forKey: .comparison)
        try container.encodeIfPresent(peakMemory, forKey: .peakMemory)
    }

    /// Reads what `encode` wrote.
    public init(from decoder: any Decoder) throws {
        main = try Arm(from: decoder)
        let container = try decoder.container(keyedBy: CodingKeys.self)
        comparison = try container.decodeIfPresent(Arm.self, forKey: .comparison)
        peakMemory = try container.decodeIfPresent(Int.self, forKey: .peakMemory)
    }

    init(main: Arm, comparison: Arm? = nil) {
        self.main = main
        self.comparison = comparison
    }

    enum CodingKeys: String, CodingKey {
        case comparison
        case peakMemory = "peak_memory_bytes"
    }

    /// The table that a run ends with.
    public func table() -> String {
        var rows: [[String]] = [
            ["held-out", "before", "after"]
                + (comparison.map { ["\($0.name), \($0.steps) steps"] } ?? [])
        ]
        func row(_ name: String, _ show: (Evaluation.Figures) -> String, level: Int? = nil) {
            func cell(_ all: Evaluation.Figures, _ levels: [Int: Evaluation.Figures]) -> String {
                level.map { levels[$0].map(show) ?? "–" } ?? show(all)
            }
            var cells = [name, cell(main.before, main.levelsBefore)]
            cells.append(cell(main.after, main.levelsAfter))
            if let comparison { cells.append(cell(comparison.after, comparison.levelsAfter)) }
            rows.append(cells)
        }
        func both(_ figures: Evaluation.Figures) -> String {
            "\(percent(figures.accuracy)) / \(percent(figures.greedyAccuracy))"
        }
        for level in main.levelsBefore.keys.sorted() {
            row("level \(level), sampled / greedy", both, level: level)
        }
        row("accuracy, sampled / greedy", both)
        for k in Set((main.before.passAt ?? [:]).keys).sorted() {
            row("pass@\(k)", { $0.passAt?[k].map(percent) ?? "–" })
        }
        if main.after.rewardAccuracy != nil {
            row("by the reward's own spec") { $0.rewardAccuracy.map(percent) ?? "–" }
        }
        row("mean length, sampled / greedy") {
            "\(rounded($0.meanLength)) / \(rounded($0.greedyMeanLength)) tokens"
        }
        if main.before.meanTurns != nil {
            row("mean turns, sampled") { rounded($0.meanTurns ?? 0) }
        }
        row("entropy a token") { String(format: "%.3f nats", $0.entropy) }
        row("cut by the limit") { percent($0.truncated) }
        let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        var lines = rows.map { cells in
            cells.enumerated().map { index, cell in
                let padding = String(repeating: " ", count: widths[index] - cell.count)
                return index == 0 ? cell + padding : padding + cell
            }.joined(separator: "   ")
        }
        lines.insert(String(repeating: "─", count: lines[0].count), at: 1)
        return lines.joined(separator: "\n")
    }
}
