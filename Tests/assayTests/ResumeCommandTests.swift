import Foundation
import Testing

@testable import assay

@Suite struct ResumeCommandTests {
    @Test(
        "the command that goes on is the one that was stopped, without what only a start may say",
        arguments: [
            (["assay", "train", "r.yaml"], "assay train r.yaml --run-dir runs/x --resume"),
            (
                ["assay", "train", "r.yaml", "--run-dir", "d", "--force", "--from", "runs/a"],
                "assay train r.yaml --run-dir d --resume"
            ),
            (
                ["./assay", "train", "r.yaml", "--run-dir=d e", "--from=b", "--resume"],
                "./assay train r.yaml '--run-dir=d e' --resume"
            ),
        ])
    func line(arguments: [String], expected: String) {
        #expect(ResumeCommand.line(arguments, directory: "runs/x") == expected)
    }

    @Test("a shell reads every argument back as it was")
    func quoting() throws {
        let odd = [
            "it's", "a b", "$HOME", "`x`", "{preset: gfpo}", "*", "", "ü", "a\"b", "x=[1, 2]",
        ]
        let line = ResumeCommand.line(["printf", "%s\\n"] + odd, directory: "d")
        let shell = Process()
        let output = Pipe()
        shell.executableURL = URL(fileURLWithPath: "/bin/sh")
        shell.arguments = ["-c", line]
        shell.standardOutput = output
        try shell.run()
        let text = String(
            decoding: try output.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        shell.waitUntilExit()
        #expect(
            text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
                == odd + ["--run-dir", "d", "--resume", ""])
    }
}
