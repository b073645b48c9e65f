import Charts

extension Report {
    /// Held-out figures before the first update and after the newest, by level, of every arm.
    func evaluationTable() -> String {
        let arms = arms.filter { $0.before != nil || $0.after != nil }
        guard !arms.isEmpty else { return "" }
        let columns: [Evaluation?] = arms.flatMap { [$0.before, $0.after?.evaluation] }
        var html = "<div class=\"scroll\"><table><tr><th>held-out problems, sampled / greedy"
        for arm in arms { html += "<th class=\"n\" colspan=\"2\">\(arm.name.escapedForHTML)" }
        html += "</tr><tr><th>"
        for arm in arms {
            html += "<th class=\"n\">before<th class=\"n\">"
            html += arm.after.map { "after \($0.step) steps" } ?? "after"
        }
        html += "</tr>"
        for row in Self.rows(columns.compactMap { $0 }) {
            html += "<tr><td>\(row.name)"
            for column in columns {
                html += "<td class=\"n\">\(column.flatMap(row.figures).map(row.show) ?? "–")"
            }
            html += "</tr>"
        }
        return html + "</table></div>"
    }

    private struct Row {
        var name: String
        var figures: (Evaluation) -> Evaluation.Figures?
        var show: (Evaluation.Figures) -> String
    }

    private static func rows(_ evaluations: [Evaluation]) -> [Row] {
        func accuracies(_ figures: Evaluation.Figures) -> String {
            "\(percent(figures.accuracy)) / \(percent(figures.greedyAccuracy))"
        }
        func lengths(_ figures: Evaluation.Figures) -> String {
            "\(rounded(figures.meanLength)) / \(rounded(figures.greedyMeanLength))"
        }
        let levels = Set(evaluations.flatMap(\.levels.keys)).sorted()
        var rows = levels.map { level in
            Row(
                name: "accuracy, level \(level)",
                figures: { $0.levels[level] }, show: accuracies)
        }
        rows.append(
            Row(name: "<b>accuracy, all levels</b>", figures: { $0.all }, show: accuracies))
        for k in Set(evaluations.flatMap { ($0.all.passAt ?? [:]).keys }).sorted() {
            rows.append(
                Row(name: "pass@\(k)", figures: { $0.all }) {
                    $0.passAt?[k].map(percent) ?? "–"
                })
        }
        if evaluations.contains(where: { $0.all.rewardAccuracy != nil }) {
            rows.append(
                Row(name: "accuracy by the reward's own spec, sampled", figures: { $0.all }) {
                    $0.rewardAccuracy.map(percent) ?? "–"
                })
        }
        rows += levels.map { level in
            Row(
                name: "mean tokens, level \(level)",
                figures: { $0.levels[level] }, show: lengths)
        }
        rows.append(
            Row(name: "<b>mean tokens, all levels</b>", figures: { $0.all }, show: lengths))
        rows.append(
            Row(name: "entropy, nats a token, sampled", figures: { $0.all }) {
                LineChart.show($0.entropy)
            })
        rows.append(
            Row(name: "cut by the limit, sampled", figures: { $0.all }) { percent($0.truncated) })
        return rows
    }
}
