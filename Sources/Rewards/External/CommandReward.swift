import Foundation
import Rollouts
import Synchronization

/// What a program says of a completion, run once for each in a sandbox: unit tests of code above all.
///
/// The program's folder holds `files`, filled from the completion and its row. The verdict is the
/// exit status, a text that only a finished test can print, what it prints against gold, a number
/// that it prints, or, with `cases`, its output for each of the row's inputs, compared outside of
/// the sandbox, where the code under test cannot reach.
public struct CommandReward: RewardFunction {
    /// `command`.
    public static let type = "command"

    enum Verdict: String, CaseIterable {
        /// 1 for exit status 0.
        case exit
        /// 1 for exit status 0 and the run's token as the last line.
        case token
        /// 1 where standard output is gold.
        case output
        /// The number on the last line, or the `value` of the JSON object there.
        case value
    }

    /// Which of several blocks of code counts.
    enum Block: String, CaseIterable { case last, first, longest, all }
    enum Pay: String, CaseIterable { case all, share }
    enum LimitPolicy: String, CaseIterable { case unscored, zero }

    private let words: [String]
    private let files: [String: RowTemplate]
    private let input: RowTemplate
    private let languages: [String]
    private let block: Block
    private let verdict: Verdict
    private let cases: String?
    private let comparison: CommandCase.Comparison
    private let pay: Pay
    private let onLimit: LimitPolicy
    private let range: ClosedRange<Double>
    private let sandbox: Sandbox
    private let lanes: Lanes
    private let program = Found()

    /// Whether the program was found, asked until it was.
    private final class Found: Sendable {
        let isThere = Atomic(false)
    }

    /// Within the stated range; a program decides.
    public var traits: RewardTraits { RewardTraits(range: range, basis: .external) }

    /// Reads what to run (`run`, `files`, `stdin`, `code`), how to judge it (`verdict` or `cases`,
    /// `compare`, `pay`, `range`, `on_limit`), what it may use and where it runs (`sandbox`,
    /// `readable`, `parallel`).
    public init(_ settings: inout SpecReader) throws(RewardError) {
        guard let words = try settings.strings("run") else { throw settings.missing("run") }
        guard words.first?.isEmpty == false, !words.contains(where: { $0.utf8.contains(0) }) else {
            throw .badValue(
                settings.place(of: "run"), key: "run",
                problem: "must be a list of words, a program first")
        }
        self.words = words
        files = try Self.files(&settings)
        languages = try settings.strings("code")?.map { $0.lowercased() } ?? []
        block = try settings.choice("block", default: .last)
        cases = try settings.string("cases")
        let usesFiles = !files.isEmpty
        input = RowTemplate(
            try settings.string("stdin") ?? (usesFiles || cases != nil ? "" : "{completion}"))
        if cases == nil {
            verdict = try settings.choice("verdict", default: .exit)
            (comparison, pay) = (.lines, .all)
        } else {
            guard !settings.keys.contains("verdict"), !settings.keys.contains("stdin") else {
                throw .badValue(
                    settings.place(of: "cases"), key: "cases",
                    problem: "sets standard input and the verdict: drop 'stdin' and 'verdict'")
            }
            verdict = .output
            comparison = try settings.choice("compare", default: .lines)
            pay = try settings.choice("pay", default: .all)
        }
        onLimit = try settings.choice("on_limit", default: .zero)
        range = verdict == .value ? try settings.range("range") ?? 0...1 : 0...1
        sandbox = Sandbox(
            kind: try settings.choice("sandbox", default: .bubblewrap),
            limits: try CommandLimits(&settings),
            readable: try settings.strings("readable") ?? [])
        if let path = sandbox.readable.first(where: { !$0.hasPrefix("/") || $0.utf8.contains(0) }) {
            throw .badValue(
                settings.place(of: "readable"), key: "readable",
                problem: "holds '\(path)', which is no absolute path")
        }
        lanes = Lanes(
            try settings.int(
                "parallel", in: 1...256, default: ProcessInfo.processInfo.activeProcessorCount))
        try checkToken(settings)
    }

