import Curricula
import GRDB

/// Keeps what a run knows of each problem in step with the steps that it has.
enum DifficultyCounter {
    /// Adds what a step observed.
    static func count(_ observed: ObservedOutcomes, _ db: Database, run: Int64, step: Int) throws {
        let known = try db.cachedStatement(
            sql: """
                SELECT fading_attempts, fading_successes, last_step FROM difficulty
                WHERE run = ? AND problem = ?
                """)
        let update = try db.cachedStatement(
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
            var rate = FadingRate()
            if let row = try GRDB.Row.fetchOne(known, arguments: [run, entry.id]) {
                rate = FadingRate(attempts: row[0], successes: row[1], lastStep: row[2])
            }
            rate.observe(attempts: entry.attempts, successes: entry.successes, step: step)
            try update.execute(arguments: [
                run, entry.id, entry.attempts, entry.successes, rate.attempts, rate.successes,
                rate.lastStep,
            ])
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
