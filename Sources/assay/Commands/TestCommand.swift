import ArgumentParser
import Foundation
import Rewards
import Rollouts

/// `assay test`: runs the examples inside reward specs.
struct TestCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "test",
        abstract: "Run the examples inside reward specs.",
        discussion: """
            Every example of a spec is scored and compared with what it expects. A spec without \
            examples counts as failed. Exit codes: 0 all hold, 1 some do not, 2 a spec is bad.
            """)

    @Argument(help: "Spec files, or folders whose .yaml and .yml files are specs.")
    var paths: [String]

    @Flag(help: "One JSON object a spec on standard output.")
    var json = false

    func run() throws {
        var failed = false
        var bad = false
        for path in try Self.specFiles(paths) {
            do {
                let scorer = try RewardScorer.load(path: path)
                guard !scorer.spec.examples.isEmpty else {
                    throw RewardError.noExamples(file: path)
                }
                let outcomes = scorer.runExamples()
                report(outcomes, of: scorer.spec)
                failed = failed || outcomes.contains { !$0.mismatches.isEmpty }
            } catch let error as RewardError {
                Console.error("assay: error: \(error)\n  remedy: \(error.remedy)")
                if case .noExamples = error { failed = true } else { bad = true }
            }
        }
        if bad { throw ExitCode(2) }
        if failed { throw ExitCode(1) }
    }

    /// The files that the arguments stand for, sorted within a folder.
    static func specFiles(_ paths: [String]) throws(RewardError) -> [String] {
        var files: [String] = []
        for path in paths {
            var isFolder: ObjCBool = false
            guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
                throw .unreadable(path: path, reason: "there is no such file")
            }
            guard isFolder.boolValue else {
                files.append(path)
                continue
            }
            let found = FileManager.default.enumerator(atPath: path)?.compactMap { $0 as? String }
            let specs = (found ?? []).filter { $0.hasSuffix(".yaml") || $0.hasSuffix(".yml") }
            guard !specs.isEmpty else {
                throw .unreadable(path: path, reason: "the folder holds no .yaml file")
            }
            files += specs.sorted().map { "\(path.hasSuffix("/") ? path : path + "/")\($0)" }
        }
        return files
    }

    private func report(_ outcomes: [ExampleOutcome], of spec: RewardSpec) {
        let failures = outcomes.filter { !$0.mismatches.isEmpty }
        if json {
            print(Self.json(outcomes, of: spec).serialized())
            return
        }
        print(
            "\(failures.isEmpty ? "ok  " : "FAIL") \(spec.verifier)  "
                + "\(outcomes.count - failures.count) of \(outcomes.count) examples hold"
                + "  (\(spec.file))")
        for failure in failures {
            let title = failure.example.name.isEmpty ? "example" : failure.example.name
            print("  \(failure.example.place): \(title)")
            for mismatch in failure.mismatches {
                print(
                    "    \(mismatch.what): expected \(mismatch.expected), got \(mismatch.found)"
                        + (mismatch.reason.isEmpty ? "" : "  (\(mismatch.reason))"))
            }
        }
    }

    private static func json(_ outcomes: [ExampleOutcome], of spec: RewardSpec) -> JSONValue {
        let failures = outcomes.flatMap { outcome in
            outcome.mismatches.map { mismatch in
                JSONValue.object([
                    "place": .string("\(outcome.example.place)"),
                    "what": .string(mismatch.what), "expected": .string(mismatch.expected),
                    "found": .string(mismatch.found), "reason": .string(mismatch.reason),
                ])
            }
        }
        let failed = outcomes.filter { !$0.mismatches.isEmpty }.count
        return .object([
            "file": .string(spec.file), "spec": .string(spec.verifier),
            "examples": .integer(Int64(outcomes.count)), "failed": .integer(Int64(failed)),
            "mismatches": .array(failures),
        ])
    }
}
