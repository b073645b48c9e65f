public import Curricula
import Foundation
import GRDB
import Rollouts

extension AssayStore {
    /// The key of the run of this name, new where the file has none; the recipe is brought up to
    /// date.
    ///
    /// - Parameter curriculum: of this file; what the run learns of its problems is shown with them.
    public func beginRun(
        name: String, recipe: String, seed: UInt64, curriculum: String
    ) throws(StoreError) -> Int64 {
        try write { db in
            try db.execute(
                sql: """
                    INSERT INTO runs (name, recipe, seed, curriculum) VALUES (?, ?, ?, ?)
                    ON CONFLICT (name) DO UPDATE SET recipe = excluded.recipe,
                      curriculum = COALESCE(excluded.curriculum, curriculum)
                    """, arguments: [name, recipe, String(seed), curriculum])
            return try Int64.fetchOne(
                db, sql: "SELECT id FROM runs WHERE name = ?", arguments: [name]) ?? 0
        }
    }

    /// All runs in the order in which they began.
    public func runs() throws(StoreError) -> [RunInfo] {
        try read { db in
            try GRDB.Row.fetchAll(db, sql: "SELECT id, name, recipe FROM runs ORDER BY id").map {
                RunInfo(id: $0["id"], name: $0["name"], recipe: $0["recipe"])
            }
        }
    }

    /// Stores a step: metrics, rollouts with their texts, difficulty, schedule, stage changes.
    ///
    /// - Throws: `StoreError`; nothing of the step is stored then. The same step twice is an error.
    public func commitStep(_ record: StepRecord) throws(StoreError) {
        let metrics = record.metrics.filter(\.value.isFinite).mapValues { JSONValue.number($0) }
        let observed = ObservedOutcomes(record.rollouts)
        try write { db in
            var step = try RowWriter(
                db,
                sql: """
                    INSERT INTO steps (run, step, metrics, schedule, observed)
                    VALUES (?, ?, ?, ?, ?)
                    """)
            try step.run {
                $0.bind(record.run)
                $0.bind(record.step)
                $0.bind(JSONValue.object(metrics).serialized())
                $0.bind(record.schedule)
                $0.bind(observed.json)
            }
            try DifficultyCounter.count(observed, db, run: record.run, step: record.step)
            for (position, change) in record.stageChanges.enumerated() {
                let json = String(decoding: try JSONEncoder().encode(change), as: UTF8.self)
                try db.execute(
                    sql:
                        "INSERT INTO stage_changes (run, step, position, change) VALUES (?, ?, ?, ?)",
                    arguments: [record.run, record.step, position, json])
            }
            if record.keepsRollouts {
                try Self.insert(record.rollouts, db, run: record.run, step: record.step)
            }
        }
    }

    private static func insert(
        _ rollouts: [RolloutRecord], _ db: Database, run: Int64, step: Int
    ) throws {
        var group = try RowWriter(
            db,
            sql: """
                INSERT INTO rollout_groups (run, step, "group", prompt, answer)
                VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING
                """)
        var row = try RowWriter(
            db,
            sql: """
                INSERT INTO rollouts (run, step, "group", "index", problem, token_count, stop_reason,
                  reward, outcome, status, components, advantage, is_trained, fate, text)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """)
        var components = ComponentWriter()
        var begun: Int?
        for rollout in rollouts {
            if rollout.group != begun {
                begun = rollout.group
                try group.run {
                    $0.bind(run)
                    $0.bind(step)
                    $0.bind(rollout.group)
                    $0.bind(rollout.prompt)
                    $0.bind(rollout.answer)
                }
            }
            try row.run {
                $0.bind(run)
                $0.bind(step)
                $0.bind(rollout.group)
                $0.bind(rollout.index)
                $0.bind(rollout.problem)
                $0.bind(rollout.tokenCount)
                $0.bind(rollout.stopReason.rawValue)
                $0.bind(rollout.reward)
                $0.bind(rollout.outcome)
                $0.bind(rollout.status.rawValue)
                $0.bind(components.json(rollout.components))
                $0.bind(rollout.advantage)
                $0.bind(rollout.isTrained ? 1 : 0)
                $0.bind(rollout.fate)
                // SQLite ends a text at its first NUL, which a policy may sample.
                $0.bind(
                    rollout.text.utf8.contains(0)
                        ? rollout.text.replacing("\u{0}", with: "\u{2400}") : rollout.text)
            }
        }
    }

