import ArgumentParser
import Rollouts
import Training

struct ReportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report",
        abstract: "Write a run's curves and sample groups as one HTML file that opens offline.",
        discussion: "Example: assay report runs/demo")

    @Argument(help: "A run directory.")
    var run: String

    func run() throws {
        let directory = RunDirectory(run)
        try Report.write(for: directory)
        print(directory.report)
    }
}
