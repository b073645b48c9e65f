import Charts
import Foundation
import Rollouts

/// One self-contained HTML page about runs: curves of all arms, the timeline of stages, the table before
/// and after, warnings, and sample groups with rewards, components, advantages, what the filter did and why.
public struct Report {
    let runs: [ReportedRun]

    /// What the stores of `directories` know.
    ///
    /// - Throws: `TrainingError.noRun` for a directory that holds none.
    public init(_ directories: [RunDirectory]) throws {
        let names = Self.names(of: directories)
        runs = try zip(directories, names).map { directory, name in
            try ReportedRun(directory, name: name, isAlone: directories.count == 1)
        }
    }

    init(runs: [ReportedRun]) { self.runs = runs }

    /// Reads the run's store and writes `report.html`.
    public static func write(for directory: RunDirectory) throws {
        try Report([directory]).write(to: directory.report)
    }

    /// Writes the page, whole or not at all.
    public func write(to path: String) throws(TrainingError) {
        try AtomicFile.write(Data(html().utf8), to: path)
    }

    /// All arms of all runs, in order.
    var arms: [ReportedArm] { runs.flatMap(\.arms) }

    /// The page.
    public func html() -> String {
        let title = runs.map(\.name).joined(separator: ", ")
        let training = Self.trainingCharts(arms).compactMap { $0.html() }
        let heldOut = Self.heldOutCharts(arms).compactMap { $0.html() }
        let sections: [(id: String, title: String, html: String)] = [
            ("changes", "No longer one recipe", changes()),
            ("evaluation", "Before and after", evaluationTable()),
            ("warnings", "Warnings", warnings()),
            ("held-out", "Held-out problems", Self.grid(heldOut)),
            ("training", "Training", Self.slider(training) + Self.grid(training)),
            ("stages", "Stages", stages()), ("samples", "Sample groups", samples()),
            ("recipe", runs.count > 1 ? "Recipes" : "Recipe", recipes()),
        ].filter { !$0.html.isEmpty }
        var body = "<h1>\(runs.count > 1 ? "Runs" : "Run") \(title.escapedForHTML)</h1><nav>"
        for section in sections { body += "<a href=\"#\(section.id)\">\(section.title)</a> " }
        body += "</nav>"
        if training.isEmpty { body += "<p>No step has been recorded yet.</p>" }
        for section in sections {
            body += "<section><h2 id=\"\(section.id)\">\(section.title)</h2>\(section.html)"
            body += "</section>"
        }
        return HTMLPage.text(title: "\(title) – Assay", body: body, script: ChartScript.script)
    }

    private static func grid(_ charts: [String]) -> String {
        charts.isEmpty ? "" : "<div class=\"charts\">\(charts.joined())</div>"
    }

    /// Hidden until a script is there to serve it.
    private static func slider(_ charts: [String]) -> String {
        guard !charts.isEmpty else { return "" }
        return
            "<p class=\"soft\">Faint: every step, or means of neighbours where there are more than "
            + "\(LineChart.mostPoints). Strong: a running mean. <label hidden>smoothing <input "
            + "id=\"smoothing\" type=\"range\" min=\"0\" max=\"0.99\" step=\"0.01\" "
            + "value=\"\(LineChart.smoothing)\"><output id=\"weight\">\(LineChart.smoothing)"
            + "</output></label></p>"
    }

    /// Where a run went on although its recipe, spec or data set differed.
    private func changes() -> String {
        let rows = runs.flatMap { run in
            run.changes.flatMap { change in
                change.lines.map { line in
                    "<tr><td>\(run.name.escapedForHTML)<td class=\"n\">\(change.step)"
                        + "<td>\(line.escapedForHTML)</tr>"
                }
            }
        }
        guard !rows.isEmpty else { return "" }
        return "<p>Figures before and after these steps are of different runs.</p>"
            + "<div class=\"scroll\"><table><tr><th>run<th class=\"n\">after step<th>what differs"
            + "</tr>\(rows.joined())</table></div>"
    }

    /// What the runs warned of, with the step.
    private func warnings() -> String {
        let rows = arms.flatMap { arm in
            arm.alarms.map { alarm in
                "<tr><td>\(arm.name.escapedForHTML)<td class=\"n\">\(alarm.step)"
                    + "<td>\(alarm.meaning.escapedForHTML)</tr>"
            }
        }
        guard !rows.isEmpty else { return "" }
        return "<div class=\"scroll\"><table><tr><th>run<th class=\"n\">step<th>what</tr>"
            + "\(rows.joined())</table></div>"
    }

    /// When the curriculum moved, and why.
    private func stages() -> String {
        let chart = Self.stageChart(arms)?.html() ?? ""
        let rows = arms.flatMap { arm in
            arm.stageChanges.map {
                "<tr><td>\(arm.name.escapedForHTML)<td class=\"n\">\($0.step)"
                    + "<td>\($0.text.escapedForHTML)</tr>"
            }
        }
        guard !rows.isEmpty else { return "" }
        return "<div class=\"charts\">\(chart)<div class=\"scroll\"><table><tr><th>run"
            + "<th class=\"n\">step<th>change</tr>\(rows.joined())</table></div></div>"
    }

    private func recipes() -> String {
        runs.map { run in
            "<details\(runs.count == 1 ? " open" : "")><summary>\(run.name.escapedForHTML), as resolved"
                + "</summary><pre>\(run.recipe.escapedForHTML)</pre></details>"
        }.joined()
    }

    /// Names of folders, with as much of the path as tells them apart.
    static func names(of directories: [RunDirectory]) -> [String] {
        let parts = directories.map {
            URL(fileURLWithPath: $0.path).standardizedFileURL.pathComponents.filter { $0 != "/" }
        }
        let most = parts.map(\.count).max() ?? 1
        for count in 1...max(most, 1) {
            let names = parts.map { $0.suffix(count).joined(separator: "/") }
            if Set(names).count == names.count { return names }
        }
        return parts.map { $0.joined(separator: "/") }
    }
}