    private static func files(
        _ settings: inout SpecReader
    ) throws(RewardError) -> [String: RowTemplate] {
        var files: [String: RowTemplate] = [:]
        for (name, text) in try settings.texts("files") {
            let parts = name.split(separator: "/", omittingEmptySubsequences: false)
            guard !parts.contains(where: { ["", ".", ".."].contains($0) }),
                !name.utf8.contains(0)
            else {
                throw .badValue(
                    settings.place(of: "files"), key: "files",
                    problem: "names '\(name)', which is no path inside of the program's folder")
            }
            files[name] = RowTemplate(text)
        }
        return files
    }

    private func checkToken(_ settings: SpecReader) throws(RewardError) {
        let isPrinted = (files.values + [input]).contains { $0.places.contains(.token) }
        guard (verdict == .token) != isPrinted else { return }
        throw .badValue(
            settings.place(of: "verdict"), key: "verdict",
            problem: isPrinted
                ? "must be 'token' where a file holds {token}"
                : "is 'token', and no file holds {token} for the program to print last")
    }

    /// Why programs cannot be run in a sandbox on this machine; nil where they can.
    public static var sandboxObstacle: String? { Sandbox.obstacle }

    /// Runs the program for all completions, as many at once as `parallel` says.
    public func score(batch: [[ScoringInput]]) -> [[RewardResult]] {
        lanes.map(batch) { judge($0) }
    }

    /// One group as a batch.
    public func score(group: [ScoringInput]) -> [RewardResult] { score(batch: [group])[0] }

    // MARK: One completion

    private func judge(_ row: ScoringInput) -> RewardResult {
        let token = String(UInt64.random(in: .min ... .max), radix: 36)
        let code = code(of: row.completion)
        var lacking: RowTemplate.Place?
        let value = { (place: RowTemplate.Place) -> String? in
            let text =
                switch place {
                case .code: code
                case .token: token
                default: row.text(for: place)
                }
            if text == nil { lacking = lacking ?? place }
            return text
        }
        var filled: [String: String] = [:]
        for (name, template) in files.sorted(by: { $0.key < $1.key }) {
            filled[name] = template.filled(value)
        }
        let input = input.filled(value) ?? ""
        switch lacking {
        case .code?:
            return RewardResult(
                value: range.lowerBound, status: .answerMissing,
                reason: "no closed block of code\(languages.isEmpty ? "" : " in \(languages[0])")")
        case let place?:
            return .unscored(.goldUnparseable, "the row has no \(place.name)")
        case nil: break
        }
        guard let cases else {
            return extracting(code) { () throws(Sandbox.Fault) in
                result(
                    of: try sandbox.run(words, input: Array(input.utf8), files: filled), row, token)
            }
        }
        let list: [CommandCase]
        do {
            list = try CommandCase.list(row.fields[cases], named: cases)
        } catch {
            return .unscored(.goldUnparseable, error.reason)
        }
        return extracting(code) { () throws(Sandbox.Fault) in try results(of: list, filled) }
    }

    private func extracting(
        _ code: String?, _ body: () throws(Sandbox.Fault) -> RewardResult
    ) -> RewardResult {
        do {
            // A program that is not there is nobody's wrong answer.
            if !program.isThere.load(ordering: .relaxed) {
                try sandbox.find(words[0], among: files.keys)
                program.isThere.store(true, ordering: .relaxed)
            }
            var result = try body()
            result.extracted = code.map { String($0.prefix(200)) }
            return result
        } catch {
            return .unscored(.infrastructureError, error.reason)
        }
    }

    /// The closed block in one of the languages, or without one where none has these, outside of the
    /// reasoning; of several the one that `block` says.
    private func code(of completion: String) -> String? {
        let blocks = FencedBlock.all(in: completion.behindReasoning)
        let marked = blocks.filter { languages.contains($0.language) }
        let plain = languages.isEmpty ? blocks : blocks.filter(\.language.isEmpty)
        let chosen = marked.isEmpty ? plain : marked
        switch block {
        case .last: return chosen.last?.text
        case .first: return chosen.first?.text
        case .longest: return chosen.max { $0.text.utf8.count < $1.text.utf8.count }?.text
        case .all: return chosen.isEmpty ? nil : chosen.map(\.text).joined()
        }
    }

    // MARK: Verdicts

