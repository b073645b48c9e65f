import Foundation
import Rollouts
import Testing

@testable import Training

@Suite struct MetricSinkTests {
    private let directory = RunDirectory(NSTemporaryDirectory() + "assay-\(UUID().uuidString)")

    @Test("CRC-32C of the vectors of RFC 3720")
    func checksums() {
        let vectors: [([UInt8], UInt32)] = [
            ([UInt8](repeating: 0, count: 32), 0x8A91_36AA),
            ([UInt8](repeating: 0xFF, count: 32), 0x62A8_AB43),
            ([UInt8](0..<32), 0x46DD_794E), ((0..<32).reversed(), 0x113F_DB5C),
            (Array("123456789".utf8), 0xE306_9283), ([], 0),
        ]
        for (bytes, expected) in vectors { #expect(CRC32C.checksum(bytes) == expected) }
    }

    /// Rows of random metrics: some appear late, some vanish, some are no numbers.
    private static func rows(_ count: Int, seed: UInt64) -> [MetricRow] {
        var random = SplitMix64(seed: seed)
        return (0..<count).map { step in
            var metrics = ["reward": Double(random.below(1000)) / 7, "bad": .nan]
            for name in ["alarms/length", "eval_accuracy", "a,\"b\"\n", "é"]
            where random.below(3) == 0 {
                metrics[name] = -Double(random.below(1 << 40))
            }
            return MetricRow(step: step * step * 40, metrics: metrics)
        }
    }

    private func events() throws -> EventReader {
        let files = directory.eventFiles
        try #require(files.count == 1)
        return try EventReader([UInt8](directory.read(files[0])))
    }

    @Test("appending equals writing anew, in every file", arguments: UInt64(1)...12)
    func appending(seed: UInt64) throws {
        try directory.create()
        defer { try? directory.remove(directory.path) }
        let rows = Self.rows(9, seed: seed)
        var sinks = MetricSinks(directory: directory, names: .trl, writesEvents: true)
        try sinks.rewrite { try rows.forEach($0) }
        let whole = (
            try directory.read(directory.metricsLines), try directory.read(directory.metricsTable),
            try events()
        )
        let cut = Int(seed) % rows.count
        try sinks.rewrite { try rows.prefix(cut).forEach($0) }
        for row in rows.dropFirst(cut) { try sinks.append(row) }
        #expect(try directory.read(directory.metricsLines) == whole.0)
        #expect(try directory.read(directory.metricsTable) == whole.1)
        #expect(try events().scalars == whole.2.scalars)
        let expected = rows.flatMap { row in
            row.metrics.sorted { $0.key < $1.key }.map {
                EventReader.Scalar(step: row.step, tag: $0.key, value: Float($0.value))
            }
        }
        #expect(whole.2.scalars == expected && whole.2.version == "brain.Event:2")
        for line in String(decoding: whole.0, as: UTF8.self).split(separator: "\n") {
            _ = try JSONValue.parse(Data(line.utf8))
        }
    }

    @Test("columns keep their places when a metric appears later; every row has as many cells")
    func columns() throws {
        try directory.create()
        defer { try? directory.remove(directory.path) }
        var table = MetricTable(path: directory.metricsTable)
        try table.rewrite { _ in }
        try table.append(MetricRow(step: 1, metrics: ["b": 1, "c": 2]))
        try table.append(MetricRow(step: 2, metrics: ["b": 1, "c": 2, "a": 3]))
        try table.append(MetricRow(step: 3, metrics: ["c": 4]))
        let text = String(decoding: try directory.read(directory.metricsTable), as: UTF8.self)
        #expect(text == "step,b,c,a\n1,1.0,2.0,\n2,1.0,2.0,3.0\n3,,4.0,\n")
    }

    @Test("steps keep their time when the file is made again, also out of one that was cut")
    func times() throws {
        try directory.create()
        defer { try? directory.remove(directory.path) }
        let rows = Self.rows(6, seed: 3)
        var file = EventFile(directory)
        try file.rewrite { _ in }
        for row in rows { try file.append(row) }
        let before = try events()
        let path = directory.eventFiles[0]
        let bytes = [UInt8](try directory.read(path))
        // A kill in the middle of the last record, and a byte that the disk lost in the one before.
        var cut = Array(bytes.dropLast(5))
        cut[before.ends[before.ends.count - 2] - 6] ^= 1
        #expect(throws: EventReader.Fault.self) { try EventReader(cut) }
        var whole = 0
        RecordFraming.eachRecord(in: Data(cut)) { _ in whole += 1 }
        #expect(whole == before.ends.count - 2)
        try Data(cut).write(to: URL(fileURLWithPath: path))
        var again = EventFile(directory)
        try again.rewrite { try rows.forEach($0) }
        let after = try events()
        #expect(after.scalars == before.scalars)
        for row in rows.dropFirst().dropLast(2) {
            #expect(after.times[row.step] == before.times[row.step])
        }
    }

    @Test(
        "a stopped and resumed run leaves the events of an undisturbed one; they are no part of the digest"
    )
    func resumed() throws {
        func trace(_ run: TinyRun) throws -> [EventReader.Scalar] {
            let files = run.directory.eventFiles
            try #require(files.count == 1)
            return try EventReader([UInt8](run.directory.read(files[0]))).scalars.filter {
                $0.tag != "step_time"
            }
        }
        let whole = try TinyRun()
        try whole.train()
        let stopped = try TinyRun()
        #expect(throws: TrainingError.self) {
            try stopped.train(observer: Watcher(stop: ("tiny", 5)))
        }
        try stopped.train(.resume)
        let scalars = try trace(whole)
        #expect(try trace(stopped) == scalars)
        #expect(Set(scalars.map { "\($0.step) \($0.tag)" }).count == scalars.count)
        #expect(scalars.contains { $0.step == 0 && $0.tag == "eval_accuracy" })
        #expect(scalars.filter { $0.tag == "reward" }.map(\.step) == Array(1...7))
        let digest = try RunDigest.compute(whole.directory)
        let plain = try TinyRun(["tensorboard=false"])
        try plain.train()
        #expect(plain.directory.eventFiles.isEmpty)
        #expect(try RunDigest.compute(plain.directory) == digest)
    }
}
