import Charts

extension Report {
    /// Charts of the held-out evaluations, all arms in one.
    static func heldOutCharts(_ arms: [Arm]) -> [LineChart] {
        func chart(
            _ title: String, _ unit: String, range: ClosedRange<Double>? = nil,
            _ value: (Evaluation) -> Double
        ) -> LineChart {
            LineChart(
                title: title, unit: unit,
                series: arms.enumerated().map { index, arm in
                    .init(
                        name: arm.name,
                        points: arm.evaluations.map { (Double($0.step), value($0.evaluation)) },
                        isDashed: index > 0)
                }, range: range)
        }
        var charts = [
            chart("Accuracy, sampled", " %", range: 0...100) { $0.all.accuracy * 100 },
            chart("Accuracy, greedy", " %", range: 0...100) { $0.all.greedyAccuracy * 100 },
            chart("Mean length, sampled", " tokens") { $0.all.meanLength },
            chart("Entropy a token", " nats") { $0.all.entropy },
        ]
        if let first = arms.first {
            let levels = Set(first.evaluations.flatMap(\.evaluation.levels.keys)).sorted()
            charts.append(
                LineChart(
                    title: "Accuracy by level, sampled, \(first.name)", unit: " %",
                    series: levels.map { level in
                        .init(
                            name: "level \(level)",
                            points: first.evaluations.compactMap { entry in
                                entry.evaluation.levels[level].map {
                                    (Double(entry.step), $0.accuracy * 100)
                                }
                            })
                    }, range: 0...100))
        }
        return charts
    }

    /// Charts of the steps' own metrics, smoothed a little, promotions as marks.
    static func trainingCharts(_ arms: [Arm]) -> [LineChart] {
        let marks = arms.first?.stageChanges.map { (Double($0.step), $0.text) } ?? []
        func chart(
            _ title: String, _ unit: String, _ names: [(metric: String, label: String)],
            range: ClosedRange<Double>? = nil, factor: Double = 1, smoothing: Int = 5
        ) -> LineChart {
            var series: [LineChart.Series] = []
            for (index, arm) in arms.enumerated() {
                for (metric, label) in names {
                    let points = arm.metrics.compactMap { entry in
                        entry.metrics[metric].map { (x: Double(entry.step), y: $0 * factor) }
                    }
                    let name = [label, arms.count > 1 ? arm.name : ""].filter { !$0.isEmpty }
                    series.append(
                        .init(
                            name: name.joined(separator: ", "),
                            points: smoothed(points, window: smoothing), isDashed: index > 0))
                }
            }
            return LineChart(title: title, unit: unit, series: series, range: range, marks: marks)
        }
        let components = Set(arms.flatMap { $0.metrics.last?.metrics.keys.map { $0 } ?? [] })
            .filter { $0.hasPrefix("rewards/") && $0.hasSuffix("/mean") }.sorted()
        let levels = Set(arms.flatMap { $0.metrics.flatMap { $0.metrics.keys.map { $0 } } })
            .filter { $0.hasPrefix("levels/") }.sorted()
        return [
            chart("Reward", "", [("reward", "")]),
            chart("Accuracy of rollouts", " %", [("accuracy", "")], range: 0...100, factor: 100),
            chart(
                "Reward components", "",
                components.map { ($0, String($0.dropFirst(8).dropLast(5))) }),
            chart("Length of rollouts", " tokens", [("completions/mean_length", "all")]),
            chart(
                "Length of right and wrong", " tokens",
                [
                    ("completions/mean_length_correct", "right"),
                    ("completions/mean_length_wrong", "wrong"),
                ]),
            chart("Entropy a token", " nats", [("entropy", "")]),
            chart(
                "Groups without a signal", " %",
                [("groups/all_right", "all right"), ("groups/all_wrong", "all wrong")],
                range: 0...100, factor: 100),
            chart("Groups retained without variance", "", [("groups/degenerate", "")]),
            chart(
                "Clipped tokens", " %",
                [("clip_ratio/high_mean", "high"), ("clip_ratio/low_mean", "low")], factor: 100),
            chart("Gradient norm", "", [("grad_norm", "")]),
            chart("Curriculum stage", "", [("curriculum/stage", "")], smoothing: 1),
            chart(
                "Accuracy by level", " %",
                levels.map { ($0, "level " + $0.split(separator: "/")[1]) },
                range: 0...100, factor: 100, smoothing: 15),
            chart("Seconds a step", " s", [("step_time", "")]),
        ]
    }

    /// A running mean over the last `window` points.
    private static func smoothed(
        _ points: [(x: Double, y: Double)], window: Int
    ) -> [(x: Double, y: Double)] {
        points.indices.map { index in
            let recent = points[max(0, index - window + 1)...index]
            return (points[index].x, recent.reduce(0) { $0 + $1.y } / Double(recent.count))
        }
    }
}
