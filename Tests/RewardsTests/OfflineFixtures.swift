import Foundation
import Rollouts

@testable import Rewards

/// Runs text through an offline scorer, file to file.
func scoreText(
    _ text: [UInt8], spec: String = RewardSpecTests.good, jobs: Int = 2, lineLimit: Int = 1 << 20
) async throws -> (lines: [String], summary: ScoringSummary) {
    let folder = FileManager.default.temporaryDirectory
        .appending(path: "assay-tests-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let source = folder.appending(path: "in.jsonl")
    try Data(text).write(to: source)
    let target = folder.appending(path: "out.jsonl").path(percentEncoded: false)
    let file = try RecordFile(path: target)
    let summary = try await OfflineScorer(try scorer(spec), jobs: jobs, lineLimit: lineLimit).run(
        from: try FileHandle(forReadingFrom: source), named: "in.jsonl", to: file.handle)
    try file.finish()
    let written = try String(contentsOfFile: target, encoding: .utf8)
    return (written.split(separator: "\n").map(String.init), summary)
}

/// The samples of one row.
func samples(_ row: String, fields: RewardSpec.Fields = .init()) throws -> [RowSample] {
    RowShape(fields: fields).samples(in: try JSONReader.parse(Array(row.utf8)), line: 7)
}
