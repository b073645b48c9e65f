import Charts
import Foundation

extension Report {
    /// One metric of all runs as an SVG file: runs of one name, such as seeds of an arm, as their mean.
    ///
    /// - Parameter metric: a name as `metrics.jsonl` has it, evaluations as `eval_…`.
    /// - Throws: `TrainingError.unknownMetric` where no run has it.
    public func chart(of metric: String) throws(TrainingError) -> String {
        let groups = Dictionary(grouping: arms, by: Self.folder)
        let names = arms.map(Self.folder).reduce(into: [String]()) { names, name in
            if !names.contains(name) { names.append(name) }
        }
        let series = names.map { name in
            LineChart.Series(name: name, points: Self.mean(of: metric, groups[name] ?? []))
        }
        let chart = LineChart(
            title: metric, unit: "", series: series,
            style: metric.hasPrefix("eval_") ? .plain : .smoothed)
        guard let document = chart.document() else {
            let known = Set(arms.flatMap { $0.allMetrics.flatMap(\.metrics.keys) })
            throw .unknownMetric(name: metric, known: known.sorted())
        }
        return document
    }

    /// The last part of a run's path: seeds of an arm lie in folders of one name.
    private static func folder(_ arm: ReportedArm) -> String {
        arm.name.split(separator: "/").last.map(String.init) ?? arm.name
    }

    /// The mean over the arms that have the metric at a step, at steps that all of these have.
    private static func mean(
        of metric: String, _ arms: [ReportedArm]
    ) -> [(x: Double, y: Double)] {
        var sums: [Int: (sum: Double, count: Int)] = [:]
        for (step, metrics) in arms.flatMap(\.allMetrics) {
            guard let value = metrics[metric], value.isFinite else { continue }
            let before = sums[step] ?? (0, 0)
            sums[step] = (before.sum + value, before.count + 1)
        }
        let most = sums.values.map(\.count).max() ?? 0
        return sums.filter { $0.value.count == most }.sorted { $0.key < $1.key }
            .map { (Double($0.key), $0.value.sum / Double($0.value.count)) }
    }
}

extension ReportedArm {
    /// The steps' metrics, and those of evaluations.
    var allMetrics: [(step: Int, metrics: [String: Double])] {
        metrics + evaluations.map { ($0.step, $0.evaluation.metrics) }
    }
}
