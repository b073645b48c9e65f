public import Rollouts

/// One completion of a file with its score, for those who keep both.
public struct ScoredRow: Sendable, Equatable {
    /// Index of its file.
    public var input: Int
    /// Its line there, from 1.
    public var line: Int
    /// The record's id.
    public var id: String
    /// Index within its row.
    public var sample: Int
    /// What was scored; nil where the row could not be read.
    public var content: ScoringInput?
    /// What the spec says.
    public var score: Score

    static func rows(of records: [ScoreRecord], input: Int, line: Int) -> [ScoredRow] {
        records.map { record in
            ScoredRow(
                input: input, line: line, id: record.sample.id, sample: record.sample.sample,
                content: record.sample.fault == nil ? record.sample.input : nil,
                score: record.score)
        }
    }
}
