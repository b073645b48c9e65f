import Foundation
import GRDB
public import Rollouts

/// What tells whether the problems of a level are still the same.
public struct LevelFingerprint: Codable, Sendable, Equatable {
    /// Number of problems.
    public var problems: Int
    /// Over their ids, prompts, answers, tags and metadata in their order; stable, not cryptographic.
    public var hash: String
}

extension AssayStore {
    /// The fingerprint of every level of a split; empty where the curriculum has none.
    public func fingerprints(
        curriculum: String, split: Split
    ) throws(StoreError) -> [Int: LevelFingerprint] {
        try read { db in
            let rows = try GRDB.Row.fetchCursor(
                db,
                sql: """
                    SELECT level, id, prompt, answer, tags, metadata FROM problems
                    WHERE curriculum = ? AND split = ? ORDER BY level, ordinal
                    """, arguments: [curriculum, split.rawValue])
            var levels: [Int: (count: Int, hasher: StableHasher)] = [:]
            while let row = try rows.next() {
                var entry = levels[row["level"]] ?? (0, StableHasher())
                entry.count += 1
                for column in ["id", "prompt", "answer", "tags", "metadata"] {
                    // 0xFF stands in no UTF-8 text.
                    entry.hasher.combine((row[column] as String).utf8)
                    entry.hasher.combine([0xFF])
                }
                levels[row["level"]] = entry
            }
            return levels.mapValues { entry in
                LevelFingerprint(
                    problems: entry.count, hash: String(entry.hasher.value, radix: 16))
            }
        }
    }
}
