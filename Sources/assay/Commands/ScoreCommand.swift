import ArgumentParser
import Dispatch
import Foundation
import Rewards
import Rollouts

/// `assay score`: completions in files to rewards in a file.
struct ScoreCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "score",
        abstract: "Score completions in JSONL files by a reward spec.",
        discussion: """
            One record a completion, in the order of the input, whatever the number of jobs. Files \
            packed by gzip or Zstandard are unpacked on the way. A row that cannot be read gives a \
            record without a reward. A run that was stopped or killed goes on with --resume, and \
            its output is the same to the last byte. Exit codes: 0 all scored, 1 output failed or \
            stopped, 2 the spec or the input is unreadable, 3 some not scored.
            """)

    @Argument(help: "Rows as JSON lines, .gz and .zst too; - is standard input.")
    var inputs: [String]

    @Option(help: "The reward spec.")
    var spec: String

    @Option(help: "Where the records go; - is standard output.")
    var out = "-"

    @Option(help: "Chunks of rows scored at once.")
    var jobs = ProcessInfo.processInfo.activeProcessorCount

    @Option(
        help: "Keep scores and problems in this SQLite file too: difficulty is 1 − pass rate.")
    var store: String?

    @Option(help: "With --store: the curriculum of the problems. Default: the spec's name.")
    var curriculum: String?

    @Option(help: "With --store: who wrote the completions.")
    var policy = "unnamed"

    @Option(help: "A page with histograms and tables about the records, as HTML; needs --out FILE.")
    var report: String?

    @Flag(help: "Go on with the partial output of a run that was stopped or killed.")
    var resume = false

    @Option(help: "Score only part i of n, as i/n from 0: rows are chosen by a hash of their ids.")
    var shard: String?

    @Option(
        help: "Members that hold what, as prompt=a,completion=b,gold=c.d,id=e,tokens=f.")
    var columns: String?

    @Option(help: "The longest row in MiB.")
    var maxRow = 64

    @Flag(help: "The summary as one JSON object, on standard error.")
    var json = false

    func validate() throws {
        guard (1...1024).contains(jobs) else { throw ValidationError("--jobs must be 1…1024.") }
        guard (1...4096).contains(maxRow) else {
            throw ValidationError("--max-row must be 1…4096.")
        }
        if let shard, RowShard(shard) == nil {
            throw ValidationError("--shard must be i/n with 0 ≤ i < n, such as 0/4.")
        }
        guard inputs.filter({ $0 == "-" }).count <= 1 else {
            throw ValidationError("standard input can be read once.")
        }
        if out.isEmpty { throw ValidationError("--out must name a file, or be - .") }
        if report != nil, out == "-" { throw ValidationError("--report needs --out FILE.") }
        if resume, out == "-" { throw ValidationError("--resume needs --out FILE.") }
        _ = try Self.fields(columns, over: RewardSpec.Fields())
    }

    func run() async throws {
        let scorer = try RewardScorer.load(path: spec)
        let fields = try Self.fields(columns, over: scorer.spec.fields)
        let part = shard.flatMap { RowShard($0) }
        let rows = try RowFile.inputs(inputs)
        try refuseOverwriting()
        let identity = ScoringIdentity(
            inputs: inputs, spec: scorer.spec, shard: part,
            columns: columns.map { $0.split(separator: ",").map(String.init) } ?? [])
        let output = try ScoreOutput(out, resuming: resume, identity: identity)
        let kept = try store.map {
            try ScoreStore(
                path: $0, curriculum: curriculum ?? scorer.spec.name, policy: policy,
                identity: identity, resuming: resume)
        }
        let interruption = Interruption(of: output)
        defer { interruption.cancel() }
        let progress = ScoringProgress()
        let clock = ContinuousClock()
        let start = clock.now
        let display = Console.errorIsTerminal ? Self.display(progress, since: start) : nil
        let offline = OfflineScorer(
            scorer, jobs: jobs, lineLimit: maxRow << 20, fields: fields, shard: part)
        let summary: ScoringSummary
        do {
            defer { display?.cancel() }
            summary = try await offline.run(
                rows, from: output.start, progress: progress, rows: kept.map { $0.add }
            ) {
                try output.write($0, upTo: $1)
            }
            try output.finish()
        } catch let error as RewardError {
            // With an input that cannot be read, going on would end at the same place.
            if case .unreadable = error {} else { output.keep() }
            throw error
        } catch {
            output.keep()
            throw error
        }
        if Console.errorIsTerminal { Console.error("") }
        if let report {
            let page = try ScoringReport(records: out, summary: summary, spec: scorer.spec).html()
            try Console.write(page, to: report)
        }
        let summaryReport = SummaryReport(
            summary: summary, components: scorer.spec.components.map(\.name),
            seconds: (clock.now - start) / .seconds(1))
        try kept?.finish(summaryReport.json)
        Console.error(json ? summaryReport.json.serialized() : summaryReport.text)
        if summary.unscored > 0 { throw ExitCode(3) }
    }

    /// An output that is an input would be lost before it is read.
    private func refuseOverwriting() throws(RewardError) {
        func identity(_ path: String) -> [UInt64]? {
            var status = stat()
            guard path != "-", stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
                return nil
            }
            return [UInt64(status.st_dev), UInt64(status.st_ino)]
        }
        let written = [out, out + ".partial", out + ".journal", report, store].compactMap(\.self)
        for (index, path) in written.enumerated() where path != "-" {
            let place = URL(filePath: path).standardizedFileURL
            if written[..<index].contains(where: { URL(filePath: $0).standardizedFileURL == place })
            {
                throw .unwritable(path: path, reason: "two outputs cannot have one name")
            }
        }
        for path in out == "-" ? [report, store].compactMap(\.self) : written {
            guard let file = identity(path) else { continue }
            if let input = (inputs + [spec]).first(where: { identity($0) == file }) {
                throw .unwritable(path: path, reason: "it is the input \(input)")
            }
        }
    }

    /// The names of `columns` in place of those of the spec.
    static func fields(
        _ columns: String?, over names: RewardSpec.Fields
    ) throws -> RewardSpec.Fields {
        var fields = names
        for pair in columns?.split(separator: ",") ?? [] {
            let parts = pair.split(separator: "=", maxSplits: 1).map(String.init)
            guard parts.count == 2, !parts[1].isEmpty else {
                throw ValidationError("--columns has pairs name=member, not '\(pair)'.")
            }
            switch parts[0] {
            case "prompt": fields.prompt = parts[1]
            case "completion": fields.completion = parts[1]
            case "gold": fields.gold = parts[1]
            case "id": fields.id = parts[1]
            case "tokens": fields.tokens = parts[1]
            default:
                throw ValidationError(
                    "--columns knows prompt, completion, gold, id and tokens, not '\(parts[0])'.")
            }
        }
        return fields
    }

    /// Overwrites one line of the terminal twice a second.
    private static func display(
        _ progress: ScoringProgress, since start: ContinuousClock.Instant
    ) -> Task<Void, Never> {
        Task {
            let before = progress.current.rows
            while !Task.isCancelled {
                let now = progress.current
                let seconds = max((ContinuousClock().now - start) / .seconds(1), 0.001)
                let rate = Int(Double(now.rows - before) / seconds)
                let mean = now.reward.value.map { String(format: "%.4f", $0) } ?? "–"
                FileHandle.standardError.write(
                    Data("\r\(now.rows) rows, \(rate)/s, mean reward \(mean)   ".utf8))
                try? await Task.sleep(for: .milliseconds(500))
            }
        }
    }
}

