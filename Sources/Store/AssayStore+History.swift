import Foundation
import GRDB

/// Everything that a store knows of one problem.
public struct ProblemHistory: Sendable, Equatable {
    /// What one policy made of it.
    public struct Difficulty: Sendable, Equatable {
        /// A run's name, the policy of a scored file, or who a data set speaks of.
        public var policy: String
        /// `run`, `scores` or `reported`.
        public var origin: String
        /// Completions that were judged; nil where a data set does not say.
        public var attempts: Int?
        /// Share of right ones.
        public var passRate: Double
        /// The same with old steps fading; nil but for runs.
        public var recentPassRate: Double?
        /// The last step of a run that drew it.
        public var lastStep: Int?
    }

    /// What one step made of it, where its completions were kept.
    public struct Visit: Sendable, Equatable {
        /// The run's name.
        public var run: String
        /// The step.
        public var step: Int
        /// Completions.
        public var completions: Int
        /// Mean raw outcome; nil where none could be scored.
        public var outcome: Double?
        /// Mean shaped reward.
        public var reward: Double?
        /// Completions that were trained on.
        public var trained: Int
    }

    /// The problem with its place.
    public var stored: StoredProblem
    /// By origin and policy.
    public var difficulties: [Difficulty]
    /// The newest visits, ascending by step.
    public var visits: [Visit]
}

extension AssayStore {
    /// What is known of the problems with an id, one a curriculum.
    ///
    /// - Parameter visits: how many kept steps are told at most, the newest ones.
    public func history(
        id: String, curriculum: String? = nil, visits: Int = 20
    ) throws(StoreError) -> [ProblemHistory] {
        try read { db in
            let rows = try GRDB.Row.fetchAll(
                db,
                sql: """
                    \(ProblemFilter.known)
                    SELECT p.*, s.name AS source_name, s.licence, k.attempts, k.mean
                    FROM problems p JOIN sources s ON s.id = p.source
                      LEFT JOIN known k ON k.problem = p.key
                    WHERE p.id = :id AND (:curriculum IS NULL OR p.curriculum = :curriculum)
                    ORDER BY p.curriculum
                    """, arguments: ["id": id, "curriculum": curriculum, "policy": nil])
            return try rows.map { row in
                ProblemHistory(
                    stored: try Self.stored(row),
                    difficulties: try Self.difficulties(db, of: row["key"]),
                    visits: try Self.visits(
                        db, id: id, curriculum: row["curriculum"], limit: visits))
            }
        }
    }

    private static func difficulties(
        _ db: Database, of key: Int64
    ) throws -> [ProblemHistory.Difficulty] {
        try GRDB.Row.fetchAll(
            db, sql: "SELECT * FROM difficulties WHERE problem = ? ORDER BY origin, policy",
            arguments: [key]
        ).map {
            ProblemHistory.Difficulty(
                policy: $0["policy"], origin: $0["origin"], attempts: $0["attempts"],
                passRate: $0["mean"], recentPassRate: $0["recent"], lastStep: $0["last_step"])
        }
    }

    private static func visits(
        _ db: Database, id: String, curriculum: String, limit: Int
    ) throws -> [ProblemHistory.Visit] {
        try GRDB.Row.fetchAll(
            db,
            sql: """
                SELECT * FROM (
                  SELECT runs.name, runs.id, step, COUNT(*) AS completions,
                    AVG(outcome) AS outcome, AVG(reward) AS reward, SUM(is_trained) AS trained
                  FROM rollouts JOIN runs ON runs.id = rollouts.run
                  WHERE problem = ? AND runs.curriculum = ?
                  GROUP BY runs.id, step ORDER BY runs.id DESC, step DESC LIMIT ?)
                ORDER BY id, step
                """, arguments: [id, curriculum, limit]
        ).map {
            ProblemHistory.Visit(
                run: $0["name"], step: $0["step"], completions: $0["completions"],
                outcome: $0["outcome"], reward: $0["reward"], trained: $0["trained"])
        }
    }
}
