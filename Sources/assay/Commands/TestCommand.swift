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

    @Flag(help: "Run again whenever a spec is saved, until Ctrl-C.")
    var watch = false

    func run() throws {
        guard watch else { return try runOnce(try Self.specFiles(paths)) }
        var stamps: [String: FileStamp] = [:]
        _ = try Self.specFiles(paths)
        while true {
            // An editor may take a file away for a moment to replace it.
            let files = (try? Self.specFiles(paths)) ?? []
            let now = Dictionary(uniqueKeysWithValues: files.map { ($0, FileStamp($0)) })
            let changed = now.filter { stamps[$0.key] != $0.value }.keys.sorted()
            stamps = now
            if !changed.isEmpty {
                let time = Date().formatted(.iso8601.time(includingFractionalSeconds: false))
                Console.error("— \(time): \(changed.count) spec\(changed.count == 1 ? "" : "s")")
                // What fails is told; the next save runs again.
                do { try runOnce(changed) } catch is ExitCode {}
                fflush(nil)
            }
            Thread.sleep(forTimeInterval: 0.3)
        }
    }

    private func runOnce(_ files: [String]) throws {
        var failed = false
        var bad = false
        for path in files {
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
        var seen: Set<String> = []
        return files.filter { seen.insert(URL(filePath: $0).standardizedFileURL.path()).inserted }
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

/// What tells that a file was saved, also where an editor replaces it.
private struct FileStamp: Equatable {
    private let inode: UInt64
    private let size: Int64
    private let seconds: Int
    private let nanoseconds: Int

    init(_ path: String) {
        var status = stat()
        // A file that is being replaced has no stamp for a moment.
        guard stat(path, &status) == 0 else {
            (inode, size, seconds, nanoseconds) = (0, 0, 0, 0)
            return
        }
        inode = UInt64(status.st_ino)
        size = Int64(status.st_size)
        #if canImport(Darwin)
            (seconds, nanoseconds) = (status.st_mtimespec.tv_sec, status.st_mtimespec.tv_nsec)
        #else
            (seconds, nanoseconds) = (status.st_mtim.tv_sec, status.st_mtim.tv_nsec)
        #endif
    }
}