/// Where the records of a run go: a file that may be gone on with, or a pipe.
///
/// Unchecked: the scoring task alone writes; the handler of signals only reads the path.
private final class ScoreOutput: @unchecked Sendable {
    private let file: ResumableFile?
    private let pipe: FileHandle
    /// Where the run begins.
    var start: ScoringPosition { file?.start ?? ScoringPosition() }

    init(_ path: String, resuming: Bool, identity: ScoringIdentity) throws(RewardError) {
        // Behind a link the file itself is written, not the link replaced.
        let target = try? FileManager.default.destinationOfSymbolicLink(atPath: path)
        let path = target == nil ? path : URL(filePath: path).resolvingSymlinksInPath().path()
        var status = stat()
        let kind = path != "-" && stat(path, &status) == 0 ? status.st_mode & S_IFMT : S_IFREG
        if kind == S_IFDIR { throw .unwritable(path: path, reason: "it is a folder") }
        if path == "-" {
            (file, pipe) = (nil, .standardOutput)
        } else if kind != S_IFREG {
            guard let handle = FileHandle(forWritingAtPath: path) else {
                throw .unwritable(path: path, reason: String(cString: strerror(errno)))
            }
            (file, pipe) = (nil, handle)
        } else {
            if !resuming, ResumableFile.isPartial(path) {
                Console.error(
                    "assay: note: starting again; --resume would have gone on with \(path).partial")
            }
            file = try ResumableFile(path: path, identity: identity, resuming: resuming)
            pipe = .standardOutput
            if resuming, let rows = file?.start.summary.rows, rows > 0 {
                Console.error("assay: going on behind \(rows) rows")
            }
        }
    }

    func write(_ bytes: Data, upTo position: ScoringPosition) throws(RewardError) {
        if let file { return try file.write(bytes, upTo: position) }
        do {
            try pipe.write(contentsOf: bytes)
        } catch {
            throw .unwritable(path: "the output", reason: error.localizedDescription)
        }
    }

    func finish() throws(RewardError) { try file?.finish() }

    /// Says what stands where after a stop.
    func keep() {
        if let file {
            Console.error(
                "\nassay: stopped; the records so far are in \(file.partialPath). The same command "
                    + "with --resume goes on.")
        } else {
            Console.error("\nassay: stopped; records already printed stand")
        }
    }
}

/// Ctrl-C and SIGTERM: says how to go on, and ends.
private final class Interruption {
    private let sources: [any DispatchSourceSignal]

    init(of output: ScoreOutput) {
        sources = [SIGINT, SIGTERM].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler {
                output.keep()
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
