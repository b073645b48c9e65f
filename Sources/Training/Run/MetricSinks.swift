import Foundation
import Rollouts

/// What the metric files hold of one step.
struct MetricRow: Equatable {
    let step: Int
    /// Finite numbers by name.
    let metrics: [String: Double]

    init(step: Int, metrics: [String: Double]) {
        self.step = step
        self.metrics = metrics.filter(\.value.isFinite)
    }
}

/// Hands rows over one by one, in order, as often as it is asked: a long run's are never all in memory.
typealias MetricRows = (_ body: (MetricRow) throws -> Void) throws -> Void

/// The metrics of a run as lines of JSON, as a table and as TensorBoard's events.
///
/// All are rewritten from the store on resume and at the end, so that they never hold a step twice.
struct MetricSinks {
    private let lines: String
    private let names: MetricNames
    private var table: MetricTable
    private var events: EventFile?

    init(directory: RunDirectory, names: MetricNames, writesEvents: Bool) {
        lines = directory.metricsLines
        self.names = names
        table = MetricTable(path: directory.metricsTable)
        events = writesEvents ? EventFile(directory) : nil
    }

    /// Starts all files afresh with the steps that the store has.
    mutating func rewrite(_ rows: MetricRows) throws {
        try withoutActuallyEscaping(rows) { rows in
            let sinks = self
            let named: MetricRows = { body in try rows { try body(sinks.named($0)) } }
            let writer = try AtomicWriter(lines)
            try named { try writer.write(Self.line($0).utf8) }
            try writer.commit()
            try table.rewrite(named)
            try events?.rewrite(named)
        }
    }

    /// Appends one step.
    mutating func append(_ row: MetricRow) throws(TrainingError) {
        let row = named(row)
        try AtomicFile.append(Data(Self.line(row).utf8), to: lines)
        try table.append(row)
        try events?.append(row)
    }

    private func named(_ row: MetricRow) -> MetricRow {
        MetricRow(step: row.step, metrics: names.named(row.metrics))
    }

    private static func line(_ row: MetricRow) -> String {
        var text = "{\"step\":\(row.step)"
        for (name, value) in row.metrics.sorted(by: { $0.key < $1.key }) {
            text += ","
            JSONValue.quote(name, to: &text)
            text += ":\(value)"
        }
        return text + "}\n"
    }
}