    /// Takes back every step after `step`, its evaluations and what it added to the difficulty.
    public func discardSteps(run: Int64, after step: Int) throws(StoreError) {
        try write { db in
            let arguments: StatementArguments = [run, step]
            let later = try Bool.fetchOne(
                db, sql: "SELECT EXISTS (SELECT 1 FROM steps WHERE run = ? AND step > ?)",
                arguments: arguments)
            try db.execute(
                sql: "DELETE FROM evaluations WHERE run = ? AND step > ?", arguments: arguments)
            guard later == true else { return }
            try db.execute(
                sql: "DELETE FROM steps WHERE run = ? AND step > ?", arguments: arguments)
            try DifficultyCounter.recount(db, run: run)
        }
    }

    /// The number of a run's last step, 0 where it has none.
    public func lastStep(run: Int64) throws(StoreError) -> Int {
        try read { db in
            try Int.fetchOne(
                db, sql: "SELECT MAX(step) FROM steps WHERE run = ?", arguments: [run]) ?? 0
        }
    }

    /// Stores an evaluation as JSON in place of one of the same step.
    public func recordEvaluation(run: Int64, step: Int, json: String) throws(StoreError) {
        try write { db in
            try db.execute(
                sql: "INSERT OR REPLACE INTO evaluations VALUES (?, ?, ?)",
                arguments: [run, step, json])
        }
    }

    /// The metrics of a run, ascending by step.
    ///
    /// - Parameters:
    ///   - step: the first step that is wanted.
    ///   - limit: how many at most; nil for all.
    public func metrics(
        run: Int64, from step: Int = 0, limit: Int? = nil
    ) throws(StoreError) -> [StepMetricsRow] {
        try read { db in
            try GRDB.Row.fetchAll(
                db,
                sql: """
                    SELECT step, metrics FROM steps WHERE run = ? AND step >= ?
                    ORDER BY step LIMIT ?
                    """, arguments: [run, step, limit ?? -1]
            ).map { row in
                let json = try JSONValue.parse(Data((row["metrics"] as String).utf8))
                guard case .object(let members) = json else {
                    return StepMetricsRow(step: row["step"], metrics: [:])
                }
                return StepMetricsRow(
                    step: row["step"], metrics: members.compactMapValues(\.double))
            }
        }
    }

    /// Hands over the metrics of a run, ascending by step, a page of them in memory at a time.
    public func eachMetrics(run: Int64, _ body: (StepMetricsRow) throws -> Void) throws {
        let page = 500
        var next = Int.min
        while true {
            let rows = try metrics(run: run, from: next, limit: page)
            for row in rows { try body(row) }
            guard rows.count == page, let last = rows.last else { return }
            next = last.step + 1
        }
    }

    /// Evaluations of a run as JSON, ascending by step.
    public func evaluations(run: Int64) throws(StoreError) -> [(step: Int, json: String)] {
        try read { db in
            try GRDB.Row.fetchAll(
                db, sql: "SELECT step, figures FROM evaluations WHERE run = ? ORDER BY step",
                arguments: [run]
            ).map { (step: $0["step"], json: $0["figures"]) }
        }
    }

    /// Moves between stages, ascending by step.
    public func stageChanges(
        run: Int64
    ) throws(StoreError) -> [(step: Int, change: StageChange)] {
        try read { db in
            try GRDB.Row.fetchAll(
                db,
                sql: "SELECT step, change FROM stage_changes WHERE run = ? ORDER BY step, position",
                arguments: [run]
            ).map { row in
                let json = Data((row["change"] as String).utf8)
                return (
                    step: row["step"],
                    change: try JSONDecoder().decode(StageChange.self, from: json)
                )
            }
        }
    }

    /// Steps whose completions are stored, ascending.
    public func stepsWithRollouts(run: Int64) throws(StoreError) -> [Int] {
        try read { db in
            try Int.fetchAll(
                db, sql: "SELECT DISTINCT step FROM rollouts WHERE run = ? ORDER BY step",
                arguments: [run])
        }
    }

    /// The rollouts of a step, by group and place.
    public func rollouts(run: Int64, step: Int) throws(StoreError) -> [RolloutRecord] {
        try read { db in
            try GRDB.Row.fetchAll(
                db,
                sql: """
                    SELECT r.*, g.prompt, g.answer FROM rollouts r
                    JOIN rollout_groups g USING (run, step, "group")
                    WHERE r.run = ? AND r.step = ? ORDER BY r."group", r."index"
                    """, arguments: [run, step]
            ).map { row in
                RolloutRecord(
                    group: row["group"], index: row["index"], problem: row["problem"],
                    prompt: row["prompt"], answer: row["answer"], text: row["text"],
                    tokenCount: row["token_count"],
                    stopReason: StopReason(rawValue: row["stop_reason"]) ?? .stop,
                    reward: row["reward"], outcome: row["outcome"],
                    status: ScoreStatus(rawValue: row["status"]) ?? .infrastructureError,
                    components: try ComponentCoding.components(row["components"]),
                    advantage: row["advantage"], isTrained: row["is_trained"], fate: row["fate"])
            }
        }
    }
}
