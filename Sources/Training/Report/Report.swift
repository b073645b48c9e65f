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
        return """
            <!doctype html><html lang="en"><head><meta charset="utf-8">
            <meta name="viewport" content="width=device-width,initial-scale=1">
            <title>\(title.escapedForHTML) – Assay</title><style>\(style)</style></head>
            <body><main>\(body)</main></body></html>

            """
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

    private static let style = """
        body{font:15px/1.5 system-ui,sans-serif;color:#1f2937;background:#f8fafc;margin:0}
        main{max-width:1180px;margin:0 auto;padding:24px}h1{font-size:24px}h2{font-size:18px;\
        margin-top:32px}.charts{display:grid;grid-template-columns:repeat(auto-fill,\
        minmax(480px,1fr));gap:16px}figure,details,pre{background:#fff;border:1px solid #e2e8f0;\
        border-radius:8px;margin:0 0 12px;padding:10px}pre{overflow:auto}svg{width:100%}
        polyline{fill:none;stroke-width:1.8;stroke-linejoin:round}.grid{stroke:#e2e8f0}
        .mark{stroke:#94a3b8;stroke-dasharray:2 3;stroke-width:1.5}.title{font-size:14px;\
        font-weight:600;fill:#1f2937}.tick{font-size:11px;fill:#64748b}.end{text-anchor:end}
        .middle{text-anchor:middle}figcaption span{margin-right:14px;font-size:13px}
        figcaption i{display:inline-block;width:10px;height:10px;border-radius:2px;\
        margin-right:5px}table{border-collapse:collapse;width:100%;font-size:13px}
        td,th{border-top:1px solid #e2e8f0;padding:4px 8px;text-align:left;\
        vertical-align:top}code{font-size:12px;overflow-wrap:anywhere}
        """
}
