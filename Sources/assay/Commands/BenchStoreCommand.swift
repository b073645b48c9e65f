import ArgumentParser
import Foundation
import Rollouts
import Store

/// `assay bench store`: the time of a draw from a store.
struct BenchStoreCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "store",
        abstract: "Time draws of problems by (curriculum, split, level, ordinal).",
        discussion: """
            Draws random training problems of a curriculum, each read whole as a run reads it. \
            Benchmarks/store/scale.sh makes a million problems and compares them with a thousand.
            """)

    @Option(help: "The store, a SQLite file.")
    var db: String

    @Option(help: "The curriculum's name.")
    var name: String

    @Option(help: "How many are drawn.")
    var draws = 20000

    @Option(help: "Seed.")
    var seed: UInt64 = 7

    @Flag(help: "Print the figures as JSON.")
    var json = false

    func validate() throws {
        if draws < 1 { throw ValidationError("--draws must be 1 or more.") }
    }

    func run() throws {
        let store = try AssayStore(reading: db)
        let sizes = try store.levelSizes(curriculum: name, split: .train)
            .sorted { $0.key < $1.key }
        guard !sizes.isEmpty else {
            throw ValidationError("\(db) has no training problems of \(name).")
        }
        var rng = SplitMix64(seed: seed)
        var times: [Double] = []
        times.reserveCapacity(draws)
        for _ in 0..<draws {
            let (level, size) = sizes[rng.below(sizes.count)]
            let ordinal = rng.below(size)
            let start = ContinuousClock.now
            _ = try store.problem(curriculum: name, split: .train, level: level, ordinal: ordinal)
            times.append((ContinuousClock.now - start) / .microseconds(1))
        }
        times.sort()
        let figures: [(String, Double)] = [
            ("problems", Double(sizes.reduce(0) { $0 + $1.value })),
            ("mean_us", times.reduce(0, +) / Double(draws)), ("p50_us", times[draws / 2]),
            ("p99_us", times[draws * 99 / 100]),
        ]
        if json {
            let members = figures.map { ($0.0, JSONValue.number($0.1)) }
            print(JSONValue.object(Dictionary(uniqueKeysWithValues: members)).serialized())
        } else {
            for (name, value) in figures { print("\(name) \(String(format: "%.1f", value))") }
        }
    }
}
