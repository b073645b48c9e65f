import ArgumentParser
import Dispatch
import Foundation
import Rewards
import Rollouts

/// `assay score`: completions in a file to rewards in a file.
struct ScoreCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "score",
        abstract: "Score completions in a JSONL file by a reward spec.",
        discussion: """
            One record a completion, in the order of the input, whatever the number of jobs. A row \
            that cannot be read gives a record without a reward. Exit codes: 0 all scored, 1 \
            output failed or stopped, 2 the spec or the input is unreadable, 3 some not scored.
            """)

    @Argument(help: "Rows as JSON lines; - is standard input.")
    var input: String

    @Option(help: "The reward spec.")
    var spec: String

    @Option(help: "Where the records go; - is standard output.")
    var out = "-"

    @Option(help: "Chunks of rows scored at once.")
    var jobs = ProcessInfo.processInfo.activeProcessorCount

    @Option(help: "The longest row in MiB.")
    var maxRow = 64

    @Flag(help: "The summary as one JSON object, on standard error.")
    var json = false

    func validate() throws {
        guard (1...1024).contains(jobs) else { throw ValidationError("--jobs must be 1…1024.") }
        guard (1...4096).contains(maxRow) else {
            throw ValidationError("--max-row must be 1…4096.")
        }
    }

    func run() async throws {
        let scorer = try RewardScorer.load(path: spec)
        let rows = try RowFile.open(input)
        let file = out == "-" ? nil : try RecordFile(path: out)
        let interruption = Interruption(discarding: file)
        defer { interruption.cancel() }
        let progress = ScoringProgress()
        let clock = ContinuousClock()
        let start = clock.now
        let display = Console.errorIsTerminal ? Self.display(progress, since: start) : nil
        let summary: ScoringSummary
        do {
            defer { display?.cancel() }
            summary = try await OfflineScorer(scorer, jobs: jobs, lineLimit: maxRow << 20).run(
                from: rows, named: input == "-" ? "standard input" : input,
                to: file?.handle ?? .standardOutput, progress: progress)
            try file?.finish()
        } catch {
            file?.discard()
            throw error
        }
        if Console.errorIsTerminal { Console.error("") }
        let report = SummaryReport(
            summary: summary, components: scorer.spec.components.map(\.name),
            seconds: (clock.now - start) / .seconds(1))
        Console.error(json ? report.json.serialized() : report.text)
        if summary.unscored > 0 { throw ExitCode(3) }
    }

    /// Overwrites one line of the terminal twice a second.
    private static func display(
        _ progress: ScoringProgress, since start: ContinuousClock.Instant
    ) -> Task<Void, Never> {
        Task {
            while !Task.isCancelled {
                let now = progress.current
                let seconds = max((ContinuousClock().now - start) / .seconds(1), 0.001)
                let rate = Int(Double(now.rows) / seconds)
                let mean = now.reward.value.map { String(format: "%.4f", $0) } ?? "–"
                FileHandle.standardError.write(
                    Data("\r\(now.rows) rows, \(rate)/s, mean reward \(mean)   ".utf8))
                try? await Task.sleep(for: .milliseconds(500))
            }
        }
    }
}

/// Ctrl-C and SIGTERM: says what becomes of the output, removes the unfinished file, and ends.
private final class Interruption {
    private let sources: [any DispatchSourceSignal]

    init(discarding file: RecordFile?) {
        sources = [SIGINT, SIGTERM].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler {
                if let file {
                    file.discard()
                    Console.error(
                        "\nassay: stopped; the unfinished output was removed, \(file.path) is as before"
                    )
                } else {
                    Console.error("\nassay: stopped; records already printed stand")
                }
                Foundation.exit(1)
            }
            source.resume()
            return source
        }
    }

    func cancel() {
        for source in sources { source.cancel() }
    }
}
