import Curricula
import GRDB
import Rollouts

/// Schema 3: keys of normalised texts, pass rates that data sets report, estimates that fade, and
/// views over all that is known of a problem.
enum CurriculumMigration {
    static func apply(_ db: Database) throws {
        try db.execute(sql: columns)
        try fillKeys(db)
        try db.execute(
            sql: """
                CREATE INDEX problems_by_text
                  ON problems (curriculum, prompt_key, split, answer_key);
                """)
        try fillRuns(db)
        try db.execute(sql: views)
    }

    private static let columns = """
        ALTER TABLE problems ADD COLUMN prompt_key INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE problems ADD COLUMN answer_key INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE runs ADD COLUMN curriculum TEXT;
        ALTER TABLE difficulty ADD COLUMN fading_attempts REAL NOT NULL DEFAULT 0;
        ALTER TABLE difficulty ADD COLUMN fading_successes REAL NOT NULL DEFAULT 0;
        ALTER TABLE difficulty ADD COLUMN last_step INTEGER NOT NULL DEFAULT 0;
        CREATE TABLE reported_difficulty (
          problem INTEGER NOT NULL REFERENCES problems ON DELETE CASCADE,
          policy TEXT NOT NULL,
          source INTEGER NOT NULL REFERENCES sources ON DELETE CASCADE,
          attempts INTEGER, mean REAL NOT NULL CHECK (mean BETWEEN 0 AND 1),
          PRIMARY KEY (problem, policy, source)) WITHOUT ROWID;
        CREATE INDEX reported_difficulty_by_source ON reported_difficulty (source);
        """

    private static let views = """
        CREATE VIEW difficulties AS
          SELECT p.key AS problem, r.name AS policy, 'run' AS origin, d.attempts AS attempts,
            d.successes / d.attempts AS mean,
            d.fading_successes / NULLIF(d.fading_attempts, 0) AS recent, d.last_step AS last_step
          FROM difficulty d JOIN runs r ON r.id = d.run
            JOIN problems p ON p.curriculum = r.curriculum AND p.id = d.problem
          WHERE d.attempts > 0
          UNION ALL
          SELECT problem, policy, 'scores', attempts, 1.0 - difficulty, NULL, NULL
          FROM problem_difficulty
          UNION ALL
          SELECT problem, policy, 'reported', attempts, mean, NULL, NULL FROM reported_difficulty;
        CREATE VIEW stage_history AS
          SELECT run, step, json_extract(change, '$.from') AS stage_before,
            json_extract(change, '$.to') AS stage_after, json_extract(change, '$.cause') AS cause
          FROM stage_changes;
        CREATE VIEW cursors AS
          SELECT run, MAX(step) AS step, schedule FROM steps GROUP BY run;
        """

    private static func fillKeys(_ db: Database) throws {
        let update = try db.makeStatement(
            sql: "UPDATE problems SET prompt_key = ?, answer_key = ? WHERE key = ?")
        var last: Int64 = .min
        while true {
            let rows = try GRDB.Row.fetchAll(
                db,
                sql:
                    "SELECT key, prompt, answer FROM problems WHERE key > ? ORDER BY key LIMIT 1000",
                arguments: [last])
            guard let newest = rows.last else { return }
            for row in rows {
                let key = ContentKey(Problem(id: "", prompt: row["prompt"], answer: row["answer"]))
                try update.execute(arguments: [
                    Int64(bitPattern: key.prompt), Int64(bitPattern: key.answer),
                    row["key"] as Int64,
                ])
            }
            last = newest["key"]
        }
    }

    /// Runs name their curriculum where there is but one, and their estimates come from the steps.
    private static func fillRuns(_ db: Database) throws {
        let names = try String.fetchAll(db, sql: "SELECT DISTINCT curriculum FROM problems LIMIT 2")
        if names.count == 1 {
            try db.execute(sql: "UPDATE runs SET curriculum = ?", arguments: [names[0]])
        }
        for run in try Int64.fetchAll(db, sql: "SELECT id FROM runs") {
            try DifficultyCounter.recount(db, run: run)
        }
    }
}
