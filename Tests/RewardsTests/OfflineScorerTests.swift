import Foundation
import Rollouts
import Testing

@testable import Rewards

@Suite struct OfflineScorerTests {
    static let keys = [
        "acc", "components", "config_sha256", "gold", "id", "mask", "pred", "reason", "reward",
        "sample", "score", "status", "tokens", "truncated", "verifier",
    ]

    static func keys(of line: String) throws -> [String] {
        guard case .object(let members) = try JSONReader.parse(Array(line.utf8)) else { return [] }
        return members.keys.sorted()
    }

    @Test func badRowsKeepTheirPlaceAndTheirKeys() async throws {
        var text = Array("{\"id\":\"a\",\"completion\":\"#### 4\",\"answer\":\"4\"}\r\n".utf8)
        text += Array("{broken\n\n".utf8)
        text += Array("{\"id\":\"b\",\"completion\":\"".utf8) + [0xFF, 0xFE] + Array("\"}\n".utf8)
        text += Array("{\"id\":\"c\",\"completions\":[\"#### 4\",7],\"answer\":\"4\"}\n".utf8)
        text += Array(
            "{\"id\":\"long\",\"completion\":\"\(String(repeating: "x", count: 300))\"}\n".utf8)
        text += Array("{\"id\":\"d\",\"completion\":\"#### 5\",\"answer\":\"4\"}".utf8)
        let (lines, summary) = try await scoreText(text, lineLimit: 200)
        #expect(lines.count == 7)
        for line in lines { #expect(try Self.keys(of: line) == Self.keys) }
        let records = try lines.map { try JSONReader.parse(Array($0.utf8)) }
        #expect(records.map { $0["reward"]?.double } == [1, nil, nil, 1, nil, nil, 0])
        #expect(records.map { $0["mask"] } == [false, true, true, false, true, true, false])
        #expect(records[1]["status"] == "infra_error" && records[1]["id"] == "line-2")
        #expect(records[1]["reason"]?.string?.hasPrefix("in.jsonl:2: not JSON at byte 2") == true)
        #expect(records[2]["reason"]?.string?.hasPrefix("in.jsonl:4: not JSON") == true)
        #expect(records[4]["id"] == "c" && records[4]["sample"] == 1)
        #expect(records[5]["reason"]?.string?.contains("longer than 200 bytes") == true)
        #expect(summary.records == 7 && summary.rows == 6 && summary.unscored == 4)
        #expect(summary.statuses == [.scored: 3, .infrastructureError: 4])
        #expect(summary.accuracy.value.map { abs($0 - 2.0 / 3) < 1e-12 } == true)
    }

    @Test func anyNumberOfJobsWritesTheSame() async throws {
        var random = SplitMix64(seed: 11)
        var text = ""
        for row in 0..<1000 {
            let answers = (0..<1 + random.below(3)).map { _ in "\"#### \(random.below(4))\"" }
            text += "{\"id\":\"r\(row)\",\"completions\":[\(answers.joined(separator: ","))],"
            text += "\"answer\":\"\(random.below(4))\",\"is_correct\":\(random.below(2) == 0)}\n"
            if random.below(50) == 0 { text += "broken\n" }
        }
        let one = try await scoreText(Array(text.utf8), jobs: 1)
        #expect(one.lines.count > 1000)
        let order = try one.lines.map { try JSONReader.parse(Array($0.utf8))["id"]?.string ?? "" }
        let numbers = order.filter { $0.hasPrefix("r") }.compactMap { Int($0.dropFirst()) }
        #expect(numbers == numbers.sorted())
        for jobs in [2, 3, 16] {
            let many = try await scoreText(Array(text.utf8), jobs: jobs)
            #expect(many.lines == one.lines, "\(jobs) jobs")
            #expect(many.summary.withoutTimes == one.summary.withoutTimes, "\(jobs) jobs")
        }
    }

    @Test func labelsAreComparedAndTheFirstDifferencesKept() async throws {
        let rows = (0..<50).map { row in
            let label = row % 2 == 0
            return
                "{\"id\":\(row),\"completion\":\"#### 4\",\"answer\":\"4\",\"is_correct\":\(label)}\n"
        }.joined()
        let (_, summary) = try await scoreText(Array(rows.utf8))
        #expect(summary.labelled == 50 && summary.agreed == 25)
        #expect(summary.disagreements.count == ScoringSummary.keptDisagreements)
        #expect(summary.disagreements.prefix(3).map(\.id) == ["1", "3", "5"])
    }

    @Test func anyTextIsWrittenAsItIs() throws {
        for text in ["", "\"\\/\n\r\t\u{0}\u{1}\u{1F}\u{7F}", "é漢🎈\u{301}", "a\u{2028}b"] {
            var writer = JSONLineWriter()
            writer.string(text)
            #expect(try JSONReader.parse(writer.bytes) == .string(text))
        }
        var writer = JSONLineWriter()
        writer.number(.nan)
        writer.string(nil)
        #expect(String(decoding: writer.bytes, as: UTF8.self) == "nullnull")
    }

    @Test func anEmptyFileGivesAnEmptyFile() async throws {
        let (lines, summary) = try await scoreText([])
        #expect(lines.isEmpty && summary == ScoringSummary())
    }

    @Test func aDiscardedFileLeavesTheOldOne() throws {
        let folder = FileManager.default.temporaryDirectory
            .appending(path: "assay-tests-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.appending(path: "out").path(percentEncoded: false)
        try Data("old".utf8).write(to: URL(filePath: path))
        let file = try RecordFile(path: path)
        try file.handle.write(contentsOf: Data("new".utf8))
        file.discard()
        #expect(try String(contentsOfFile: path, encoding: .utf8) == "old")
        let again = try RecordFile(path: path)
        try again.handle.write(contentsOf: Data("new".utf8))
        try again.finish()
        #expect(try String(contentsOfFile: path, encoding: .utf8) == "new")
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: folder.path(percentEncoded: false))
                == ["out"])
        #expect(throws: RewardError.self) { try RecordFile(path: path + "/no/such") }
        #expect(throws: RewardError.self) {
            try RecordFile(path: folder.path(percentEncoded: false))
        }
    }

    @Test func aDeviceIsWrittenAsItIs() throws {
        let file = try RecordFile(path: "/dev/null")
        #expect(file.temporaryPath == nil)
        try file.handle.write(contentsOf: Data("x".utf8))
        try file.finish()
    }
}
