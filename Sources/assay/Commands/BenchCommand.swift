import ArgumentParser
import Foundation
import MathAnswers
import Rollouts

/// `assay bench`: how fast this machine does the work.
struct BenchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench", abstract: "Measure the speed of this machine's work.",
        subcommands: [
            BenchCheckCommand.self, BenchMatchCommand.self, BenchTrainCommand.self,
            BenchSampleCommand.self, BenchGRPOCommand.self, BenchObjectiveCommand.self,
            BenchStoreCommand.self, BenchLoopCommand.self,
        ])
}

/// `assay bench check`: answer pairs a second, and the time of one.
struct BenchCheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Time the check of answer pairs: gold read, answer found and read, compared.",
        discussion: """
            Every pair {"gold", "answer", "expected"?} is read from its text each time, as if it \
            were new. The file is gone through until the time is up, at least once after a first \
            pass that does not count. Where lines have "expected", the share of right verdicts is \
            printed too.
            """)

    @Option(help: "A file of JSON lines with gold and answer.")
    var pairs: String

    @Option(help: "Measure for at least this many seconds.")
    var seconds: Double = 1

    @Option(help: "Threads that check at the same time, each all pairs.")
    var threads: Int = 1

    @Flag(help: "Print the figures as JSON.")
    var json = false

    func validate() throws {
        guard (1...256).contains(threads) else {
            throw ValidationError("--threads is 1 to 256.")
        }
        guard seconds >= 0, seconds <= 3600 else {
            throw ValidationError("--seconds is 0 to 3600.")
        }
    }

    func run() throws {
        let rows = try TimedPair.read(pairs)
        let verifier = MathVerifier()
        let expected = rows.filter { $0.expected != nil }
        let right = expected.count { $0.isEqual(verifier) == $0.expected }
        let start = ContinuousClock.now
        let results = SharedTimes()
        DispatchQueue.concurrentPerform(iterations: threads) { _ in
            var times: [Double] = []
            repeat {
                for row in rows {
                    let begin = ContinuousClock.now
                    _ = row.isEqual(verifier)
                    times.append(begin.duration(to: .now) / .microseconds(1))
                }
            } while start.duration(to: .now) < .seconds(seconds)
            results.add(times)
        }
        let wall = start.duration(to: .now) / .seconds(1)
        let sorted = results.all.sorted()
        let figures = Figures(
            pairs: rows.count, threads: threads, rate: Double(sorted.count) / wall,
            median: sorted[sorted.count / 2],
            tail: sorted[min(sorted.count - 1, sorted.count * 99 / 100)],
            longest: sorted[sorted.count - 1],
            accuracy: expected.isEmpty ? nil : Double(right) / Double(expected.count))
        print(json ? figures.json : figures.text)
    }
}

/// A pair whose check is timed.
private struct TimedPair: Sendable {
    let gold: String
    let answer: String
    let expected: Bool?

    func isEqual(_ verifier: MathVerifier) -> Bool {
        verifier.check(verifier.compile(gold: gold), answer: answer).isEqual
    }

    /// - Throws: `BenchError` where the file has no pairs or a line is none.
    static func read(_ path: String) throws -> [TimedPair] {
        var rows: [TimedPair] = []
        let lines = try Console.read(path).split(separator: 0x0A, omittingEmptySubsequences: false)
        for (index, line) in lines.enumerated() where !line.isEmpty {
            guard let row = try? JSONValue.parse(Data(line)), let gold = row["gold"]?.scalarText,
                let answer = row["answer"]?.scalarText
            else { throw BenchError.noPair(file: path, line: index + 1) }
            var expected: Bool?
            if case .bool(let value)? = row["expected"] { expected = value }
            rows.append(TimedPair(gold: gold, answer: answer, expected: expected))
        }
        if rows.isEmpty { throw BenchError.empty(file: path) }
        return rows
    }
}

/// Times from all threads.
private final class SharedTimes: @unchecked Sendable {
    private let lock = NSLock()
    private(set) var all: [Double] = []

    func add(_ times: [Double]) { lock.withLock { all += times } }
}

private struct Figures {
    let pairs: Int
    let threads: Int
    let rate: Double
    let median: Double
    let tail: Double
    let longest: Double
    let accuracy: Double?

    var json: String {
        var fields = [
            "\"pairs\":\(pairs)", "\"threads\":\(threads)",
            "\"pairs_per_second\":\(Self.short(rate))", "\"p50_us\":\(Self.short(median))",
            "\"p99_us\":\(Self.short(tail))", "\"max_us\":\(Self.short(longest))",
        ]
        if let accuracy { fields.append("\"accuracy\":\(accuracy)") }
        return "{" + fields.joined(separator: ",") + "}"
    }

    var text: String {
        let share = accuracy.map { String(format: ", %.2f %% right", 100 * $0) } ?? ""
        return String(
            format:
                "%d pairs on %d thread%@: %.0f a second, median %.1f µs, p99 %.1f µs, longest %.0f µs",
            pairs, threads, threads == 1 ? "" : "s", rate, median, tail, longest) + share
    }

    private static func short(_ value: Double) -> String { String(format: "%.2f", value) }
}

/// Why nothing was measured.
enum BenchError: UserError, Equatable {
    case noPair(file: String, line: Int)
    case empty(file: String)

    var description: String {
        switch self {
        case .noPair(let file, let line): "\(file):\(line): no gold and answer on this line"
        case .empty(let file): "\(file) has no pairs"
        }
    }

    var remedy: String { "Write {\"gold\": …, \"answer\": …} on every line." }
}
