import GRDB

/// The tables and how older files become newer ones.
///
/// A migration that has shipped never changes.
enum Schema {
    /// Marks a SQLite file as ours: "ASAY" in ASCII.
    static let applicationID = 0x4153_4159

    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1 problems") { db in
            try db.execute(
                sql: """
                    PRAGMA application_id = \(applicationID);
                    CREATE TABLE sources (
                      id INTEGER PRIMARY KEY, name TEXT NOT NULL, format TEXT NOT NULL,
                      hash TEXT NOT NULL, licence TEXT,
                      imported_at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP,
                      UNIQUE (name, format, hash));
                    CREATE TABLE problems (
                      key INTEGER PRIMARY KEY, curriculum TEXT NOT NULL, id TEXT NOT NULL,
                      split TEXT NOT NULL CHECK (split IN ('train', 'held_out')),
                      level INTEGER NOT NULL, ordinal INTEGER NOT NULL, prompt TEXT NOT NULL,
                      answer TEXT NOT NULL, tags TEXT NOT NULL, metadata TEXT NOT NULL,
                      content TEXT NOT NULL,
                      source INTEGER NOT NULL REFERENCES sources,
                      UNIQUE (curriculum, content), UNIQUE (curriculum, id),
                      UNIQUE (curriculum, split, level, ordinal));
                    """)
        }
        migrator.registerMigration("1 runs") { db in
            try db.execute(
                sql: """
                    CREATE TABLE runs (
                      id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, recipe TEXT NOT NULL,
                      seed TEXT NOT NULL, started_at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP);
                    CREATE TABLE steps (
                      run INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE, step INTEGER NOT NULL,
                      metrics TEXT NOT NULL, schedule TEXT NOT NULL, observed TEXT NOT NULL,
                      PRIMARY KEY (run, step));
                    CREATE TABLE rollouts (
                      key INTEGER PRIMARY KEY, run INTEGER NOT NULL, step INTEGER NOT NULL,
                      "group" INTEGER NOT NULL, "index" INTEGER NOT NULL, problem TEXT NOT NULL,
                      token_count INTEGER NOT NULL, stop_reason TEXT NOT NULL, reward REAL,
                      outcome REAL, status TEXT NOT NULL, components TEXT NOT NULL,
                      advantage REAL NOT NULL, is_trained INTEGER NOT NULL, fate TEXT NOT NULL,
                      UNIQUE (run, step, "group", "index"),
                      FOREIGN KEY (run, step) REFERENCES steps ON DELETE CASCADE);
                    CREATE TABLE rollout_texts (
                      rollout INTEGER PRIMARY KEY REFERENCES rollouts ON DELETE CASCADE,
                      prompt TEXT NOT NULL, answer TEXT NOT NULL, text TEXT NOT NULL);
                    CREATE TABLE difficulty (
                      run INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
                      problem TEXT NOT NULL, attempts INTEGER NOT NULL, successes REAL NOT NULL,
                      PRIMARY KEY (run, problem)) WITHOUT ROWID;
                    CREATE TABLE stage_changes (
                      run INTEGER NOT NULL, step INTEGER NOT NULL, position INTEGER NOT NULL,
                      change TEXT NOT NULL, PRIMARY KEY (run, step, position),
                      FOREIGN KEY (run, step) REFERENCES steps ON DELETE CASCADE);
                    CREATE TABLE evaluations (
                      run INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
                      step INTEGER NOT NULL, figures TEXT NOT NULL, PRIMARY KEY (run, step));
                    """)
        }
        migrator.registerMigration("2 scorings") { db in
            try db.execute(
                sql: """
                    CREATE TABLE scorings (
                      id INTEGER PRIMARY KEY, identity TEXT NOT NULL UNIQUE,
                      verifier TEXT NOT NULL, config TEXT NOT NULL, policy TEXT NOT NULL,
                      inputs TEXT NOT NULL, summary TEXT,
                      started_at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP);
                    CREATE TABLE scores (
                      scoring INTEGER NOT NULL REFERENCES scorings ON DELETE CASCADE,
                      input INTEGER NOT NULL, line INTEGER NOT NULL, sample INTEGER NOT NULL,
                      row TEXT NOT NULL, problem INTEGER REFERENCES problems ON DELETE SET NULL,
                      reward REAL, outcome REAL, status TEXT NOT NULL, tokens INTEGER,
                      is_truncated INTEGER NOT NULL, pred TEXT, components TEXT NOT NULL,
                      PRIMARY KEY (scoring, input, line, sample)) WITHOUT ROWID;
                    CREATE INDEX scores_by_problem ON scores (problem);
                    CREATE VIEW problem_difficulty AS
                      SELECT problem, policy, COUNT(*) AS attempts,
                        SUM(outcome >= 0.5) AS successes, 1.0 - AVG(outcome >= 0.5) AS difficulty
                      FROM (
                        SELECT scores.problem, scores.outcome, scorings.policy, ROW_NUMBER() OVER (
                          PARTITION BY scorings.policy, scorings.inputs, input, line, sample
                          ORDER BY scorings.id DESC) AS age
                        FROM scores JOIN scorings ON scorings.id = scores.scoring)
                      WHERE age = 1 AND problem IS NOT NULL AND outcome IS NOT NULL GROUP BY 1, 2;
                    """)
        }
        migrator.registerMigration("3 curricula") { db in
            try CurriculumMigration.apply(db)
            try db.execute(sql: "PRAGMA user_version = 3")
        }
        migrator.registerMigration("4 rollouts") { db in
            try RolloutMigration.apply(db)
            try db.execute(sql: "PRAGMA user_version = 4")
        }
        return migrator
    }

    /// What `PRAGMA user_version` says of a file with every table of today.
    static let version = 4

    /// Whether a file has no owner yet.
    static func isUnclaimed(_ db: Database) throws -> Bool {
        try Int.fetchOne(db, sql: "PRAGMA application_id") == 0
    }

    /// Makes an empty file ours.
    static func claim(_ db: Database) throws {
        try db.execute(sql: "PRAGMA application_id = \(applicationID)")
    }

    /// Refuses a file that is not ours, or that a newer program wrote, before anything is written.
    static func checkOwner(_ db: Database, path: String) throws {
        let application = try Int.fetchOne(db, sql: "PRAGMA application_id") ?? 0
        if application == applicationID {
            let found = try Int.fetchOne(db, sql: "PRAGMA user_version") ?? 0
            guard found <= version else { throw StoreError.tooNew(path: path, version: found) }
            return
        }
        let tables = try Int.fetchOne(db, sql: "SELECT COUNT(*) FROM sqlite_master") ?? 0
        guard application == 0, tables == 0 else {
            throw StoreError.foreign(
                path: path, reason: "it holds tables of another program")
        }
    }
}
