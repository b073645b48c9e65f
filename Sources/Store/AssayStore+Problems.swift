import Foundation
import GRDB
public import Rollouts

/// Where problems came from.
public struct SourceInfo: Sendable, Equatable {
    /// A file's name, or a generator's.
    public var name: String
    /// The row shape, or `generator`.
    public var format: String
    /// A hash of the content, or the settings of a generator.
    public var hash: String
    /// Of the data, where it is known.
    public var licence: String?

    /// A source.
    public init(name: String, format: String, hash: String, licence: String? = nil) {
        self.name = name
        self.format = format
        self.hash = hash
        self.licence = licence
    }
}

/// How many problems a curriculum has, by split and level.
public struct CurriculumSummary: Sendable, Equatable {
    /// One level of one split.
    public struct Level: Sendable, Equatable {
        /// Which side of the wall.
        public var split: Split
        /// The level.
        public var level: Int
        /// Problems.
        public var count: Int
        /// Completions of runs and scored files that were judged on them.
        public var attempts: Int
        /// Sum of their outcomes.
        public var successes: Double
    }

    /// Its name.
    public var name: String
    /// Ascending by split and level.
    public var levels: [Level]
}

extension AssayStore {
    /// Problems on each level of a split; empty where the curriculum has none.
    public func levelSizes(curriculum: String, split: Split) throws(StoreError) -> [Int: Int] {
        try read { db in
            let rows = try GRDB.Row.fetchAll(
                db,
                sql: "SELECT level, COUNT(*) AS count FROM problems"
                    + " WHERE curriculum = ? AND split = ? GROUP BY level",
                arguments: [curriculum, split.rawValue])
            return Dictionary(uniqueKeysWithValues: rows.map { ($0["level"], $0["count"]) })
        }
    }

    /// Bytes of the texts of a split's problems, metadata included.
    public func textBytes(curriculum: String, split: Split) throws(StoreError) -> Int {
        try read { db in
            try Int.fetchOne(
                db,
                sql: """
                    SELECT SUM(LENGTH(CAST(prompt AS BLOB)) + LENGTH(CAST(answer AS BLOB))
                      + LENGTH(CAST(metadata AS BLOB))) FROM problems WHERE curriculum = ? AND split = ?
                    """, arguments: [curriculum, split.rawValue]) ?? 0
        }
    }

    /// The problem at a place of a level's order.
    public func problem(
        curriculum: String, split: Split, level: Int, ordinal: Int
    ) throws(StoreError) -> Problem {
        let found = try problems(
            curriculum: curriculum, split: split, places: [(level: level, ordinal: ordinal)])
        return found[0]
    }

    /// The problems at places of their levels' orders, in one transaction.
    ///
    /// - Throws: `StoreError.noProblem` for the first place that has none.
    public func problems(
        curriculum: String, split: Split, places: [(level: Int, ordinal: Int)]
    ) throws(StoreError) -> [Problem] {
        try read { db in
            let reader = try RowReader(
                db,
                sql: """
                    SELECT id, prompt, answer, level, tags, metadata FROM problems
                    WHERE curriculum = ? AND split = ? AND level = ? AND ordinal = ?
                    """)
            return try places.map { place in
                let problem = try reader.first {
                    $0.bind(curriculum)
                    $0.bind(split.rawValue)
                    $0.bind(place.level)
                    $0.bind(place.ordinal)
                } _: { row in
                    try Self.problem(
                        id: row.text(0), prompt: row.text(1), answer: row.text(2),
                        level: row.integer(3), tags: row.text(4), metadata: row.text(5))
                }
                guard let problem else {
                    throw StoreError.noProblem(
                        curriculum: curriculum, split: split.rawValue, level: place.level,
                        ordinal: place.ordinal)
                }
                return problem
            }
        }
    }

    /// Problems in the stored order, by level and place.
    public func problems(
        curriculum: String, split: Split, level: Int? = nil, limit: Int? = nil
    ) throws(StoreError) -> [Problem] {
        try read { db in
            try GRDB.Row.fetchAll(
                db,
                sql: """
                    SELECT * FROM problems WHERE curriculum = ? AND split = ?
                      AND (?3 IS NULL OR level = ?3) ORDER BY level, ordinal LIMIT ?4
                    """, arguments: [curriculum, split.rawValue, level, limit ?? -1]
            ).map { try Self.problem($0) }
        }
    }

