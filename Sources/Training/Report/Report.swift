import Charts
import Foundation
import Rollouts
import Store

/// One self-contained HTML page about a run: curves of all arms, the timeline of stages, the
/// table before and after, and sample groups with rewards, advantages and what the filter did.
public enum Report {
    /// What the page shows of one arm.
    struct Arm {
        var name: String
        var metrics: [(step: Int, metrics: [String: Double])]
        var evaluations: [(step: Int, evaluation: Evaluation)]
        var stageChanges: [(step: Int, text: String)]
        var groups: [SampleGroup]
    }

    /// One group of the last steps, to be read.
    struct SampleGroup {
        var step: Int
        var prompt: String
        var answer: String
        var rollouts: [SampleRollout]
    }

    /// One completion with what became of it.
    struct SampleRollout {
        var text: String
        var tokens: Int
        var reward: Double?
        var outcome: Double?
        var advantage: Double
        var fate: String
    }

    /// Reads the run's store and writes `report.html`.
    public static func write(for directory: RunDirectory) throws {
        guard directory.holdsRun else { throw TrainingError.noRun(path: directory.path) }
        let store = try AssayStore(path: directory.database)
        let arms = try arms(of: store)
        let summary = FileManager.default.contents(atPath: directory.summary)
            .flatMap { try? JSONDecoder().decode(RunSummary.self, from: $0) }
        let recipe = String(decoding: try directory.read(directory.recipe), as: UTF8.self)
        let page = page(
            title: (directory.path as NSString).lastPathComponent, arms: arms,
            table: summary?.table(), recipe: recipe)
        try AtomicFile.write(Data(page.utf8), to: directory.report)
    }

    /// The page as text.
    static func page(title: String, arms: [Arm], table: String?, recipe: String) -> String {
        var body = "<h1>Run \(title.escapedForHTML)</h1>"
        if let table { body += "<h2>Before and after</h2><pre>\(table.escapedForHTML)</pre>" }
        let held = heldOutCharts(arms).compactMap { $0.html() }
        if !held.isEmpty {
            body += "<h2>Held-out problems</h2><div class=\"charts\">\(held.joined())</div>"
        }
        body += alarms(arms)
        let training = trainingCharts(arms).compactMap { $0.html() }
        body += "<h2>Training</h2>"
        body +=
            training.isEmpty
            ? "<p>No step has been recorded yet.</p>"
            : "<div class=\"charts\">\(training.joined())</div>"
        for arm in arms where !arm.groups.isEmpty {
            body += "<h2>Sample groups, \(arm.name.escapedForHTML)</h2>"
            body += arm.groups.map(html).joined()
        }
        body += "<h2>Recipe</h2><pre>\(recipe.escapedForHTML)</pre>"
        return HTMLPage.text(title: "\(title) – Assay", body: body)
    }

    /// What the run warned of, with the step.
    private static func alarms(_ arms: [Arm]) -> String {
        let rows = arms.flatMap { arm in
            arm.metrics.flatMap { entry in
                entry.metrics.keys.filter { $0.hasPrefix("alarms/") }.sorted().map {
                    "<tr><td>\(arm.name.escapedForHTML)<td>\(entry.step)<td>"
                        + "\(String($0.dropFirst(7)).escapedForHTML)</tr>"
                }
            }
        }
        guard !rows.isEmpty else { return "" }
        return "<h2>Warnings</h2><table><tr><th>run<th>step<th>what</tr>\(rows.joined())</table>"
    }

    private static func html(_ group: SampleGroup) -> String {
        var html = "<details open><summary>step \(group.step): "
        html += "<code>\(group.prompt.escapedForHTML)</code> gold "
        html += "<code>\(group.answer.escapedForHTML)</code></summary><table><tr><th>completion"
        html += "<th>tokens<th>right<th>reward<th>advantage<th>update</tr>"
        for rollout in group.rollouts {
            let right = rollout.outcome.map { $0 >= 0.5 ? "✓" : "✗" } ?? "–"
            let reward = rollout.reward.map { LineChart.show($0) } ?? "–"
            html += "<tr><td><code>\(rollout.text.escapedForHTML)</code><td>\(rollout.tokens)"
            html += "<td>\(right)<td>\(reward)<td>\(LineChart.show(rollout.advantage))"
            html += "<td>\(rollout.fate.escapedForHTML)</tr>"
        }
        return html + "</table></details>"
    }
}
