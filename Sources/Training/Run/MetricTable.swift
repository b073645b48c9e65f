import Foundation

/// `metrics.csv`: a row a step, a column a metric, empty where a step lacks it.
///
/// A metric that first appears later, such as a warning, gets a column at the end: those before keep their
/// places.
struct MetricTable {
    let path: String
    private var columns: [String] = []

    init(path: String) { self.path = path }

    /// Starts afresh with these rows.
    mutating func rewrite(_ rows: MetricRows) throws {
        columns = []
        try rows { columns += added(by: $0) }
        let writer = try AtomicWriter(path)
        try writer.write(header.utf8)
        try rows { try writer.write(line($0).utf8) }
        try writer.commit()
    }

    /// Appends a row; one with a new metric widens the rows before it.
    mutating func append(_ row: MetricRow) throws(TrainingError) {
        let new = added(by: row)
        guard !new.isEmpty else {
            try AtomicFile.append(Data(line(row).utf8), to: path)
            return
        }
        guard let data = FileManager.default.contents(atPath: path) else {
            throw .file(path: path, problem: "cannot be read")
        }
        let padding = String(repeating: ",", count: new.count)
        columns += new
        var text = header
        for line in String(decoding: data, as: UTF8.self).split(separator: "\n").dropFirst() {
            text += line + padding + "\n"
        }
        try AtomicFile.write(Data((text + line(row)).utf8), to: path)
    }

    private func added(by row: MetricRow) -> [String] {
        row.metrics.keys.filter { !columns.contains($0) }.sorted()
    }

    private var header: String {
        (["step"] + columns.map(Self.quoted)).joined(separator: ",") + "\n"
    }

    private func line(_ row: MetricRow) -> String {
        let cells = columns.map { name in row.metrics[name].map { "\($0)" } ?? "" }
        return ([String(row.step)] + cells).joined(separator: ",") + "\n"
    }

    /// A name as RFC 4180 wants it, on one line.
    private static func quoted(_ name: String) -> String {
        let line = String(name.map { $0.isNewline ? " " : $0 })
        guard line.contains(where: { "\",".contains($0) }) else { return line }
        return "\"" + line.replacing("\"", with: "\"\"") + "\""
    }
}
