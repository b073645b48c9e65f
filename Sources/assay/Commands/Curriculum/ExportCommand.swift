import ArgumentParser
import Curricula
import Foundation
import Rewards
import Rollouts
import Store

extension CurriculumCommand {
    struct Export: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Write problems as JSON lines for this or another tool.",
            discussion: """
                Every shape keeps id, level, tags and metadata: importing gives the same problems. \
                Without --split, the training side.
                Example: assay curriculum export --db assay.db --name gsm8k --format verl \
                --difficulty 0.2-0.8 --out train.jsonl
                """)

        @Option(help: "The store, a SQLite file.")
        var db: String

        @OptionGroup var which: FilterOptions

        @Option(
            help: "Shape: \(ExportFormat.allCases.map(\.rawValue).joined(separator: ", ")).")
        var format = ExportFormat.plain

        @Option(help: "Problems at most.")
        var limit: Int?

        @Option(help: "Where the rows go; - is standard output.")
        var out = "-"

        @Flag(help: "Say on standard error, as JSON, how many rows were written.")
        var json = false

        func validate() throws {
            if which.name == nil { throw ValidationError("--name is missing: which curriculum?") }
            if let limit, limit < 1 { throw ValidationError("--limit must be 1 or more.") }
        }

        func run() throws {
            let store = try AssayStore(reading: db)
            try which.check(store, path: db)
            var filter = which.filter
            filter.split = filter.split ?? .train
            let keys = try store.problemKeys(filter, limit: limit)
            guard !keys.isEmpty else {
                throw ValidationError("\(db) has no such problems of \(filter.curriculum ?? "").")
            }
            if out == "-" {
                try write(keys, of: store, to: .standardOutput)
            } else {
                guard Self.identity(out) == nil || Self.identity(out) != Self.identity(db) else {
                    throw ValidationError("--out is the store itself.")
                }
                let file = try RecordFile(path: out)
                do {
                    try write(keys, of: store, to: file.handle)
                    try file.finish()
                } catch {
                    file.discard()
                    throw error
                }
            }
            let report: JSONValue = .object([
                "problems": .integer(Int64(keys.count)), "format": .string(format.rawValue),
                "out": .string(out),
            ])
            Console.error(json ? report.serialized() : "\(keys.count) problems")
        }

        private func write(
            _ keys: [Int64], of store: AssayStore, to handle: FileHandle
        ) throws {
            for start in stride(from: 0, to: keys.count, by: 1000) {
                let part = keys[start..<min(start + 1000, keys.count)]
                let lines = try store.problems(keys: part).map {
                    $0.problem.row(format, split: $0.split) + "\n"
                }
                do {
                    try handle.write(contentsOf: Data(lines.joined().utf8))
                } catch {
                    throw FileFault(
                        path: out, reason: error.localizedDescription, isWriting: true)
                }
            }
        }

        /// Device and number of a file, whatever the path.
        private static func identity(_ path: String) -> [UInt64]? {
            var status = stat()
            guard stat(path, &status) == 0 else { return nil }
            return [UInt64(status.st_dev), UInt64(status.st_ino)]
        }
    }
}
