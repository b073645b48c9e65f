import Curricula
import GRDB
import Rollouts

/// One import within a transaction: what is new is added, what is known is counted.
struct ImportSession {
    private(set) var report = ImportReport()
    private let db: Database
    private let settings: ImportSettings
    private let source: SourceRow
    /// Keys up to this one were there before.
    private let lastStored: Int64
    private var inserter: ProblemInserter
    private let isPromptKnown: Statement

    init(_ db: Database, _ settings: ImportSettings) throws {
        self.db = db
        self.settings = settings
        source = try SourceRow(unfinished: db)
        lastStored = try Int64.fetchOne(db, sql: "SELECT COALESCE(MAX(key), 0) FROM problems") ?? 0
        inserter = try ProblemInserter(db, curriculum: settings.curriculum, source: source.id)
        isPromptKnown = try db.cachedStatement(
            sql: "SELECT EXISTS (SELECT 1 FROM problems WHERE curriculum = ? AND prompt_key = ?)")
    }

    mutating func add(_ line: ImportLine) throws {
        switch line.row {
        case .problem(let row): try add(row, at: line.place)
        case .judged(let row): try add(row, at: line.place)
        }
    }

    func finish(_ info: SourceInfo) throws { try source.finish(info) }

    // MARK: Problems

    private mutating func add(_ row: ProblemRow, at place: String) throws {
        let key = ContentKey(row.problem)
        let split: Split =
            switch settings.split {
            case .all(let split): split
            case .heldOut(let share): key.split(heldOut: share)
            }
        let known = try Bool.fetchOne(
            isPromptKnown, arguments: [settings.curriculum, Int64(bitPattern: key.prompt)])
        var stored: Int64?
        if known == true {
            if let twin = try inserter.twin(of: row.problem, key) {
                stored = try meet(twin, row, key, split, place)
            } else {
                stored = try compare(row, key, split, place)
            }
        } else {
            stored = try insert(row, key, split, place)
        }
        if let stored { try report(row.passRates, of: stored) }
    }

    private mutating func insert(
        _ row: ProblemRow, _ key: ContentKey, _ split: Split, _ place: String, isCopy: Bool = false
    ) throws -> Int64 {
        let new = try inserter.insert(row.problem, key, split: split, isCopy: isCopy)
        report.added += 1
        if split == .heldOut { report.addedHeldOut += 1 }
        if row.problem.tags.contains(ProblemImporter.unreadableLevel) {
            report.unreadableLevels += 1
        }
        if new.id != row.problem.id, !isCopy {
            report.renamed += 1
            report.note(
                ImportFinding(
                    kind: .renamed, place: place, id: row.problem.id, other: new.id,
                    otherSplit: nil,
                    isDropped: false))
        }
        return new.key
    }

    /// The same prompt and answer once more.
    private mutating func meet(
        _ twin: ProblemInserter.Known, _ row: ProblemRow, _ key: ContentKey, _ split: Split,
        _ place: String
    ) throws -> Int64 {
        if twin.key > lastStored {
            report.duplicatesInFile += 1
        } else {
            report.duplicatesStored += 1
        }
        if twin.split != split {
            noteWall(row, twin, place, isDropped: true)
        } else if settings.deduplication == .none {
            if twin.key > lastStored {
                report.duplicatesInFile -= 1
            } else {
                report.duplicatesStored -= 1
            }
            return try insert(row, key, split, place, isCopy: true)
        }
        return twin.key
    }