    /// Known pass rates of training problems, by level and place; the mean where several are known.
    ///
    /// - Parameter policy: whose; nil for all.
    public func passRates(
        curriculum: String, policy: String?
    ) throws(StoreError) -> [Int: [Int: Double]] {
        try read { db in
            var rates: [Int: [Int: Double]] = [:]
            let rows = try GRDB.Row.fetchCursor(
                db,
                sql: """
                    SELECT p.level, p.ordinal, AVG(d.mean) AS rate
                    FROM difficulties d JOIN problems p ON p.key = d.problem
                    WHERE p.curriculum = ?1 AND p.split = 'train' AND (?2 IS NULL OR d.policy = ?2)
                    GROUP BY p.key
                    """, arguments: [curriculum, policy])
            while let row = try rows.next() {
                rates[row["level"], default: [:]][row["ordinal"]] = row["rate"]
            }
            return rates
        }
    }

    /// Places of training problems by the name of their source, then by level.
    public func sourcePlaces(curriculum: String) throws(StoreError) -> [String: [Int: [Int]]] {
        try read { db in
            var places: [String: [Int: [Int]]] = [:]
            let rows = try GRDB.Row.fetchCursor(
                db,
                sql: """
                    SELECT s.name, p.level, p.ordinal FROM problems p JOIN sources s ON s.id = p.source
                    WHERE p.curriculum = ? AND p.split = 'train' ORDER BY p.level, p.ordinal
                    """, arguments: [curriculum])
            while let row = try rows.next() {
                places[row["name"], default: [:]][row["level"], default: []].append(row["ordinal"])
            }
            return places
        }
    }

    /// The problem on some levels whose prompt is the longest in characters, of either split.
    public func longestProblem(curriculum: String, levels: [Int]) throws(StoreError) -> Problem? {
        try read { db in
            try GRDB.Row.fetchOne(
                db,
                sql: """
                    SELECT * FROM problems WHERE curriculum = ?
                      AND level IN (SELECT value FROM json_each(?))
                    ORDER BY LENGTH(prompt) DESC LIMIT 1
                    """, arguments: [curriculum, "\(levels)"]
            ).map { try Self.problem($0) }
        }
    }

    static func problem(_ row: GRDB.Row) throws -> Problem {
        try problem(
            id: row["id"], prompt: row["prompt"], answer: row["answer"], level: row["level"],
            tags: row["tags"], metadata: row["metadata"])
    }

    private static func problem(
        id: String, prompt: String, answer: String, level: Int, tags: String, metadata: String
    ) throws -> Problem {
        let tags = try Self.parsed(tags)
        let metadata = try Self.parsed(metadata)
        var members: [String: JSONValue] = [:]
        if case .object(let found) = metadata { members = found }
        return Problem(
            id: id, prompt: prompt, answer: answer, level: level,
            tags: tags.array?.compactMap(\.string) ?? [], metadata: members)
    }

    /// Most columns are empty.
    private static func parsed(_ json: String) throws -> JSONValue {
        switch json {
        case "[]": .array([])
        case "{}": .object([:])
        default: try JSONValue.parse(Data(json.utf8))
        }
    }

    /// Every curriculum of the file with its sizes and what runs observed.
    public func curricula() throws(StoreError) -> [CurriculumSummary] {
        try read { db in
            let rows = try GRDB.Row.fetchAll(
                db,
                sql: """
                    SELECT p.curriculum, p.split, p.level, COUNT(*) AS count,
                      COALESCE(SUM(d.attempts), 0) AS attempts,
                      COALESCE(SUM(d.successes), 0.0) AS successes
                    FROM problems p LEFT JOIN (
                      SELECT problem, SUM(attempts) AS attempts, SUM(mean * attempts) AS successes
                      FROM difficulties GROUP BY problem) d ON d.problem = p.key
                    GROUP BY 1, 2, 3 ORDER BY 1, 2 DESC, 3
                    """)
            var summaries: [CurriculumSummary] = []
            for row in rows {
                let name: String = row["curriculum"]
                if summaries.last?.name != name {
                    summaries.append(CurriculumSummary(name: name, levels: []))
                }
                summaries[summaries.count - 1].levels.append(
                    .init(
                        split: Split(rawValue: row["split"]) ?? .train, level: row["level"],
                        count: row["count"], attempts: row["attempts"],
                        successes: row["successes"]))
            }
            return summaries
        }
    }
}
