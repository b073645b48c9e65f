import ArgumentParser
import Foundation
import Rollouts
import Store

extension CurriculumCommand {
    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "The curricula of a store, or problems that match.",
            discussion: """
                Without a filter, the curricula with their sizes. With one, problems in their stored \
                order with the difficulty that is known of them.
                Example: assay curriculum list --db assay.db --name gsm8k --difficulty 0.2-0.8
                """)

        @Option(help: "The store, a SQLite file.")
        var db: String

        @OptionGroup var which: FilterOptions

        @Option(help: "Problems at most.")
        var limit = 20

        @Flag(help: "Print JSON, a line each.")
        var json = false

        func validate() throws {
            if limit < 1 { throw ValidationError("--limit must be 1 or more.") }
        }

        func run() throws {
            let store = try AssayStore(reading: db)
            try which.check(store, path: db)
            if which.isEmpty { return try listCurricula(store) }
            for stored in try store.listing(which.filter, limit: limit) {
                print(json ? stored.json.serialized() : stored.line)
            }
        }

        private func listCurricula(_ store: AssayStore) throws {
            let splits = try store.statistics(which.filter, by: .split)
            for name in try store.curriculumNames() {
                func count(_ split: Split) -> Int {
                    splits.first { $0.curriculum == name && $0.split == split }?.count ?? 0
                }
                if json {
                    let row: JSONValue = .object([
                        "name": .string(name), "train": .integer(Int64(count(.train))),
                        "held_out": .integer(Int64(count(.heldOut))),
                    ])
                    print(row.serialized())
                } else {
                    print("\(name): \(count(.train)) train, \(count(.heldOut)) held out")
                }
            }
        }
    }
}

extension StoredProblem {
    /// One line for people.
    var line: String {
        let known = difficulty.map { String(format: "difficulty %.2f", $0) } ?? "not tried"
        let prompt = problem.prompt.replacing("\n", with: " ")
        let shown = prompt.count > 60 ? prompt.prefix(59) + "…" : prompt
        return "\(problem.id)  \(split.rawValue) level \(problem.level ?? 0)  \(known)  \(shown)  "
            + "→ \(problem.answer.prefix(40))"
    }

    /// The problem as it is exported, with its place and what is known of it.
    var json: JSONValue {
        .object([
            "id": .string(problem.id), "curriculum": .string(curriculum),
            "split": .string(split.rawValue), "level": .integer(Int64(problem.level ?? 0)),
            "ordinal": .integer(Int64(ordinal)), "prompt": .string(problem.prompt),
            "answer": .string(problem.answer),
            "tags": .array(problem.tags.map { .string($0) }),
            "metadata": .object(problem.metadata), "source": .string(source),
            "licence": licence.map { .string($0) } ?? .null,
            "attempts": .integer(Int64(attempts)),
            "difficulty": difficulty.map { .number($0) } ?? .null,
        ])
    }
}
