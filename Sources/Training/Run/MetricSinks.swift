import Foundation

/// The metrics of a run as lines of JSON and as a table; both are rewritten from the store on
/// resume, so that they never hold a step twice.
struct MetricSinks {
    let directory: RunDirectory
    let names: MetricNames

    /// Starts both files afresh with the steps that the store has.
    func rewrite(_ steps: [(step: Int, metrics: [String: Double])]) throws(TrainingError) {
        let lines = steps.map { Self.line($0.step, names.named($0.metrics)) }.joined()
        try AtomicFile.write(Data(lines.utf8), to: directory.metricsLines)
        try writeTable(steps)
    }

    /// Appends one step to the JSON lines; the table is written at the end.
    func append(step: Int, metrics: [String: Double]) throws(TrainingError) {
        guard let handle = FileHandle(forWritingAtPath: directory.metricsLines) else {
            throw .file(path: directory.metricsLines, problem: "cannot be opened")
        }
        defer { try? handle.close() }
        do {
            try handle.seekToEnd()
            try handle.write(contentsOf: Data(Self.line(step, names.named(metrics)).utf8))
        } catch {
            throw .file(path: directory.metricsLines, problem: "\(error.localizedDescription)")
        }
    }

    /// Writes the table with one column a metric, empty where a step lacks it.
    func writeTable(_ steps: [(step: Int, metrics: [String: Double])]) throws(TrainingError) {
        let steps = steps.map { ($0.step, self.names.named($0.metrics)) }
        let names = Set(steps.flatMap(\.1.keys)).sorted()
        var text = (["step"] + names).joined(separator: ",") + "\n"
        for (step, metrics) in steps {
            let cells = names.map { name in metrics[name].map { "\($0)" } ?? "" }
            text += ([String(step)] + cells).joined(separator: ",") + "\n"
        }
        try AtomicFile.write(Data(text.utf8), to: directory.metricsTable)
    }

    private static func line(_ step: Int, _ metrics: [String: Double]) -> String {
        var text = "{\"step\":\(step)"
        for (name, value) in metrics.sorted(by: { $0.key < $1.key }) where value.isFinite {
            text += ",\"\(name)\":\(value)"
        }
        return text + "}\n"
    }
}
