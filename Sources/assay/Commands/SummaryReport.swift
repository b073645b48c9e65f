import Foundation
import Rewards
import Rollouts

/// The summary of a scoring run in words or JSON.
struct SummaryReport {
    var summary: ScoringSummary
    /// Names in the order of the spec.
    var components: [String]
    var seconds: Double

    private var rate: Double { Double(summary.rows) / max(seconds, 1e-9) }

    /// A few lines for a reader.
    var text: String {
        var lines = [
            "\(summary.records) completions in \(summary.rows) rows, \(Int(rate)) rows/s",
            "mean reward \(Self.number(summary.reward.value)), "
                + "accuracy \(Self.number(summary.accuracy.value))",
        ]
        for name in components {
            let mean = summary.components[name] ?? .init()
            lines.append("  \(name): mean \(Self.number(mean.value)) over \(mean.count)")
        }
        let several = summary.passAt.keys.filter { $0 > 1 }.sorted()
        if !several.isEmpty {
            let parts = ([1] + several).map { k in
                "pass@\(k) \(Self.number(summary.passAt[k]?.value))"
            }
            lines.append(parts.joined(separator: ", "))
        }
        for (key, values) in summary.breakdown.sorted(by: { $0.key < $1.key })
        where values.count > 1 {
            let parts = values.sorted { Self.isBefore($0.key, $1.key) }.prefix(12).map {
                "\($0.key) \(Self.number($0.value.value)) of \($0.value.count)"
            }
            lines.append(
                "by \(key): " + parts.joined(separator: ", ") + (values.count > 12 ? ", …" : ""))
        }
        let statuses = ScoreStatus.allCases.compactMap { status in
            summary.statuses[status].map { "\(status.rawValue) \($0)" }
        }
        if !statuses.isEmpty { lines.append("status: \(statuses.joined(separator: ", "))") }
        if summary.unscored > 0 {
            lines.append("\(summary.unscored) without a reward; their records say why")
        }
        if !summary.slowest.isEmpty {
            let parts = summary.slowest.map { "\($0.id) \(Self.milliseconds($0.seconds))" }
            lines.append("slowest rows: " + parts.joined(separator: ", "))
        }
        if summary.labelled > 0 {
            lines.append("agrees with the rows' labels on \(summary.agreed) of \(summary.labelled)")
            for item in summary.disagreements {
                lines.append(
                    "  \(item.id)[\(item.sample)]: labelled \(item.label ? "right" : "wrong"), "
                        + "read '\(item.extracted ?? "nothing")' (\(item.reason))")
            }
        }
        return lines.joined(separator: "\n")
    }

    /// The same for programs.
    var json: JSONValue {
        var means: [String: JSONValue] = [:]
        for name in components { means[name] = Self.value(summary.components[name]?.value) }
        var statuses: [String: JSONValue] = [:]
        for (status, count) in summary.statuses {
            statuses[status.rawValue] = .integer(Int64(count))
        }
        return .object([
            "records": .integer(Int64(summary.records)), "rows": .integer(Int64(summary.rows)),
            "rows_per_second": .number(rate.rounded()), "seconds": .number(seconds),
            "mean_reward": Self.value(summary.reward.value),
            "accuracy": Self.value(summary.accuracy.value), "components": .object(means),
            "statuses": .object(statuses), "unscored": .integer(Int64(summary.unscored)),
            "pass_at_k": .object(
                Dictionary(
                    uniqueKeysWithValues: summary.passAt.map {
                        ("\($0.key)", Self.value($0.value.value))
                    })),
            "by": .object(
                summary.breakdown.mapValues { values in
                    .object(
                        values.mapValues {
                            .object([
                                "accuracy": Self.value($0.value),
                                "completions": .integer(Int64($0.count)),
                            ])
                        })
                }),
            "slowest": .array(
                summary.slowest.map {
                    .object(["id": .string($0.id), "milliseconds": .number($0.seconds * 1000)])
                }),
            "labelled": .integer(Int64(summary.labelled)),
            "agreed": .integer(Int64(summary.agreed)),
            "disagreements": .array(
                summary.disagreements.map { item in
                    .object([
                        "id": .string(item.id), "sample": .integer(Int64(item.sample)),
                        "label": .bool(item.label), "reason": .string(item.reason),
                        "pred": item.extracted.map { .string($0) } ?? .null,
                    ])
                }),
        ])
    }

    static func milliseconds(_ seconds: Double) -> String {
        String(format: seconds < 0.01 ? "%.2f ms" : "%.0f ms", seconds * 1000)
    }

    /// Numbers by size, words by letter.
    private static func isBefore(_ a: String, _ b: String) -> Bool {
        if let x = Double(a), let y = Double(b) { return x < y }
        return a < b
    }

    private static func value(_ number: Double?) -> JSONValue {
        number.map { .number($0) } ?? .null
    }

    private static func number(_ value: Double?) -> String {
        value.map { String(format: "%.4f", $0) } ?? "none"
    }
}
