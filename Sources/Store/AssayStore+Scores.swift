import Foundation
import GRDB
public import Rollouts

/// Which files were scored by what.
public struct ScoringInfo: Sendable, Equatable {
    /// The same for the same files, spec and shard; scoring those again takes its place.
    public var identity: String
    /// `name@version` of the spec.
    public var verifier: String
    /// The spec's configuration hash.
    public var configHash: String
    /// Who wrote the completions: difficulty is told by policy.
    public var policy: String
    /// The files.
    public var inputs: [String]

    /// What is scored.
    public init(
        identity: String, verifier: String, configHash: String, policy: String, inputs: [String]
    ) {
        self.identity = identity
        self.verifier = verifier
        self.configHash = configHash
        self.policy = policy
        self.inputs = inputs
    }
}

/// One completion of a scored file.
public struct ScoredCompletion: Sendable, Equatable {
    /// Index of its file.
    public var input: Int
    /// Its line there, from 1.
    public var line: Int
    /// Index within its row.
    public var sample: Int
    /// The row's id.
    public var row: String
    /// What was asked; nil where the row does not say.
    public var problem: Problem?
    /// What the spec says.
    public var score: Score
    /// Tokens of the completion, where the row says.
    public var tokenCount: Int?
    /// Cut by the token limit.
    public var isTruncated: Bool

    /// A completion from its parts.
    public init(
        input: Int, line: Int, sample: Int, row: String, problem: Problem?, score: Score,
        tokenCount: Int? = nil, isTruncated: Bool = false
    ) {
        self.input = input
        self.line = line
        self.sample = sample
        self.row = row
        self.problem = problem
        self.score = score
        self.tokenCount = tokenCount
        self.isTruncated = isTruncated
    }
}

extension AssayStore {
    /// The key of a scoring, new where the store has none of its identity.
    ///
    /// - Parameter keepsScores: whether what an earlier run stored under it stays, to go on with.
    public func beginScoring(_ info: ScoringInfo, keepsScores: Bool) throws(StoreError) -> Int64 {
        try write { db in
            let inputs = JSONValue.array(info.inputs.map { .string($0) }).serialized()
            try db.execute(
                sql: """
                    INSERT INTO scorings (identity, verifier, config, policy, inputs)
                    VALUES (?, ?, ?, ?, ?)
                    ON CONFLICT (identity) DO UPDATE
                    SET policy = excluded.policy, summary = NULL, started_at = CURRENT_TIMESTAMP
                    """,
                arguments: [info.identity, info.verifier, info.configHash, info.policy, inputs])
            let key =
                try Int64.fetchOne(
                    db, sql: "SELECT id FROM scorings WHERE identity = ?",
                    arguments: [info.identity]) ?? 0
            if !keepsScores {
                try db.execute(sql: "DELETE FROM scores WHERE scoring = ?", arguments: [key])
            }
            return key
        }
    }

    /// Stores completions, in place of what the store has of the same lines, and adds the problems
    /// that `curriculum` does not have.
    public func commit(
        _ completions: [ScoredCompletion], scoring: Int64, curriculum: String, source: SourceInfo
    ) throws(StoreError) {
        try write { db in
            var problems = try ProblemInserter(
                db, curriculum: curriculum, source: SourceRow(db, source).id)
            let insert = try db.cachedStatement(
                sql: """
                    INSERT OR REPLACE INTO scores (scoring, input, line, sample, row, problem,
                      reward, outcome, status, tokens, is_truncated, pred, components)
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                    """)
            var components = ComponentWriter()
            for item in completions {
                let score = item.score
                try insert.execute(arguments: [
                    scoring, item.input, item.line, item.sample, item.row,
                    try item.problem.map { try problems.key(of: $0) }, score.reward,
                    score.outcome, score.status.rawValue, item.tokenCount, item.isTruncated,
                    score.extracted, components.json(score.components),
                ])
            }
        }
    }

    /// Keeps the summary of a scoring that came to its end.
    public func finishScoring(_ scoring: Int64, summary: JSONValue) throws(StoreError) {
        try write { db in
            try db.execute(
                sql: "UPDATE scorings SET summary = ? WHERE id = ?",
                arguments: [summary.serialized(), scoring])
        }
    }
}
