import ArgumentParser
import Foundation
import Rollouts
import Store

extension CurriculumCommand {
    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "One problem, and what policies made of it.",
            discussion: "Example: assay curriculum show gsm8k-17 --db runs/main/assay.db")

        @Argument(help: "The problem's id.")
        var id: String

        @Option(help: "The store, a SQLite file.")
        var db: String

        @Option(help: "The curriculum's name. Default: every one that has the id.")
        var name: String?

        @Flag(help: "Print JSON.")
        var json = false

        func run() throws {
            let found = try AssayStore(reading: db).history(id: id, curriculum: name)
            guard !found.isEmpty else {
                let place = name.map { "\(db), curriculum \($0)," } ?? db
                throw ValidationError(
                    "\(place) has no problem \(id). List some with: assay curriculum list --db \(db)"
                        + " --split train")
            }
            for history in found {
                if json { print(history.json.serialized()) } else { show(history) }
            }
        }

        private func show(_ history: ProblemHistory) {
            let stored = history.stored
            print(
                "\(stored.problem.id): \(stored.curriculum), \(stored.split.rawValue), level "
                    + "\(stored.problem.level ?? 0), place \(stored.ordinal)")
            let licence = stored.licence.map { ", \($0)" } ?? ""
            print("source: \(stored.source)\(licence)")
            if !stored.problem.tags.isEmpty {
                print("tags: \(stored.problem.tags.joined(separator: ", "))")
            }
            if !stored.problem.metadata.isEmpty {
                print("metadata: \(JSONValue.object(stored.problem.metadata).serialized())")
            }
            print("prompt: \(stored.problem.prompt)\nanswer: \(stored.problem.answer)")
            if history.difficulties.isEmpty { print("not tried") }
            for entry in history.difficulties { print(Self.line(entry)) }
            for visit in history.visits { print(Self.line(visit)) }
        }

        private static func line(_ entry: ProblemHistory.Difficulty) -> String {
            var parts = [String(format: "%.1f%% right", entry.passRate * 100)]
            if let attempts = entry.attempts { parts.append("\(attempts) attempts") }
            if let recent = entry.recentPassRate {
                parts.append(String(format: "lately %.1f%%", recent * 100))
            }
            if let step = entry.lastStep { parts.append("last at step \(step)") }
            return "\(entry.policy) (\(entry.origin)): \(parts.joined(separator: ", "))"
        }

        private static func line(_ visit: ProblemHistory.Visit) -> String {
            func shown(_ value: Double?) -> String {
                value.map { String(format: "%.3f", $0) } ?? "none"
            }
            return "  \(visit.run) step \(visit.step): \(visit.completions) completions, outcome "
                + "\(shown(visit.outcome)), reward \(shown(visit.reward)), trained \(visit.trained)"
        }
    }
}

extension ProblemHistory {
    /// The problem with its history.
    var json: JSONValue {
        guard case .object(var members) = stored.json else { return stored.json }
        func number(_ value: Double?) -> JSONValue { value.map { .number($0) } ?? .null }
        func integer(_ value: Int?) -> JSONValue { value.map { .integer(Int64($0)) } ?? .null }
        members["difficulties"] = .array(
            difficulties.map { entry in
                .object([
                    "policy": .string(entry.policy), "origin": .string(entry.origin),
                    "attempts": integer(entry.attempts), "pass_rate": .number(entry.passRate),
                    "recent_pass_rate": number(entry.recentPassRate),
                    "last_step": integer(entry.lastStep),
                ])
            })
        members["visits"] = .array(
            visits.map { visit in
                .object([
                    "run": .string(visit.run), "step": integer(visit.step),
                    "completions": integer(visit.completions), "outcome": number(visit.outcome),
                    "reward": number(visit.reward), "trained": integer(visit.trained),
                ])
            })
        return .object(members)
    }
}
