import ArgumentParser
import Foundation
import Rewards
import Rollouts

/// `assay lint`: tells which cheats a reward pays.
struct LintCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lint",
        abstract: "Attack reward specs with completions that deserve nothing.",
        discussion: """
            The attacks are made from the spec's own examples. One is paid where it counts as \
            right, earns more than the right completion, or earns anything by form alone. A spec \
            excuses an attack with `allow: [NAME]`. Exit codes: 0 none is paid, 1 some are, 2 a \
            spec is bad.
            """)

    @Argument(help: "Spec files, or folders whose .yaml and .yml files are specs.")
    var paths: [String]

    @Option(help: "Print the whole completion of this attack.")
    var show: String?

    @Flag(help: "Also attack specs that ask programs, servers or judges.")
    var external = false

    @Flag(help: "One JSON object an attack.")
    var json = false

    func validate() throws {
        if let show, Attack(rawValue: show) == nil {
            let known = Attack.allCases.map(\.rawValue).joined(separator: ", ")
            throw ValidationError("no attack is named '\(show)'; known: \(known).")
        }
    }

    func run() throws {
        var paid = false
        var bad = false
        for path in try TestCommand.specFiles(paths) {
            do {
                let scorer = try RewardScorer.load(path: path)
                if scorer.asksOthers, !external {
                    Console.error(
                        "assay: note: \(path) asks programs or judges; --external attacks it too")
                    continue
                }
                let findings = scorer.lint()
                guard findings.contains(where: { $0.isPaid != nil }) else {
                    throw RewardError.nothingToAttack(file: path)
                }
                paid = paid || findings.contains { $0.isPaid == true && !$0.isAllowed }
                report(findings, of: scorer.spec)
            } catch let error as RewardError {
                Console.error("assay: error: \(error)\n  remedy: \(error.remedy)")
                if case .nothingToAttack = error { paid = true } else { bad = true }
            }
        }
        if bad { throw ExitCode(2) }
        if paid { throw ExitCode(1) }
    }

    private func report(_ findings: [LintFinding], of spec: RewardSpec) {
        if let show, let finding = findings.first(where: { $0.attack.rawValue == show }) {
            if paths.count > 1 || !paths[0].hasSuffix("ml") { Console.error("— \(spec.file)") }
            print(finding.completion)
            return
        }
        if json {
            for finding in findings { print(Self.json(finding, of: spec).serialized()) }
            return
        }
        let open = findings.filter { $0.isPaid == true && !$0.isAllowed }
        let tried = findings.filter { $0.isPaid != nil }
        print(
            "\(open.isEmpty ? "ok  " : "PAYS") \(spec.verifier)  \(tried.count) attacks, "
                + "\(open.count) paid  (\(spec.file))")
        for finding in findings where finding.isPaid != false {
            let mark = finding.isPaid == nil ? "skip" : finding.isAllowed ? "allowed" : "PAID"
            print(
                "  \(mark)  \(finding.attack.rawValue): \(finding.attack.summary): \(finding.reason)"
            )
            if finding.isPaid == true { print("    \(Self.head(finding.completion))") }
        }
    }

    /// The first characters, with control characters escaped.
    private static func head(_ text: String) -> String {
        let shown = text.prefix(80).unicodeScalars.map { scalar in
            scalar.value < 0x20 || !scalar.isASCII ? scalar.escaped(asASCII: true) : "\(scalar)"
        }
        return shown.joined() + (text.count > 80 ? "…" : "")
    }

    private static func json(_ finding: LintFinding, of spec: RewardSpec) -> JSONValue {
        .object([
            "spec": .string(spec.verifier), "file": .string(spec.file),
            "attack": .string(finding.attack.rawValue),
            "paid": finding.isPaid.map { .bool($0) } ?? .null, "allowed": .bool(finding.isAllowed),
            "reason": .string(finding.reason), "completion": .string(finding.completion),
            "reward": finding.score?.reward.map { .number($0) } ?? .null,
            "score": finding.score?.outcome.map { .number($0) } ?? .null,
        ])
    }
}
