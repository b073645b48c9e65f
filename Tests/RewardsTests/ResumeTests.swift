import Foundation
import Rollouts
import Testing

@testable import Rewards

@Suite struct ResumeTests {
    private struct Stop: Error {}

    private let folder: String

    init() throws {
        folder = NSTemporaryDirectory() + "assay-\(UUID().uuidString)"
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true)
    }

    private func write(_ name: String, rows: Range<Int>) throws -> String {
        var text = ""
        for row in rows {
            text += row % 17 == 3 ? "broken\n\n" : ""
            text +=
                "{\"id\":\"r\(row)\",\"completions\":[\"#### \(row % 5)\",\"no\"],\"answer\":\"2\"}\n"
        }
        let path = "\(folder)/\(name)"
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        return path
    }

    private func offline(shard: RowShard? = nil) throws -> OfflineScorer {
        OfflineScorer(try scorer(RewardSpecTests.good), jobs: 2, shard: shard)
    }

    private func inputs(_ paths: [String]) throws -> [RowInput] {
        try paths.map {
            RowInput(name: $0, handle: try #require(FileHandle(forReadingAtPath: $0)))
        }
    }

    private func identity(_ paths: [String], _ spec: String = RewardSpecTests.good) throws
        -> ScoringIdentity
    {
        ScoringIdentity(
            inputs: paths, spec: try scorer(spec).spec, shard: nil, columns: [])
    }

    /// Scores and stops after some chunks; nil runs to the end.
    private func run(
        _ paths: [String], to out: String, resuming: Bool, chunks: Int?
    ) async throws -> ScoringSummary? {
        let file = try ResumableFile(
            path: out, identity: try identity(paths), resuming: resuming, markTime: .zero)
        var left = chunks ?? .max
        do {
            let summary = try await offline().run(try inputs(paths), from: file.start) {
                if left == 0 { throw Stop() }
                left -= 1
                try file.write($0, upTo: $1)
            }
            try file.finish()
            return summary
        } catch is Stop {
            return nil
        }
    }

    @Test("a run that stops again and again writes what a run without a stop writes")
    func resume() async throws {
        let paths = [try write("a.jsonl", rows: 0..<700), try write("b.jsonl", rows: 700..<1100)]
        let whole = try await run(paths, to: "\(folder)/whole", resuming: false, chunks: nil)
        var random = SplitMix64(seed: 5)
        for _ in 0..<6 {
            var summary: ScoringSummary?
            var resuming = false
            let out = "\(folder)/out"
            while summary == nil {
                let chunks = 1 + Int(random.below(9))
                summary = try await run(paths, to: out, resuming: resuming, chunks: chunks)
                resuming = true
                if summary == nil, random.below(2) == 0 {
                    // A kill may cut the journal's last line and leave half a record.
                    let journal = try #require(FileHandle(forUpdatingAtPath: out + ".journal"))
                    try journal.seekToEnd()
                    try journal.write(contentsOf: Data("{\"input\":1,\"li".utf8))
                    let partial = try #require(FileHandle(forUpdatingAtPath: out + ".partial"))
                    try partial.seekToEnd()
                    try partial.write(contentsOf: Data("{\"id\":\"half".utf8))
                }
            }
            #expect(summary?.withoutTimes == whole?.withoutTimes)
            #expect(
                FileManager.default.contents(atPath: out)
                    == FileManager.default.contents(atPath: "\(folder)/whole"))
            #expect(!FileManager.default.fileExists(atPath: out + ".journal"))
            unlink(out)
        }
    }

    @Test("another spec, input or shard refuses to go on, and says what differs")
    func refusals() async throws {
        let path = try write("c.jsonl", rows: 0..<300)
        let out = "\(folder)/c.out"
        #expect(try await run([path], to: out, resuming: false, chunks: 2) == nil)
        let other = RewardSpecTests.good.replacingOccurrences(of: "weight: 1", with: "weight: 2")
        func reason(_ identity: ScoringIdentity) -> String {
            do {
                _ = try ResumableFile(path: out, identity: identity, resuming: true)
                return ""
            } catch {
                return "\(error)"
            }
        }
        #expect(reason(try identity([path], other)).contains("the spec was"))
        #expect(reason(try identity([path, path])).contains("the inputs were"))
        var sharded = try identity([path])
        sharded.shard = "0/2"
        #expect(reason(sharded).contains("the shard was all and is 0/2"))
        let first = try ResumableFile(path: out, identity: try identity([path]), resuming: true)
        #expect(reason(try identity([path])).contains("another process"))
        withExtendedLifetime(first) {}
    }

    @Test("a changed input refuses to go on")
    func changedInput() async throws {
        let path = try write("d.jsonl", rows: 0..<300)
        let out = "\(folder)/d.out"
        #expect(try await run([path], to: out, resuming: false, chunks: 2) == nil)
        _ = try write("d.jsonl", rows: 1..<301)
        await #expect(throws: RewardError.self) {
            try await run([path], to: out, resuming: true, chunks: nil)
        }
    }

    @Test("shards part the rows by their ids, none twice and none lost")
    func shards() async throws {
        let paths = [try write("e.jsonl", rows: 0..<500)]
        func records(_ shard: RowShard?) async throws -> [String] {
            var text = Data()
            _ = try await offline(shard: shard).run(try inputs(paths)) { bytes, _ in text += bytes }
            return String(decoding: text, as: UTF8.self).split(separator: "\n").map(String.init)
        }
        let all = try await records(nil)
        var parts: [String] = []
        for index in 0..<3 {
            let part = try await records(RowShard(index, of: 3))
            #expect(part.count > all.count / 5)
            parts += part
        }
        #expect(parts.sorted() == all.sorted())
        for bad in ["", "1", "3/3", "-1/2", "0/0", "a/b", "1/2/3"] { #expect(RowShard(bad) == nil) }
    }

    @Test("an input that is another one cannot be gone on with, though it is a pipe")
    func otherInput() async throws {
        let rows = (0..<3000).map { #"{"id":"\#($0)","completion":"\\boxed{4}","answer":"4"}"# }
        let offline = OfflineScorer(
            try scorer("name: s\nrewards: [{type: math}]\noutcome: math\n"))
        func records(_ rows: [String], from start: ScoringPosition) async throws -> (
            Data, [ScoringPosition]
        ) {
            let path = NSTemporaryDirectory() + "assay-\(UUID().uuidString)"
            try rows.joined(separator: "\n").write(toFile: path, atomically: true, encoding: .utf8)
            defer { try? FileManager.default.removeItem(atPath: path) }
            let handle = try #require(FileHandle(forReadingAtPath: path))
            var all = Data()
            var positions: [ScoringPosition] = []
            _ = try await offline.run([RowInput(name: "rows", handle: handle)], from: start) {
                all += $0
                positions.append($1)
            }
            return (all, positions)
        }
        let (whole, positions) = try await records(rows, from: ScoringPosition())
        let middle = try #require(positions.dropFirst(5).first)
        let (rest, _) = try await records(rows, from: middle)
        #expect(whole.suffix(rest.count) == rest && whole.count == rest.count + middle.bytes)
        await #expect(throws: RewardError.self) {
            try await records(rows.reversed(), from: middle)
        }
        // A shorter one has lost what was scored.
        await #expect(throws: RewardError.self) {
            try await records(Array(rows.prefix(middle.line - 1)), from: middle)
        }
        let (nothing, _) = try await records(Array(rows.prefix(middle.line)), from: middle)
        #expect(nothing.isEmpty)
    }
}
