import Foundation
import GRDB
public import Rollouts

/// Problems that share a value, and how hard they are.
public struct ProblemStatistics: Sendable, Equatable {
    /// What problems are told apart by.
    public enum Grouping: String, Sendable, CaseIterable {
        case split, level, source, tag
    }

    /// The curriculum's name.
    public var curriculum: String
    /// Side of the wall.
    public var split: Split
    /// The level, source or tag; nil where problems are told apart by split alone.
    public var value: String?
    /// Problems.
    public var count = 0
    /// Of those, the ones whose difficulty is known.
    public var tried = 0
    /// Completions that were judged.
    public var attempts = 0
    /// Share of right ones, over all that were tried; nil where none was.
    public var passRate: Double?
    /// Problems by pass rate, a tenth each, the hardest first.
    public var histogram = [Int](repeating: 0, count: 10)
}

extension AssayStore {
    /// The names of all curricula, ascending.
    public func curriculumNames() throws(StoreError) -> [String] {
        try read { db in
            try String.fetchAll(
                db, sql: "SELECT DISTINCT curriculum FROM problems ORDER BY curriculum")
        }
    }

    /// Problems with what is known of them, in the stored order.
    public func listing(_ filter: ProblemFilter, limit: Int) throws(StoreError) -> [StoredProblem] {
        try read { db in
            try GRDB.Row.fetchAll(
                db,
                sql: """
                    \(ProblemFilter.known)
                    SELECT p.*, s.name AS source_name, s.licence, k.attempts, k.mean
                    FROM problems p JOIN sources s ON s.id = p.source
                      LEFT JOIN known k ON k.problem = p.key
                    WHERE \(filter.condition)
                    ORDER BY p.curriculum, p.split DESC, p.level, p.ordinal LIMIT :limit
                    """, arguments: filter.arguments(["limit": limit])
            ).map(Self.stored)
        }
    }

    /// Keys of problems in the stored order, to read them piece by piece.
    public func problemKeys(
        _ filter: ProblemFilter, limit: Int? = nil
    ) throws(StoreError) -> [Int64] {
        try read { db in
            // The views are only read where they matter.
            let known =
                filter.difficulty == nil
                ? "WITH known AS (SELECT NULL AS problem, NULL AS mean WHERE :policy IS NULL)"
                : ProblemFilter.known
            return try Int64.fetchAll(
                db,
                sql: """
                    \(known) SELECT p.key FROM problems p JOIN sources s ON s.id = p.source
                      LEFT JOIN known k ON k.problem = p.key
                    WHERE \(filter.condition)
                    ORDER BY p.curriculum, p.split DESC, p.level, p.ordinal LIMIT :limit
                    """, arguments: filter.arguments(["limit": limit ?? -1]))
        }
    }

    /// The problems of some keys with their sides of the wall, in the order of the keys.
    public func problems(
        keys: some Sequence<Int64>
    ) throws(StoreError) -> [(problem: Problem, split: Split)] {
        try read { db in
            let statement = try db.cachedStatement(sql: "SELECT * FROM problems WHERE key = ?")
            return try keys.compactMap { key in
                try GRDB.Row.fetchOne(statement, arguments: [key]).map {
                    (try Self.problem($0), Split(rawValue: $0["split"]) ?? .train)
                }
            }
        }
    }

    /// Counts and pass rates by split, and by level, source or tag within it.
    public func statistics(
        _ filter: ProblemFilter, by grouping: ProblemStatistics.Grouping
    ) throws(StoreError) -> [ProblemStatistics] {
        let (value, join) =
            switch grouping {
            case .split: ("NULL", "")
            case .level: ("p.level", "")
            case .source: ("s.name", "")
            case .tag: ("t.value", "JOIN json_each(p.tags) t")
            }
        return try read { db in
            let rows = try GRDB.Row.fetchCursor(
                db,
                sql: """
                    \(ProblemFilter.known)
                    SELECT p.curriculum, p.split, \(value) AS value,
                      MIN(9, CAST(k.mean * 10 + 1e-9 AS INTEGER)) AS tenth, COUNT(*) AS count,
                      COALESCE(SUM(k.attempts), 0) AS attempts, COALESCE(SUM(k.weight), 0) AS weight,
                      COALESCE(SUM(k.mean * k.weight), 0.0) AS successes
                    FROM problems p JOIN sources s ON s.id = p.source \(join)
                      LEFT JOIN known k ON k.problem = p.key
                    WHERE \(filter.condition)
                    GROUP BY p.curriculum, p.split, 3, 4
                    ORDER BY p.curriculum, p.split DESC, 3, 4
                    """, arguments: filter.arguments())
            return try Self.gather(rows)
        }
    }

    private static func gather(_ rows: RowCursor) throws -> [ProblemStatistics] {
        var found: [ProblemStatistics] = []
        var (weight, successes) = (0, 0.0)
        while let row = try rows.next() {
            let next = ProblemStatistics(
                curriculum: row["curriculum"], split: Split(rawValue: row["split"]) ?? .train,
                value: String.fromDatabaseValue(text(row["value"])))
            if found.last.map({
                ($0.curriculum, $0.split, $0.value) != (next.curriculum, next.split, next.value)
            }) ?? true {
                found.append(next)
                (weight, successes) = (0, 0)
            }
            let last = found.count - 1
            found[last].count += row["count"]
            found[last].attempts += row["attempts"]
            if let tenth = row["tenth"] as Int? {
                found[last].tried += row["count"]
                found[last].histogram[tenth] += row["count"]
                weight += row["weight"]
                successes += row["successes"]
                found[last].passRate = successes / Double(weight)
            }
        }
        return found
    }

    private static func text(_ value: DatabaseValue) -> DatabaseValue {
        Int64.fromDatabaseValue(value).map { String($0).databaseValue } ?? value
    }

    static func stored(_ row: GRDB.Row) throws -> StoredProblem {
        StoredProblem(
            problem: try problem(row), curriculum: row["curriculum"],
            split: Split(rawValue: row["split"]) ?? .train, ordinal: row["ordinal"],
            source: row["source_name"], licence: row["licence"], attempts: row["attempts"] ?? 0,
            passRate: row["mean"])
    }
}
