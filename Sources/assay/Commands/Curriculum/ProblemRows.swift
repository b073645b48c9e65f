import Curricula
import Foundation
import Rewards
import Rollouts
import Store

/// Rows of a file, a folder or standard input, one after another; those that cannot be used are
/// counted, and the first of them kept for the report.
struct ProblemRows: ImportStream {
    /// How rows are read.
    struct Options {
        var format: RowFormat?
        var levelField: String?
        var policy: String
        var isStrict: Bool
        var licence: String?
        var name: String?
        /// The longest row in bytes.
        var longest: Int
    }

    /// Rows that were left out.
    private(set) var bad = 0
    private(set) var firstBad: [CurriculumError] = []
    /// Rows that were not blank.
    private(set) var count = 0

    private let path: String
    private let options: Options
    private var files: ArraySlice<String>
    private var current: ProblemFile?
    private var importer: ProblemImporter
    private var format: RowFormat?
    private var hasher = StableHasher()
    private var progress = RowProgress()

    init(path: String, options: Options) throws {
        self.path = path
        self.options = options
        files = try ProblemFile.files(at: path)[...]
        importer = ProblemImporter(file: path)
    }

    /// The shape is that of the first row.
    var source: SourceInfo {
        SourceInfo(
            name: options.name ?? (path == "-" ? "standard input" : path),
            format: format?.rawValue ?? "none", hash: String(hasher.value, radix: 16),
            licence: options.licence)
    }

    mutating func next() throws -> ImportLine? {
        while true {
            guard let row = try nextRow() else { return try finish() }
            guard let file = current?.path else { continue }
            do throws(CurriculumError) {
                guard let found = try read(row, file) else { continue }
                count += 1
                progress.show(count)
                return ImportLine(place: "\(file):\(row.line)", row: found)
            } catch {
                if options.isStrict {
                    progress.finish()
                    throw error
                }
                count += 1
                bad += 1
                if firstBad.count < 20 { firstBad.append(error) }
            }
        }
    }

    private mutating func read(
        _ row: ProblemFile.Row, _ file: String
    ) throws(CurriculumError) -> ImportedRow? {
        let found: ImportedRow?
        switch row.content {
        case .bytes(let bytes):
            hasher.combine(bytes)
            hasher.combine([0x0A])
            found = try importer.row(bytes, line: row.line)
        case .value(let value):
            hasher.combine((value.serialized() + "\n").utf8)
            found = try importer.row(value, line: row.line)
        case .fault(let reason):
            throw .malformed(file: file, line: row.line, reason: reason)
        }
        switch found {
        case .problem(let row): format = format ?? row.format
        case .judged: format = format ?? .scored
        case nil: break
        }
        return found
    }

    private mutating func nextRow() throws -> ProblemFile.Row? {
        while true {
            if current == nil {
                guard let file = files.popFirst() else { return nil }
                current = try ProblemFile(file, longest: options.longest)
                importer = ProblemImporter(
                    file: file, format: options.format, levelField: options.levelField,
                    policy: options.policy)
            }
            if let row = try current?.next() { return row }
            current = nil
        }
    }

    private mutating func finish() throws(CurriculumError) -> ImportLine? {
        progress.finish()
        guard count > 0 else { throw .noRows(file: path) }
        if let first = firstBad.first, bad == count {
            throw .noneUsable(file: path, rows: count, first: "\(first)")
        }
        return nil
    }
}

/// Rows read so far, on standard error.
private struct RowProgress {
    private let start = ContinuousClock.now
    private var last = ContinuousClock.now
    private var isOpen = false

    mutating func show(_ count: Int) {
        guard count % 1000 == 0 else { return }
        let interval: Duration = Console.errorIsTerminal ? .milliseconds(200) : .seconds(10)
        guard .now - last >= interval else { return }
        last = .now
        let rate = Double(count) / ((last - start) / .seconds(1))
        let line = "\(count) rows, \(Int(rate)) a second"
        if Console.errorIsTerminal {
            FileHandle.standardError.write(Data("\r\u{1B}[K\(line)".utf8))
            isOpen = true
        } else {
            Console.error(line)
        }
    }

    mutating func finish() {
        if isOpen { Console.error("") }
        isOpen = false
    }
}
