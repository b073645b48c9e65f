import ArgumentParser
import Foundation
import MathAnswers
import Rollouts

/// Checks mutated answers against each other: no crash, no slow verdict, no verdict that changes.
@main
struct AnswersFuzz: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "answers-fuzz",
        abstract: "Check mutated answers by the million; a crash names the block it lies in.",
        discussion: """
            Every round is made from --seed and its number, so a block that crashed is run again \
            with --from and --trace, which prints each input before it is checked.
            """)

    @Option(help: "JSON lines with gold and answer to start from.")
    var corpus = "Tests/MathAnswersTests/Golden/pairs.jsonl"

    @Option(help: "Rounds to run.")
    var rounds: UInt64 = 10_000_000

    @Option(help: "The first round.")
    var from: UInt64 = 0

    @Option(help: "Seed of all rounds.")
    var seed: UInt64 = 1

    @Option(help: "Threads.")
    var threads = 2

    @Option(help: "Milliseconds that no verdict may take.")
    var limit = 50.0

    @Flag(help: "Print every input before it is checked.")
    var trace = false

    func run() throws {
        let mutator = Mutator(corpus: try Self.texts(in: corpus))
        let blocks = stride(from: from, to: from + rounds, by: 10_000).map { $0 }
        let report = FuzzReport()
        DispatchQueue.concurrentPerform(iterations: threads) { thread in
            for block in blocks.indices where block % threads == thread {
                let first = blocks[block]
                FileHandle.standardError.write(Data("\rrounds from \(first)".utf8))
                for round in first..<min(first + 10_000, from + rounds) {
                    check(round, mutator, report)
                }
            }
        }
        FileHandle.standardError.write(Data("\n".utf8))
        print(report.summary)
        if report.failures > 0 { throw ExitCode(1) }
    }

    private func check(_ round: UInt64, _ mutator: Mutator, _ report: FuzzReport) {
        let (gold, answer) = mutator.pair(seed: seed, round: round)
        if trace { print("\(round): \(gold.debugDescription) | \(answer.debugDescription)") }
        let verifier = MathVerifier()
        var verdict: MathVerdict?
        let elapsed = ContinuousClock().measure {
            verdict = verifier.check(verifier.compile(gold: gold), answer: answer)
        }
        guard let verdict else { return }
        let milliseconds = elapsed / .milliseconds(1)
        report.add(verdict.kind, milliseconds, round)
        if milliseconds > limit {
            report.fail("round \(round): \(milliseconds) ms for \(gold) | \(answer)")
        }
        if let range = verdict.extractedRange, range.upperBound > answer.utf8.count {
            report.fail("round \(round): a span beyond the answer")
        }
        guard round % 16 == 0 else { return }
        let again = verifier.check(verifier.compile(gold: gold), answer: answer)
        if again != verdict { report.fail("round \(round): two verdicts on one pair") }
    }

    private static func texts(in file: String) throws -> [[UInt8]] {
        try Data(contentsOf: URL(fileURLWithPath: file)).split(separator: 0x0A).flatMap { line in
            let row = try JSONValue.parse(Data(line))
            return ["gold", "answer"].compactMap { row[$0]?.scalarText.map { Array($0.utf8) } }
        }
    }
}

/// What all threads have seen.
final class FuzzReport: @unchecked Sendable {
    private let lock = NSLock()
    private var counts: [String: Int] = [:]
    private var slowest = (milliseconds: 0.0, round: UInt64(0))
    private(set) var failures = 0

    func add(_ kind: MathVerdict.Kind, _ milliseconds: Double, _ round: UInt64) {
        lock.withLock {
            counts[kind.rawValue, default: 0] += 1
            if milliseconds > slowest.milliseconds { slowest = (milliseconds, round) }
        }
    }

    func fail(_ text: String) {
        lock.withLock {
            failures += 1
            if failures <= 20 { print(text) }
        }
    }

    var summary: String {
        lock.withLock {
            let shares = counts.sorted { $0.value > $1.value }.map { "\($0.key) \($0.value)" }
            return "\(counts.values.reduce(0, +)) rounds: " + shares.joined(separator: ", ")
                + String(format: "; slowest %.1f ms in round ", slowest.milliseconds)
                + "\(slowest.round); \(failures) failures"
        }
    }
}
