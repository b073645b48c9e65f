import Charts

extension Report {
    /// Charts of the held-out evaluations, all arms in one.
    static func heldOutCharts(_ arms: [ReportedArm]) -> [LineChart] {
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
                        dash: index)
                }, range: range)
        }
        let levels = Set(arms.flatMap { $0.evaluations.flatMap(\.evaluation.levels.keys) }).sorted()
        let byLevel = arms.map { arm in
            LineChart(
                title: title("Held-out accuracy by level, sampled", arm, of: arms), unit: "%",
                series: levels.enumerated().map { colour, level in
                    .init(
                        name: "level \(level)",
                        points: arm.evaluations.compactMap { entry in
                            entry.evaluation.levels[level].map {
                                (Double(entry.step), $0.accuracy * 100)
                            }
                        }, colour: colour)
                }, range: 0...100)
        }
        return [
            chart("Held-out accuracy, sampled", "%", range: 0...100) { $0.all.accuracy * 100 },
            chart("Held-out accuracy, greedy", "%", range: 0...100) { $0.all.greedyAccuracy * 100 },
            chart("Held-out length, sampled", "tokens") { $0.all.meanLength },
            chart("Held-out entropy", "nats a token") { $0.all.entropy },
        ] + byLevel
    }

    /// Metrics of the steps over the steps, with promotions as marks: one chart, or one of each arm where
    /// the lines of all would be too many to tell apart.
    private static func charts(
        _ title: String, _ unit: String, _ names: [(metric: String, label: String)],
        of arms: [ReportedArm], range: ClosedRange<Double>? = nil, factor: Double = 1,
        style: LineChart.Style = .smoothed
    ) -> [LineChart] {
        if names.count > 2, arms.count > 1 {
            return arms.flatMap { arm in
                charts(
                    Self.title(title, arm, of: arms), unit, names, of: [arm], range: range,
                    factor: factor, style: style)
            }
        }
        let marks = arms.flatMap { arm in
            arm.stageChanges.map { (Double($0.step), Self.title($0.text, arm, of: arms)) }
        }
        let series = arms.enumerated().flatMap { index, arm in
            names.enumerated().map { colour, entry in
                LineChart.Series(
                    name: name(entry.label, arm, of: arms),
                    points: arm.metrics.compactMap { step in
                        step.metrics[entry.metric].map { (Double(step.step), $0 * factor) }
                    }, colour: names.count > 1 ? colour : index, dash: index)
            }
        }
        return [
            LineChart(
                title: title, unit: unit, series: series, range: range, marks: marks, style: style)
        ]
    }

    /// Charts of the steps' own metrics.
    static func trainingCharts(_ arms: [ReportedArm]) -> [LineChart] {
        func chart(
            _ title: String, _ unit: String, _ names: [(metric: String, label: String)],
            range: ClosedRange<Double>? = nil, factor: Double = 1,
            style: LineChart.Style = .smoothed
        ) -> [LineChart] {
            charts(title, unit, names, of: arms, range: range, factor: factor, style: style)
        }
        let known = Set(arms.flatMap { $0.metrics.flatMap(\.metrics.keys) })
        let components = known.filter { $0.hasPrefix("rewards/") && $0.hasSuffix("/mean") }.sorted()
        let levels = known.compactMap(level).sorted()
        return [
            chart("Reward", "", [("reward", "reward")]),
            chart(
                "Reward components", "mean, unweighted",
                components.map { ($0, String($0.dropFirst(8).dropLast(5))) }),
            chart(
                "Accuracy of rollouts", "%", [("accuracy", "accuracy")], range: 0...100, factor: 100
            ),
            chart(
                "Accuracy by level", "%",
                levels.map { ("levels/\($0)/accuracy", "level \($0)") }, range: 0...100,
                factor: 100),
            chart(
                "Length of completions", "tokens", [("completions/mean_length", "all")]),
            chart(
                "Length of right and wrong completions", "tokens",
                [
                    ("completions/mean_length_correct", "right"),
                    ("completions/mean_length_wrong", "wrong"),
                ]),
            chart(
                "Completions cut by the limit", "%", [("completions/clipped_ratio", "cut")],
                factor: 100),
            chart("Entropy", "nats a token", [("entropy", "entropy")]),
            chart(
                "KL divergence", "nats a token",
                [("kl", "to the reference"), ("approx_kl", "to the policy that sampled")]),
            chart(
                "Clipped tokens", "%",
                [("clip_ratio/high_mean", "above"), ("clip_ratio/low_mean", "below")],
                factor: 100),
            chart(
                "Groups without variance", "%",
                [
                    ("frac_reward_zero_std", "equal rewards"), ("groups/all_right", "all right"),
                    ("groups/all_wrong", "all wrong"),
                ], range: 0...100, factor: 100),
            chart(
                "Groups", "groups a step",
                [
                    ("groups/sampled", "sampled"), ("groups/kept", "kept"),
                    ("groups/degenerate", "kept, retained rewards equal"),
                ]),
            chart(
                "Completions retained of a group, k", "completions",
                [("groups/retained_mean", "retained")]),
            chart("Gradient norm", "before clipping", [("grad_norm", "norm")]),
            chart("Learning rate", "", [("learning_rate", "rate")], style: .plain),
            chart(
                "Value loss", "", [("value_loss", "loss")]),
            chart("Time of a step", "s", [("step_time", "step")]),
            [speed(arms)],
        ].flatMap { $0 }
    }

    /// Sampled tokens a second, from their running count.
    private static func speed(_ arms: [ReportedArm]) -> LineChart {
        LineChart(
            title: "Speed", unit: "sampled tokens a second",
            series: arms.enumerated().map { index, arm in
                var points: [(x: Double, y: Double)] = []
                var before = 0.0
                for (step, metrics) in arm.metrics {
                    guard let count = metrics["num_tokens"] else { continue }
                    if let seconds = metrics["step_time"], seconds > 0 {
                        points.append((Double(step), (count - before) / seconds))
                    }
                    before = count
                }
                return .init(
                    name: name("speed", arm, of: arms), points: points, colour: index, dash: index)
            }, style: .smoothed)
    }

    /// The curriculum's stage over the steps, counted from 1; nil where nobody moved.
    static func stageChart(_ arms: [ReportedArm]) -> LineChart? {
        guard arms.contains(where: { !$0.stageChanges.isEmpty }) else { return nil }
        return LineChart(
            title: "Curriculum stage", unit: "stage",
            series: arms.enumerated().map { index, arm in
                // Every curriculum begins with its first stage; a step's metric is what it left.
                let stages = arm.metrics.compactMap { entry in
                    entry.metrics["curriculum/stage"].map { (x: Double(entry.step), y: $0 + 1) }
                }
                return .init(
                    name: arm.name, points: [(x: 0, y: 1)] + stages, colour: index, dash: index)
            }, style: .stepped)
    }

    /// The level of a metric `levels/N/accuracy`.
    private static func level(_ name: String) -> Int? {
        let parts = name.split(separator: "/")
        guard parts.count == 3, parts[0] == "levels", parts[2] == "accuracy" else { return nil }
        return Int(parts[1])
    }

    /// What a chart is called that shows one arm of several.
    private static func title(
        _ text: String, _ arm: ReportedArm, of arms: [ReportedArm]
    ) -> String {
        arms.count > 1 ? "\(text): \(arm.name)" : text
    }

    /// What a line is called: of several arms each says whose it is.
    private static func name(_ label: String, _ arm: ReportedArm, of arms: [ReportedArm]) -> String
    {
        arms.count > 1 ? "\(label), \(arm.name)" : label
    }
}