    /// Another problem that reads alike.
    private mutating func compare(
        _ row: ProblemRow, _ key: ContentKey, _ split: Split, _ place: String
    ) throws -> Int64? {
        let near = try relative(key, [split, split.other], isConflict: false)
        let conflict = try relative(key, [split, split.other], isConflict: true)
        let beyond =
            try relative(key, [split.other], isConflict: false)
            ?? relative(key, [split.other], isConflict: true)
        let isDropped =
            settings.deduplication == .normalized && (near != nil || beyond != nil)
        if let beyond { noteWall(row, beyond, place, isDropped: isDropped) }
        if let near {
            report.nearDuplicates += 1
            note(.nearDuplicate, row, near, place, isDropped)
        }
        if let conflict {
            report.conflicts += 1
            note(.conflict, row, conflict, place, isDropped)
        }
        if isDropped {
            report.nearDuplicatesDropped += 1
            return near?.key
        }
        return try insert(row, key, split, place)
    }

    /// A problem whose normalised prompt is the same, with the same answer or another one.
    ///
    /// Every look is a range of the index, however many problems share a prompt.
    private func relative(
        _ key: ContentKey, _ splits: [Split], isConflict: Bool
    ) throws -> ProblemInserter.Known? {
        for split in splits {
            for comparison in isConflict ? ["<", ">"] : ["="] {
                let statement = try db.cachedStatement(
                    sql: """
                        SELECT key, id, split FROM problems WHERE curriculum = ?
                          AND prompt_key = ? AND split = ? AND answer_key \(comparison) ? LIMIT 1
                        """)
                let row = try GRDB.Row.fetchOne(
                    statement,
                    arguments: [
                        settings.curriculum, Int64(bitPattern: key.prompt), split.rawValue,
                        Int64(bitPattern: key.answer),
                    ])
                if let row { return ProblemInserter.known(row) }
            }
        }
        return nil
    }

    private mutating func noteWall(
        _ row: ProblemRow, _ other: ProblemInserter.Known, _ place: String, isDropped: Bool
    ) {
        report.acrossWall += 1
        note(.acrossWall, row, other, place, isDropped)
    }

    private mutating func note(
        _ kind: ImportFinding.Kind, _ row: ProblemRow, _ other: ProblemInserter.Known,
        _ place: String, _ isDropped: Bool
    ) {
        report.note(
            ImportFinding(
                kind: kind, place: place, id: row.problem.id,
                other: other.id,
                otherSplit: other.split, isDropped: isDropped))
    }

    // MARK: Difficulty

    private mutating func report(_ rates: [PassRate], of problem: Int64) throws {
        guard !rates.isEmpty else { return }
        let statement = try db.cachedStatement(
            sql: """
                INSERT OR REPLACE INTO reported_difficulty (problem, policy, source, attempts, mean)
                VALUES (?, ?, ?, NULL, ?)
                """)
        for rate in rates {
            try statement.execute(arguments: [problem, rate.policy, source.id, rate.mean])
            report.rates += 1
        }
    }

    private mutating func add(_ row: JudgedRow, at place: String) throws {
        guard let isCorrect = row.isCorrect else {
            report.unscored += 1
            return
        }
        let found = try Int64.fetchOne(
            db.cachedStatement(sql: "SELECT key FROM problems WHERE curriculum = ? AND id = ?"),
            arguments: [settings.curriculum, row.id])
        guard let problem = found else {
            report.unknownProblems += 1
            report.note(
                ImportFinding(
                    kind: .unknownProblem, place: place, id: row.id, other: nil, otherSplit: nil,
                    isDropped: true))
            return
        }
        // A mean of counts stays a multiple of 1/attempts.
        let statement = try db.cachedStatement(
            sql: """
                INSERT INTO reported_difficulty (problem, policy, source, attempts, mean)
                VALUES (?, ?, ?, 1, ?4) ON CONFLICT DO UPDATE SET attempts = attempts + 1,
                  mean = (ROUND(mean * attempts) + ?4) / (attempts + 1)
                """)
        try statement.execute(arguments: [
            problem, settings.policy, source.id, isCorrect ? 1.0 : 0.0,
        ])
        report.rates += 1
    }
}

extension Split {
    /// The side beyond the wall.
    var other: Split { self == .train ? .heldOut : .train }
}
