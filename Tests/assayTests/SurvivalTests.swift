import Foundation
import Testing

/// A run that is killed, or whose disk fails, at calls spread over all that change its folder.
///
/// `Benchmarks/survival/sweep.py` does the same at every call.
@Suite struct SurvivalTests {
    private static let executable = URL(fileURLWithPath: CommandLine.arguments[0])
        .deletingLastPathComponent().appendingPathComponent("assay")
    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()
    private static let survival = root.appendingPathComponent("Benchmarks/survival")

    private let folder: String
    private let shim: String

    init() throws {
        let temporary = NSTemporaryDirectory() + "assay-\(UUID().uuidString)"
        try FileManager.default.createDirectory(
            atPath: temporary, withIntermediateDirectories: true)
        // Calls are known by their paths without links.
        folder = URL(fileURLWithPath: temporary).resolvingSymlinksInPath().path
        shim = folder + "/fault.so"
        let source = Self.survival.appendingPathComponent("fault.c").path
        let compiled = try Self.run(
            "/usr/bin/env", ["cc", "-O1", "-shared", "-fPIC", "-o", shim, source, "-ldl"])
        try #require(compiled.code == 0, "\(compiled.errors)")
    }

    private func remove() { try? FileManager.default.removeItem(atPath: folder) }

    private struct Outcome {
        var code: Int32
        var isKilled: Bool
        var output: String
        var errors: String
    }

    private static func run(
        _ program: String, _ arguments: [String], environment: [String: String] = [:]
    ) throws -> Outcome {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        process.currentDirectoryURL = root
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        let (output, errors) = (Pipe(), Pipe())
        process.standardOutput = output
        process.standardError = errors
        process.standardInput = FileHandle.nullDevice
        try process.run()
        let text = try output.fileHandleForReading.readToEnd() ?? Data()
        let faults = try errors.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return Outcome(
            code: process.terminationStatus, isKilled: process.terminationReason == .uncaughtSignal,
            output: String(decoding: text, as: UTF8.self),
            errors: String(decoding: faults, as: UTF8.self))
    }

    private func train(
        _ run: String, _ flags: [String] = [], fault: [String: String] = [:]
    ) throws -> Outcome {
        var environment = fault
        if !fault.isEmpty { environment.merge(["LD_PRELOAD": shim, "FAULT_ROOT": run]) { $1 } }
        let recipe = Self.survival.appendingPathComponent("small.yaml").path
        return try Self.run(
            Self.executable.path, ["train", recipe, "--run-dir", run] + flags,
            environment: environment)
    }

    private func digest(_ run: String) throws -> String {
        try Self.run(Self.executable.path, ["digest", run]).output
    }

    /// The undisturbed run's digest, and how many calls it made.
    private func whole() throws -> (digest: String, calls: Int) {
        let log = folder + "/log"
        let outcome = try train(folder + "/whole", fault: ["FAULT_LOG": log])
        try #require(outcome.code == 0, "\(outcome.errors)")
        let calls = try String(contentsOfFile: log, encoding: .utf8).split(separator: "\n").count
        let digest = try digest(folder + "/whole")
        try #require(digest.count == 65 && calls > 100)
        return (digest, calls)
    }

    /// Goes on as a person would, and leaves what the undisturbed run left.
    private func expectResumes(_ run: String, _ digest: String, _ place: String) throws {
        let holdsRun = FileManager.default.fileExists(atPath: run + "/recipe.yaml")
        let outcome = try train(run, holdsRun ? ["--resume"] : [])
        #expect(outcome.code == 0, "\(place): \(outcome.errors)")
        #expect(try self.digest(run) == digest, "\(place)")
        let names = FileManager.default.enumerator(atPath: run)?.compactMap { $0 as? String } ?? []
        #expect(!names.contains { $0.contains(".tmp") || $0.contains(".old") }, "\(place)")
    }

    @Test(
        "killed at any call, or in the middle of a write, and resumed: the same run",
        arguments: ["kill", "tear"])
    func kills(mode: String) throws {
        defer { remove() }
        let (digest, calls) = try whole()
        for index in 0..<8 {
            // Odd strides fall on other kinds of calls.
            let place = "\(mode):\(1 + (index * 2 + (mode == "kill" ? 0 : 1)) * calls / 16)"
            let run = folder + "/\(index)"
            let outcome = try train(run, fault: ["FAULT": place])
            #expect(outcome.isKilled && outcome.code == SIGKILL, "\(place)")
            try expectResumes(run, digest, place)
        }
    }

    @Test(
        "a full disk or a fault of it ends with a remedy, and costs nothing",
        arguments: ["enospc", "eio"])
    func faults(mode: String) throws {
        defer { remove() }
        let (digest, calls) = try whole()
        var failed = 0
        for index in 0..<8 {
            let place = "\(mode):\(1 + (index * 2 + (mode == "eio" ? 0 : 1)) * calls / 16)"
            let run = folder + "/\(index)"
            let outcome = try train(run, fault: ["FAULT": place])
            // A fault while a file is cleared away needs not matter.
            if outcome.code != 0 {
                failed += 1
                #expect(!outcome.isKilled && outcome.code == 1, "\(place): \(outcome.errors)")
                #expect(outcome.errors.contains("remedy:"), "\(place): \(outcome.errors)")
            }
            try expectResumes(run, digest, place)
        }
        #expect(failed >= 4)
    }

    @Test(
        "writes that are cut short or interrupted go unnoticed", arguments: ["short:1", "eintr:2"])
    func partialWrites(fault: String) throws {
        defer { remove() }
        let (digest, _) = try whole()
        let outcome = try train(folder + "/run", fault: ["FAULT": fault])
        #expect(outcome.code == 0, "\(outcome.errors)")
        #expect(try self.digest(folder + "/run") == digest)
    }
}