    private func result(of run: CommandRun, _ row: ScoringInput, _ token: String) -> RewardResult {
        if let limited = limited(run) { return limited }
        guard case .exited(let status) = run.end else { return passed(false, "not ended") }
        let lines = CommandCase.lines(run.output)
        switch verdict {
        case .exit: return passed(status == 0, Self.ending(status, run))
        case .token:
            guard status == 0 else { return passed(false, Self.ending(status, run)) }
            let isDone = lines.last == token
            return passed(isDone, isDone ? "passed" : "ended before its last line")
        case .output:
            guard let gold = row.gold else {
                return .unscored(.goldUnparseable, "the row has no gold")
            }
            guard status == 0 else { return passed(false, Self.ending(status, run)) }
            let isSame = CommandCase.Comparison.lines.holds(run.output, Array(gold.utf8))
            return passed(
                isSame,
                isSame ? "printed gold" : "printed \(Sandbox.head(run.output).debugDescription)")
        case .value:
            guard status == 0 else {
                return .unscored(.infrastructureError, Self.ending(status, run))
            }
            return valued(lines.last ?? "")
        }
    }

    private func valued(_ line: String) -> RewardResult {
        let object = try? JSONReader.parse(Array(line.utf8))
        guard let value = object?.double ?? object?["value"]?.double, value.isFinite else {
            return .unscored(
                .infrastructureError, "the last line is no value: \(line.prefix(80))")
        }
        guard range.contains(value) else {
            return .unscored(
                .infrastructureError, "the program gave \(value), outside of its range")
        }
        return RewardResult(value: value, reason: object?["reason"]?.string ?? "printed")
    }

    private func results(
        of cases: [CommandCase], _ files: [String: String]
    ) throws(Sandbox.Fault) -> RewardResult {
        var passes = 0
        var fault: String?
        for (index, item) in cases.enumerated() {
            let run = try sandbox.run(words, input: Array(item.input.utf8), files: files)
            var why: String?
            if let limited = limited(run) {
                if onLimit == .unscored { return limited }
                why = limited.reason
            } else if case .exited(let status) = run.end, status != 0 {
                why = Self.ending(status, run)
            } else if !comparison.holds(run.output, Array(item.output.utf8)) {
                why = "printed \(Sandbox.head(run.output).debugDescription)"
            }
            guard let why else {
                passes += 1
                continue
            }
            fault = fault ?? "case \(index + 1) of \(cases.count): \(why)"
            if pay == .all { break }
        }
        let share = Double(passes) / Double(cases.count)
        return RewardResult(
            value: pay == .share ? share : fault == nil ? 1 : 0,
            reason: fault ?? "passed \(cases.count) cases")
    }

    private func passed(_ isPassed: Bool, _ reason: String) -> RewardResult {
        RewardResult(value: isPassed ? 1 : 0, reason: reason)
    }

    /// What a limit that was passed makes of the completion; nil where none was.
    private func limited(_ run: CommandRun) -> RewardResult? {
        let limits = sandbox.limits
        let (status, reason): (ScoreStatus, String)
        switch run.end {
        case .late: (status, reason) = (.timeout, "ran for more than \(limits.seconds) s")
        case .outOfMemory:
            (status, reason) = (.resourceLimit, "held more than \(limits.memory >> 20) MB")
        case .tooMuchOutput:
            (status, reason) = (.resourceLimit, "printed more than \(limits.output >> 10) kB")
        // A program may leave with the status of a signal that it was not sent; the clock tells.
        case .exited(128 + Int(SIGXCPU)) where run.couldUse(cpuSeconds: limits.cpuSeconds):
            (status, reason) = (.resourceLimit, "computed for more than \(limits.cpuSeconds) s")
        case .exited: return nil
        }
        return onLimit == .unscored
            ? .unscored(status, reason) : RewardResult(value: range.lowerBound, reason: reason)
    }

    private static func ending(_ status: Int, _ run: CommandRun) -> String {
        guard status != 0 else { return "passed" }
        let last = CommandCase.lines(run.errors).last.map { ": \($0.prefix(160))" } ?? ""
        return status > 128
            ? "ended by signal \(status - 128)\(last)" : "exit status \(status)\(last)"
    }
}
