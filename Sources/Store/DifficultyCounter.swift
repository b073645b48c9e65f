import Curricula
import GRDB

/// Keeps what a run knows of each problem in step with the steps that it has.
enum DifficultyCounter {
    /// Adds what a step observed.
    static func count(_ observed: ObservedOutcomes, _ db: Database, run: Int64, step: Int) throws {
        let known = try RowReader(
            db,
            sql: """
                SELECT fading_attempts, fading_successes, last_step FROM difficulty
                WHERE run = ? AND problem = ?
                """)
        var update = try RowWriter(
            db,
            sql: """
                INSERT INTO difficulty (run, problem, attempts, successes, fading_attempts,
                  fading_successes, last_step) VALUES (?, ?, ?, ?, ?, ?, ?)
                ON CONFLICT (run, problem) DO UPDATE SET
                  attempts = attempts + excluded.attempts,
                  successes = successes + excluded.successes,
                  fading_attempts = excluded.fading_attempts,
                  fading_successes = excluded.fading_successes, last_step = excluded.last_step
                """)
        for entry in observed.problems {
            let before = try known.first {
                $0.bind(run)
                $0.bind(entry.id)
            } _: { row in
                FadingRate(
                    attempts: row.double(0), successes: row.double(1), lastStep: row.integer(2))
            }
            var rate = before ?? FadingRate()
            rate.observe(attempts: entry.attempts, successes: entry.successes, step: step)
            try update.run {
                $0.bind(run)
                $0.bind(entry.id)
                $0.bind(entry.attempts)
                $0.bind(entry.successes)
                $0.bind(rate.attempts)
                $0.bind(rate.successes)
                $0.bind(rate.lastStep)
            }
        }
    }

    /// Counts anew from the steps that stay, rather than subtracting, so that sums stay exact.
    static func recount(_ db: Database, run: Int64) throws {
        try db.execute(sql: "DELETE FROM difficulty WHERE run = ?", arguments: [run])
        let steps = try GRDB.Row.fetchCursor(
            db, sql: "SELECT step, observed FROM steps WHERE run = ? ORDER BY step",
            arguments: [run])
        while let row = try steps.next() {
            try count(ObservedOutcomes(json: row["observed"]), db, run: run, step: row["step"])
        }
    }
}
