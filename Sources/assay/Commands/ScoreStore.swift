import Curricula
import Foundation
import Rewards
import Rollouts
import Store

/// Keeps the scores of a run in SQLite, beside the problems that they are about.
struct ScoreStore {
    private let store: AssayStore
    private let scoring: Int64
    private let curriculum: String
    private let source: SourceInfo

    /// Opens the store, and takes the place of an earlier scoring of the same files by the same spec,
    /// or goes on with it.
    init(
        path: String, curriculum: String, policy: String, identity: ScoringIdentity,
        resuming: Bool
    ) throws {
        store = try AssayStore(path: path)
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        var name = String(decoding: try encoder.encode(identity), as: UTF8.self)
        // What came through a pipe cannot be told from what comes through the next one.
        let inputs = identity.inputs.map { input in
            input.size == nil ? "\(input.name) \(UUID().uuidString)" : input.name
        }
        if identity.inputs.contains(where: { $0.size == nil }) { name += inputs.joined() }
        self.curriculum = curriculum
        source = SourceInfo(
            name: inputs.joined(separator: ", "), format: "scored",
            hash: String(stableHash(name), radix: 16))
        scoring = try store.beginScoring(
            ScoringInfo(
                identity: name, verifier: identity.verifier, configHash: identity.configHash,
                policy: policy, inputs: inputs),
            keepsScores: resuming)
    }

    /// Stores some rows in one transaction.
    func add(_ rows: [ScoredRow]) throws {
        try store.commit(
            rows.map { row in
                ScoredCompletion(
                    input: row.input, line: row.line, sample: row.sample, row: row.id,
                    problem: Self.problem(of: row), score: row.score,
                    tokenCount: row.content?.tokenCount,
                    isTruncated: row.content?.truncated ?? false)
            }, scoring: scoring, curriculum: curriculum, source: source)
    }

    /// What was asked, where the row holds question and answer.
    private static func problem(of row: ScoredRow) -> Problem? {
        guard let content = row.content, let prompt = content.prompt, let gold = content.gold else {
            return nil
        }
        return Problem(
            id: row.id, prompt: prompt, answer: gold,
            level: ProblemImporter.level(content.fields["level"]))
    }

    func finish(_ summary: JSONValue) throws { try store.finishScoring(scoring, summary: summary) }
}
