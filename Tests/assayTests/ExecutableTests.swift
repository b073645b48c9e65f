import Foundation
import Rollouts
import Testing

/// The built executable as a person meets it: words, exit codes, standard error.
@Suite struct ExecutableTests {
    private struct Outcome {
        var code: Int32
        var output: String
        var errors: String
    }

    private static let executable = URL(fileURLWithPath: CommandLine.arguments[0])
        .deletingLastPathComponent().appendingPathComponent("assay")

    private func run(_ arguments: String..., input: String = "") throws -> Outcome {
        try run(arguments, input: input)
    }

    private func run(_ arguments: [String], input: String = "") throws -> Outcome {
        let process = Process()
        process.executableURL = Self.executable
        process.arguments = arguments
        let (output, errors, standardInput) = (Pipe(), Pipe(), Pipe())
        process.standardOutput = output
        process.standardError = errors
        process.standardInput = standardInput
        try process.run()
        try standardInput.fileHandleForWriting.write(contentsOf: Data(input.utf8))
        try standardInput.fileHandleForWriting.close()
        let text = try output.fileHandleForReading.readToEnd() ?? Data()
        let faults = try errors.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return Outcome(
            code: process.terminationStatus, output: String(decoding: text, as: UTF8.self),
            errors: String(decoding: faults, as: UTF8.self))
    }

    private func file(_ text: String, _ ending: String) throws -> String {
        let path = NSTemporaryDirectory() + "assay-\(UUID().uuidString).\(ending)"
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
        return path
    }

    @Test("help names every command and the exit codes")
    func help() throws {
        let help = try run("--help")
        #expect(help.code == 0 && help.errors.isEmpty)
        for word in [
            "OVERVIEW: Rewards you can trust", "Exit codes: 0 done", "check", "test", "score",
            "train", "eval", "sample", "report", "curriculum",
        ] {
            #expect(help.output.contains(word), "\(word)")
        }
    }

    @Test("wrong usage exits with 2 and says what is right")
    func usage() throws {
        let unknown = try run("trian")
        #expect(unknown.code == 2 && unknown.errors.contains("Usage"))
        #expect(try run("train").code == 2)
        let counted = try run("eval", "runs/x", "--problems", "20")
        #expect(counted.code == 2 && counted.errors.contains("--problems-per-level"))
        #expect(try run("curriculum", "generate", "arithmetic", "--levels", "4-2").code == 2)
        let several = try run("report", "a", "b")
        #expect(several.code == 2 && several.errors.contains("--out"))
        let nowhere = try run("report", "/nowhere")
        #expect(nowhere.code == 2 && nowhere.errors.contains("holds no run"))
    }

    @Test("check --swap shows both ways round and whether they agree")
    func swap() throws {
        let both = try run("check", "--swap", "--gold", "1/3", "--answer", "0.333333")
        #expect(both.output.contains("equal (decimal_places)"), "\(both.output)")
        #expect(both.output.contains("not symmetric"), "\(both.output)")
        let same = try run("check", "--swap", "--gold", "2x", "--answer", "x+x")
        #expect(same.code == 0 && same.output.hasSuffix("\nsymmetric\n"), "\(same.output)")
    }

    @Test("check --explain ends with the point at which two functions part")
    func difference() throws {
        let outcome = try run("check", "--explain", "--gold", "\\sin x", "--answer", "\\cos x")
        let last = outcome.output.split(separator: "\n").last ?? ""
        #expect(outcome.code == 1 && last.hasPrefix("first difference: at x = "), "\(last)")
    }

    @Test("bench check measures every pair and reports the share that is right")
    func bench() throws {
        let pairs = try file(
            """
            {"gold": "1/2", "answer": "0.5", "expected": true}
            {"gold": "1/2", "answer": "0.6", "expected": true}
            """, "jsonl")
        let outcome = try run("bench", "check", "--pairs", pairs, "--seconds", "0.01", "--json")
        #expect(outcome.code == 0)
        for key in [#""pairs":2"#, "pairs_per_second", "p50", "p99", "max", "0.5"] {
            #expect(outcome.output.contains(key), "\(key): \(outcome.output)")
        }
        #expect(try run("bench", "check", "--pairs", "/no/such.jsonl").code == 2)
        #expect(try run("bench", "check", "--pairs", try file("", "jsonl")).code == 2)
    }

