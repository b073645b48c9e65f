import Foundation

extension Evaluation {
    /// A row a level, and one for all of them.
    public func table() -> String {
        let several = (all.passAt ?? [:]).keys.sorted()
        var head = ["level", "problems", "pass@1"] + several.map { "pass@\($0)" } + ["greedy"]
        if all.rewardAccuracy != nil { head.append("by the reward") }
        head += ["tokens", "nats a token", "cut"]
        if all.unscored > 0 { head.append("unscored") }
        func row(_ name: String, _ figures: Figures) -> [String] {
            var cells = [name, "\(figures.problems)", percent(figures.accuracy)]
            cells += several.map { figures.passAt?[$0].map(percent) ?? "–" }
            cells.append(percent(figures.greedyAccuracy))
            if all.rewardAccuracy != nil {
                cells.append(figures.rewardAccuracy.map(percent) ?? "–")
            }
            cells += [
                rounded(figures.meanLength), String(format: "%.3f", figures.entropy),
                percent(figures.truncated),
            ]
            if all.unscored > 0 { cells.append("\(figures.unscored)") }
            return cells
        }
        let rows =
            [head] + levels.sorted { $0.key < $1.key }.map { row("\($0.key)", $0.value) }
            + [row("all", all)]
        let widths = head.indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { cells in
            zip(cells, widths).map { cell, width in
                String(repeating: " ", count: width - cell.count) + cell
            }.joined(separator: "  ")
        }.joined(separator: "\n")
    }
}
