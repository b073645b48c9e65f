import GRDB

/// Schema 4: a completion is one row, and what a group shares is stored once.
enum RolloutMigration {
    static func apply(_ db: Database) throws {
        try db.execute(
            sql: """
                CREATE TABLE rollout_groups (
                  run INTEGER NOT NULL, step INTEGER NOT NULL, "group" INTEGER NOT NULL,
                  prompt TEXT NOT NULL, answer TEXT NOT NULL, PRIMARY KEY (run, step, "group"),
                  FOREIGN KEY (run, step) REFERENCES steps ON DELETE CASCADE) WITHOUT ROWID;
                INSERT INTO rollout_groups
                  SELECT r.run, r.step, r."group", MIN(t.prompt), MIN(t.answer)
                  FROM rollouts r JOIN rollout_texts t ON t.rollout = r.key GROUP BY 1, 2, 3;
                ALTER TABLE rollouts RENAME TO rollouts_before;
                CREATE TABLE rollouts (
                  key INTEGER PRIMARY KEY, run INTEGER NOT NULL, step INTEGER NOT NULL,
                  "group" INTEGER NOT NULL, "index" INTEGER NOT NULL, problem TEXT NOT NULL,
                  token_count INTEGER NOT NULL, stop_reason TEXT NOT NULL, reward REAL,
                  outcome REAL, status TEXT NOT NULL, components TEXT NOT NULL,
                  advantage REAL NOT NULL, is_trained INTEGER NOT NULL, fate TEXT NOT NULL,
                  text TEXT NOT NULL, UNIQUE (run, step, "group", "index"),
                  FOREIGN KEY (run, step) REFERENCES steps ON DELETE CASCADE);
                INSERT INTO rollouts SELECT r.*, t.text
                  FROM rollouts_before r JOIN rollout_texts t ON t.rollout = r.key;
                DROP TABLE rollout_texts;
                DROP TABLE rollouts_before;
                CREATE VIEW rollout_texts AS
                  SELECT r.key AS rollout, g.prompt, g.answer, r.text
                  FROM rollouts r JOIN rollout_groups g USING (run, step, "group");
                """)
    }
}