    @Test("diff and rescore show what another spec judges differently")
    func comparisons() throws {
        let rows = try file(#"{"id":"a","completion":"7","answer":"7"}"# + "\n", "jsonl")
        let math = try file("name: m\nrewards: [{type: math}]\noutcome: math\n", "yaml")
        let exact = try file("name: e\nrewards: [{type: exact}]\noutcome: exact\n", "yaml")
        let diff = try run("diff", math, exact, rows)
        #expect(diff.code == 1 && diff.output.contains("a[0]  wrong → right"), "\(diff.output)")
        #expect(diff.output.contains("wrong → right 1"))
        #expect(try run("diff", math, math, rows).code == 0)
        let scored = try run("score", rows, "--spec", math)
        let records = try file(scored.output, "jsonl")
        #expect(try run("rescore", records, "--rows", rows, "--spec", math).code == 0)
        #expect(try run("rescore", records, "--rows", rows, "--spec", exact).code == 1)
        #expect(try run("rescore", records, "--spec", exact).code == 2)
        #expect(try run("rescore", "/no/such/run", "--spec", exact).code == 2)
    }

    @Test("a bad recipe is refused with file, line, field and remedy")
    func recipe() throws {
        let path = try file("name: x\npolicy:\n  widht: 3\n", "yaml")
        let outcome = try run("train", path, "--dry-run")
        #expect(outcome.code == 2 && outcome.output.isEmpty)
        #expect(outcome.errors.contains("\(path):3:3: policy.widht: unknown key"))
        #expect(outcome.errors.contains("remedy: Did you mean `width`?"))
        #expect(try run("train", "/no/such.yaml").code == 2)
        let override = try run("train", try file("name: x\n", "yaml"), "--set", "seed=-1")
        #expect(override.code == 2 && override.errors.contains("--set: seed"))
    }

    @Test("a dry run prints a recipe that reads back as itself")
    func dryRun() throws {
        let first = try run("train", try file("name: x\nseed: 5\n", "yaml"), "--dry-run")
        let second = try run("train", try file(first.output, "yaml"), "--dry-run")
        #expect(first.code == 0 && first.output == second.output)
        #expect(first.output.contains("seed: 5"))
        #expect(first.errors.contains("parameters") && first.errors == second.errors)
    }

    @Test("a check says yes and no by its exit code")
    func check() throws {
        #expect(try run("check", "--gold", "1/2", "--answer", "\\boxed{0.5}").code == 0)
        #expect(try run("check", "--gold", "1/2", "--answer", "\\boxed{0.6}").code == 1)
    }

    @Test("scoring keeps every row, and says by its exit code that some have no score")
    func score() throws {
        let spec = try file(
            """
            name: s
            version: "1"
            rewards:
              - {name: math, type: math, weight: 1}
            combine: weighted_sum
            outcome: math
            examples:
              - {gold: "4", completion: "<answer>4</answer>", expect: {math: 1}}
            """, "yaml")
        let good = #"{"id":"a","completion":"<answer>4</answer>","answer":"4"}"# + "\n"
        let scored = try run("score", "-", "--spec", spec, input: good + good)
        #expect(scored.code == 0 && scored.output.split(separator: "\n").count == 2)
        let mixed = try run("score", "-", "--spec", spec, input: good + "{\n" + good)
        #expect(mixed.code == 3 && mixed.output.split(separator: "\n").count == 3)
        #expect(try run("score", "/no/rows.jsonl", "--spec", spec).code == 2)
    }

    @Test("an output that is an input is refused before anything is written")
    func overwriting() throws {
        let row = #"{"id":"a","completion":"<answer>4</answer>","answer":"4"}"# + "\n"
        let spec = try file("name: s\nrewards: [{type: math}]\noutcome: math\n", "yaml")
        let rows = try file(row, "jsonl")
        for (input, out) in [(rows, rows), (rows + ".partial", rows), (rows + ".journal", rows)] {
            try row.write(toFile: input, atomically: false, encoding: .utf8)
            let found = try run("score", input, "--spec", spec, "--out", out)
            #expect(found.code == 1 && found.errors.contains("it is the input"))
            #expect(try String(contentsOfFile: input, encoding: .utf8) == row)
        }
        #expect(try run("score", rows, "--spec", spec, "--out", spec).code == 1)
        #expect(try run("score", rows, "--spec", spec, "--out", "").code == 2)
    }

    @Test("lint fails a spec that it cannot attack, and finds a repeated question")
    func lint() throws {
        let bare = try file("name: s\nrewards: [{type: math}]\noutcome: math\n", "yaml")
        #expect(try run("lint", bare).code == 1)
        let sums = """
            name: s
            rewards: [{type: math}]
            outcome: math
            examples:
              - {prompt: "What is 7+5?", gold: "12", completion: '<answer>12</answer>', expect: {math: 1}}
            """
        let paid = try run("lint", try file(sums, "yaml"))
        #expect(paid.code == 1 && paid.output.contains("echo"))
        let final = sums.replacingOccurrences(
            of: "{type: math}", with: "{type: math, final_form: true}")
        #expect(try run("lint", try file(final, "yaml")).code == 0)
        #expect(try run("schema").output.contains("draft-07"))
    }

    @Test("what is generated can be imported, looked at and exported")
    func curriculum() throws {
        let rows = try run("curriculum", "generate", "arithmetic", "--per-level", "3")
        let database = NSTemporaryDirectory() + "assay-\(UUID().uuidString).db"
        #expect(rows.code == 0 && rows.output.split(separator: "\n").count == 15)
        let report = try run(
            "curriculum", "import", "-", "--db", database, "--name", "sums", input: rows.output)
        #expect(report.output == "added 15, duplicates 0, bad 0\n")
        #expect(
            try run("curriculum", "list", "--db", database).output
                == "sums: 15 train, 0 held out\n")
        let exported = try run("curriculum", "export", "--db", database, "--name", "sums")
        #expect(
            Set(exported.output.split(separator: "\n"))
                == Set(rows.output.split(separator: "\n")))
        #expect(try run("curriculum", "list", "--db", database + ".missing").code == 2)
        #expect(!FileManager.default.fileExists(atPath: database + ".missing"))
    }

    @Test("bad rows are left out and told, difficulty is kept, and every view prints JSON")
    func curriculumReport() throws {
        let database = NSTemporaryDirectory() + "assay-\(UUID().uuidString).db"
        let rows = try file(
            """
            {"id":"a","problem":"2+2?","answer":"4","source":"s","llama8b_solve_rate":0.25}
            {"id":"b","problem":"3+3?","answer":"6","source":"s","llama8b_solve_rate":0.75}
            no row
            """, "jsonl")
        let refused = try run(
            "curriculum", "import", rows, "--db", database, "--name", "c", "--strict")
        #expect(refused.code == 2 && refused.errors.contains(":3: the line is not JSON"))
        #expect(!FileManager.default.fileExists(atPath: database))
        let report = try run("curriculum", "import", rows, "--db", database, "--name", "c")
        #expect(report.code == 3 && report.output.hasPrefix("added 2, duplicates 0, bad 1\n"))
        #expect(report.errors.contains("left out: \(rows):3:"))
        for arguments in [
            ["list"], ["list", "--tag", "s"], ["show", "a"], ["stats"], ["stats", "--by", "tag"],
        ] {
            let shown = try run(["curriculum"] + arguments + ["--db", database, "--json"])
            #expect(shown.code == 0 && !shown.output.isEmpty)
            for line in shown.output.split(separator: "\n") {
                #expect(throws: Never.self) { try JSONValue.parse(Data(line.utf8)) }
            }
        }
        let easy = try run(
            "curriculum", "export", "--db", database, "--name", "c", "--difficulty", "0-0.3")
        #expect(easy.output.contains("\"id\":\"b\"") && !easy.output.contains("\"id\":\"a\""))
        #expect(try run("curriculum", "stats", "--db", database).output.contains("1\n"))
        #expect(try run("curriculum", "show", "z", "--db", database).code == 2)
        #expect(try run("curriculum", "list", "--db", database, "--name", "z").code == 2)
    }

    @Test("a signal stops a run cleanly, and it can be resumed")
    func signal() throws {
        let folder = NSTemporaryDirectory() + "assay-\(UUID().uuidString)"
        let recipe = URL(fileURLWithPath: #filePath)
            .deletingLastPathComponent().appendingPathComponent("../../recipes/tiny.yaml").path
        let spec = URL(fileURLWithPath: #filePath)
            .deletingLastPathComponent().appendingPathComponent("../../verifiers/arithmetic.yaml")
        let process = Process()
        process.executableURL = Self.executable
        process.arguments = [
            "train", recipe, "--run-dir", folder, "--set", "budget.steps=1000000",
            "--set", "reward=\(spec.path)", "--set", "warmup.tokens=2000", "--set",
            "budget.checkpoint_every=5",
        ]
        let errors = Pipe()
        process.standardError = errors
        try process.run()
        while !FileManager.default.fileExists(atPath: folder + "/checkpoints/policy-000005"),
            process.isRunning
        {
            usleep(20_000)
        }
        process.interrupt()
        let text = String(
            decoding: try errors.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        process.waitUntilExit()
        #expect(process.terminationStatus == 1)
        #expect(text.contains("stopping after this step") && text.contains("--resume"))
        let command = try #require(text.split(separator: "\n").last).trimmingCharacters(
            in: .whitespaces)
        #expect(command.hasSuffix("--set budget.checkpoint_every=5 --resume"))
        #expect(command.contains("train \(recipe) --run-dir \(folder) --set budget.steps=1000000"))
        let resumed = try run(
            "train", recipe, "--run-dir", folder, "--set", "budget.steps=1", "--set",
            "reward=\(spec.path)", "--set", "warmup.tokens=2000", "--resume")
        #expect(resumed.code == 0 && resumed.output.contains("report:"))
    }

    @Test("a second signal ends at once, and what was saved is whole")
    func secondSignal() throws {
        let folder = NSTemporaryDirectory() + "assay-\(UUID().uuidString)"
        let root = URL(fileURLWithPath: #filePath)
            .deletingLastPathComponent().appendingPathComponent("../..")
        let process = Process()
        process.executableURL = Self.executable
        // A step takes far longer than the test waits.
        process.arguments = [
            "train", root.appendingPathComponent("recipes/tiny.yaml").path, "--run-dir", folder,
            "--set", "reward=\(root.appendingPathComponent("verifiers/arithmetic.yaml").path)",
            "--set", "warmup.tokens=2000", "--set", "rollout.prompts=4096",
        ]
        process.standardError = FileHandle.nullDevice
        try process.run()
        let start = folder + "/checkpoints/policy-000000"
        while !FileManager.default.fileExists(atPath: start), process.isRunning { usleep(20_000) }
        usleep(300_000)
        process.interrupt()
        usleep(200_000)
        process.interrupt()
        process.waitUntilExit()
        #expect(process.terminationStatus == 130)
        let problems = try file(
            "{\"prompt\": \"1+2=\", \"answer\": \"3\"}\n{\"odd\": 1}\n", "jsonl")
        let measured = try run(
            "eval", folder, "--checkpoint", "start", "--problems", problems, "--samples", "2",
            "--json")
        #expect(measured.code == 3 && measured.errors.contains("1 rows cannot be read"))
        let all = try JSONValue.parse(Data(measured.output.utf8))["all"]
        #expect(all?["problems"]?.int == 1 && all?["pass_at"]?["2"]?.double != nil)
        let none = try run("eval", folder, "--checkpoint", "best")
        #expect(none.code == 2 && none.errors.contains("remedy: Name one of: best, last, start"))
    }
}
