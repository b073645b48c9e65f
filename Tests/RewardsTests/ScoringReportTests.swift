import Foundation
import Testing

@testable import Rewards

@Suite struct ScoringReportTests {
    @Test("every judged record is in every histogram, and hostile text is text")
    func counts() async throws {
        let folder = NSTemporaryDirectory() + "assay-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let rows = (0..<100).map { i in
            #"{"id":"<b>\#(i)","completion":"\\boxed{\#(i % 4)}","answer":"1","level":"<i>\#(i % 3)","tokens":\#(i)}"#
        }
        let path = folder + "/records.jsonl"
        #expect(FileManager.default.createFile(atPath: path, contents: nil))
        let output = try #require(FileHandle(forWritingAtPath: path))
        let pipe = Pipe()
        pipe.fileHandleForWriting.write(Data((rows.joined(separator: "\n") + "\nnot json\n").utf8))
        try pipe.fileHandleForWriting.close()
        let scorer = try scorer("name: '<s>'\nrewards: [{name: m, type: math}]\noutcome: m\n")
        let summary = try await OfflineScorer(scorer).run(
            from: pipe.fileHandleForReading, named: "rows", to: output)
        let page = try ScoringReport(records: path, summary: summary, spec: scorer.spec).html()
        #expect(page.contains("101 completions in 101 rows"))
        // 25 right, 75 wrong, in the reward's, the part's and the lengths' histogram.
        #expect(page.components(separatedBy: "right <b>25</b>").count - 1 == 3)
        #expect(page.components(separatedBy: "wrong <b>75</b>").count - 1 == 3)
        #expect(page.contains("&lt;i&gt;0") && !page.contains("<i>0") && !page.contains("<b>9"))
        #expect(page.contains("infra_error") && page.contains("Slowest rows"))
        let missing = ScoringReport(records: path + "x", summary: summary, spec: scorer.spec)
        #expect(throws: RewardError.self) { try missing.html() }
    }
}
