import ArgumentParser
import Foundation
import Rollouts
import Training

struct ReportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report",
        abstract: "Write curves and sample groups of runs as one HTML file that opens offline.",
        discussion: """
            Several runs are drawn over one another; so are the arms of a comparison. The page holds \
            all it needs and asks no server: curves with values under the pointer, figures before \
            and after by level, warnings, sample groups with rewards and reasons, the resolved \
            recipe.

            Examples:
              assay report runs/demo
              assay report runs/a runs/b --out compared.html
              assay report runs/1/grpo runs/2/grpo --chart eval_accuracy --out accuracy.svg
            """)

    @Argument(help: "Run directories.")
    var directories: [String]

    @Option(help: "The page. Default for a single run: its report.html.")
    var out: String?

    @Option(
        help:
            "Write one metric as an SVG file instead: runs in folders of one name as their mean.")
    var chart: String?

    @Flag(help: "Print what the page was made of as JSON on standard output.")
    var json = false

    func validate() throws {
        if directories.isEmpty { throw ValidationError("Name a run directory.") }
        if directories.count > 1, out == nil {
            throw ValidationError("Several runs have no page of their own: add --out FILE.")
        }
        if chart != nil, out == nil {
            throw ValidationError("A chart goes to a file of its own: add --out FILE.svg.")
        }
        if json, out == "-" {
            throw ValidationError("--out - and --json would both go to standard output.")
        }
    }

    func run() throws {
        let directories = directories.map { RunDirectory($0) }
        let report = try Report(directories)
        let path = out ?? directories[0].report
        if let chart {
            try Console.write(try report.chart(of: chart), to: path)
            return
        }
        if path == "-" {
            print(report.html(), terminator: "")
            return
        }
        try report.write(to: path)
        print(json ? try report.json(path: path) : path)
    }
}
