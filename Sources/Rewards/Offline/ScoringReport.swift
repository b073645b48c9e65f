import Charts
import Foundation
import Rollouts

/// A page about a scored file: histograms of the reward, of each part and of the lengths, by right
/// and wrong, with the summary's tables.
///
/// It reads the records themselves, twice, in bounded memory: once for the ranges, once to count.
public struct ScoringReport {
    private let path: String
    private let summary: ScoringSummary
    private let spec: RewardSpec

    /// A report on the records in the file `path`, which `summary` is about.
    public init(records path: String, summary: ScoringSummary, spec: RewardSpec) {
        self.path = path
        self.summary = summary
        self.spec = spec
    }

    /// The page.
    ///
    /// - Throws: `RewardError.unreadable` where the records cannot be read.
    public func html() throws(RewardError) -> String {
        let name = (path as NSString).lastPathComponent
        var body = "<h1>\(name.escapedForHTML)</h1>"
        body += "<p>\(spec.verifier.escapedForHTML), configuration "
        body += "<code>\(spec.configHash.prefix(12))</code>: "
        body += "\(summary.records) completions in \(summary.rows) rows.</p>"
        body += overview()
        let charts = try histograms().compactMap { $0.html() }
        body += "<h2>Distributions</h2><div class=\"charts\">\(charts.joined())</div>"
        body += breakdowns() + faults()
        return HTMLPage.text(title: "\(name) – Assay", body: body)
    }

    // MARK: Tables

    private func table(_ head: [String], _ rows: [[String]]) -> String {
        let cells = rows.map { row in
            "<tr>" + row.map { "<td>\($0.escapedForHTML)" }.joined() + "</tr>"
        }
        let first = head.map { "<th>\($0.escapedForHTML)" }.joined()
        return "<figure><table><tr>\(first)</tr>\(cells.joined())</table></figure>"
    }

    private func show(_ value: Double?) -> String {
        value.map { String(format: "%.4f", $0) } ?? "–"
    }

    private func overview() -> String {
        var rows = [
            ["reward", show(summary.reward.value), "\(summary.reward.count)"],
            ["accuracy", show(summary.accuracy.value), "\(summary.accuracy.count)"],
        ]
        for component in spec.components {
            let mean = summary.components[component.name] ?? .init()
            rows.append([component.name, show(mean.value), "\(mean.count)"])
        }
        for (k, mean) in summary.passAt.sorted(by: { $0.key < $1.key }) where k > 1 {
            rows.append(["pass@\(k)", show(mean.value), "\(mean.count) problems"])
        }
        return table(["", "mean", "over"], rows)
    }

    private func breakdowns() -> String {
        let tables = summary.breakdown.sorted { $0.key < $1.key }.filter { $0.value.count > 1 }.map
        {
            key, values in
            let rows = values.sorted {
                $0.key.compare($1.key, options: .numeric) == .orderedAscending
            }
            return table(
                [key, "accuracy", "completions"],
                rows.map { [$0.key, show($0.value.value), "\($0.value.count)"] })
        }
        return tables.isEmpty ? "" : "<h2>Accuracy by kind</h2>" + tables.joined()
    }

    private func faults() -> String {
        var body = "<h2>Statuses</h2>"
        body += table(
            ["status", "completions"],
            ScoreStatus.allCases.compactMap { status in
                summary.statuses[status].map { [status.rawValue, "\($0)"] }
            })
        if !summary.slowest.isEmpty {
            body += "<h2>Slowest rows</h2>"
            body += table(
                ["row", "milliseconds"],
                summary.slowest.map { [$0.id, String(format: "%.2f", $0.seconds * 1000)] })
        }
        if summary.labelled > 0 {
            body += "<h2>Against the rows' labels</h2><p>Agrees on \(summary.agreed) of "
            body += "\(summary.labelled).</p>"
        }
        if !summary.disagreements.isEmpty {
            body += table(
                ["row", "labelled", "read", "because"],
                summary.disagreements.map {
                    [
                        "\($0.id)[\($0.sample)]", $0.label ? "right" : "wrong",
                        $0.extracted ?? "nothing", $0.reason,
                    ]
                })
        }
        return body
    }

    // MARK: Histograms

    /// One number of a record.
    private struct Measure {
        var title: String
        var isWhole = false
        var value: (JSONValue) -> Double?
        /// Distinct values while they are few; nil once they are not.
        var values: Set<Double>? = []
        var range: ClosedRange<Double>?
        var bins = Histogram.Bins.values([])
        /// By right, wrong and not judged.
        var counts: [[Int]] = []

        /// Values that are told apart at most.
        private static let fewValues = 12

        mutating func look(at record: JSONValue) {
            guard let value = value(record), value.isFinite else { return }
            range =
                range.map { min($0.lowerBound, value)...max($0.upperBound, value) } ?? value...value
            values?.insert(value)
            if let count = values?.count, count > Self.fewValues { values = nil }
        }

        mutating func prepare() {
            bins = Histogram.bins(for: values, in: range ?? 0...0, whole: isWhole)
            counts = [[Int]](repeating: [Int](repeating: 0, count: bins.count), count: 3)
        }

        mutating func count(_ record: JSONValue) {
            guard let value = value(record), let bin = bins.index(of: value) else { return }
            let group: Int
            switch record["acc"] {
            case .bool(true)?: group = 0
            case .bool(false)?: group = 1
            default: group = 2
            }
            counts[group][bin] += 1
        }

        var histogram: Histogram {
            Histogram(
                title: title, bins: bins,
                series: zip(["right", "wrong", "not judged"], counts).map {
                    .init(name: $0, counts: $1)
                })
        }
    }

    private func histograms() throws(RewardError) -> [Histogram] {
        var measures = [Measure(title: "Reward", value: { $0["reward"]?.double })]
        for component in spec.components {
            let name = component.name
            measures.append(
                Measure(title: name, value: { $0["components"]?[name]?["value"]?.double }))
        }
        measures.append(
            Measure(title: "Length in tokens", isWhole: true, value: { $0["tokens"]?.double }))
        try forEachRecord { record in
            for index in measures.indices { measures[index].look(at: record) }
        }
        for index in measures.indices { measures[index].prepare() }
        try forEachRecord { record in
            for index in measures.indices { measures[index].count(record) }
        }
        return measures.map(\.histogram)
    }

    private func forEachRecord(_ body: (JSONValue) -> Void) throws(RewardError) {
        guard let handle = FileHandle(forReadingAtPath: path) else {
            throw .unreadable(path: path, reason: String(cString: strerror(errno)))
        }
        defer { try? handle.close() }
        var reader = LineReader(handle, limit: 1 << 28)
        do {
            while let line = try reader.next() {
                if let record = try? JSONReader.parse(line.bytes) { body(record) }
            }
        } catch {
            throw .unreadable(path: path, reason: error.localizedDescription)
        }
    }
}
