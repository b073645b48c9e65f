import Curricula
import GRDB
public import Rollouts

extension AssayStore {
    /// Adds the problems of a stream, and what its rows say of difficulty, in one transaction.
    ///
    /// Memory does not grow with the number of rows.
    ///
    /// - Throws: `StoreError`, or what the stream throws; the file is as it was then.
    public func importRows(
        _ rows: inout some ImportStream, _ settings: ImportSettings
    ) throws -> ImportReport {
        try writeOrUndo { db in
            try db.execute(sql: "PRAGMA cache_size = -65536")
            defer { try? db.execute(sql: "PRAGMA cache_size = -2000") }
            var session = try ImportSession(db, settings)
            while let line = try rows.next() { try session.add(line) }
            try session.finish(rows.source)
            return (session.report, isKept: !settings.isDry)
        }
    }

    /// Adds problems at the end of their levels; one whose prompt and answer the curriculum has is
    /// left out, so that importing twice adds nothing and no problem stands in both splits.
    ///
    /// Another problem under an id that is taken gets its content's hash behind the id.
    public func importProblems(
        _ problems: [Problem], curriculum: String, split: Split, source: SourceInfo
    ) throws(StoreError) -> ImportReport {
        var rows = ListedProblems(problems: problems[...], source: source)
        do {
            return try importRows(
                &rows, ImportSettings(curriculum: curriculum, split: .all(split)))
        } catch {
            throw StoreError(error, path: path)
        }
    }
}

/// Problems that are in memory already.
private struct ListedProblems: ImportStream {
    var problems: ArraySlice<Problem>
    let source: SourceInfo

    mutating func next() -> ImportLine? {
        problems.popFirst().map {
            ImportLine(place: source.name, row: .problem(ProblemRow(problem: $0)))
        }
    }
}
