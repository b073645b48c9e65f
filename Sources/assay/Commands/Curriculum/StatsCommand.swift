import ArgumentParser
import Foundation
import Rollouts
import Store

extension CurriculumCommand {
    struct Stats: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Problems by split and level, source or tag, and how hard they are.",
            discussion: """
                Difficulty is one minus the pass rate over runs, scored files and what data sets \
                report; --policy counts one of them.
                Example: assay curriculum stats --db assay.db --name big_math --by source
                """)

        @Option(help: "The store, a SQLite file.")
        var db: String

        @Option(help: "Told apart by, within each split: level, source, tag or split alone.")
        var by = ProblemStatistics.Grouping.level

        @OptionGroup var which: FilterOptions

        @Flag(help: "Print JSON, a line each.")
        var json = false

        func run() throws {
            let store = try AssayStore(reading: db)
            try which.check(store, path: db)
            let groups = try store.statistics(which.filter, by: by)
            if json {
                for group in groups { print(object(group).serialized()) }
                return
            }
            let splits = try by == .tag ? store.statistics(which.filter, by: .split) : groups
            for name in groups.map(\.curriculum).reduce(into: [], Self.appendNew) {
                print(name)
                for group in groups where group.curriculum == name { print("  \(line(group))") }
                Self.histogram(splits.filter { $0.curriculum == name }).forEach { print("  \($0)") }
            }
        }

        private static func appendNew(_ names: inout [String], _ name: String) {
            if names.last != name { names.append(name) }
        }

        private func line(_ group: ProblemStatistics) -> String {
            let value = group.value.map { " \(by.rawValue) \($0)" } ?? ""
            let shown =
                group.passRate.map { String(format: "%.1f%% right", $0 * 100) } ?? "not tried"
            return "\(group.split.rawValue)\(value): \(group.count) problems, "
                + (group.attempts > 0 || group.passRate == nil
                    ? "\(group.attempts) attempts, " : "")
                + shown
        }

        /// Problems by pass rate, a bar a tenth; nothing where no problem was tried.
        private static func histogram(_ groups: [ProblemStatistics]) -> [String] {
            let counts = (0..<10).map { tenth in groups.reduce(0) { $0 + $1.histogram[tenth] } }
            let (tried, most) = (counts.reduce(0, +), counts.max() ?? 0)
            guard tried > 0 else { return [] }
            return ["pass rate of the \(tried) problems that were tried:"]
                + counts.enumerated().map { tenth, count in
                    let length = Int((Double(count) / Double(most) * 40).rounded(.up))
                    let bar = String(repeating: "#", count: length)
                    return String(format: "%4d–%3d%% ", tenth * 10, tenth * 10 + 10)
                        + (count > 0 ? "\(bar) \(count)" : "")
                }
        }

        private func object(_ group: ProblemStatistics) -> JSONValue {
            var members: [String: JSONValue] = [
                "name": .string(group.curriculum), "split": .string(group.split.rawValue),
                "problems": .integer(Int64(group.count)), "tried": .integer(Int64(group.tried)),
                "attempts": .integer(Int64(group.attempts)),
                "pass_rate": group.passRate.map { .number($0) } ?? .null,
                "histogram": .array(group.histogram.map { .integer(Int64($0)) }),
            ]
            if let value = group.value {
                members[by.rawValue] =
                    (by == .level ? Int64(value) : nil).map { .integer($0) } ?? .string(value)
            }
            return .object(members)
        }
    }
}
