import Foundation

/// TensorBoard's event file of a run, `events.out.tfevents.TIME.HOST.N`.
///
/// It is appended to while steps come. On resume and at the end another one, made of the store's steps,
/// takes its place, so that no step stands twice; steps keep the time at which they were first written.
struct EventFile {
    /// How every such file's name begins.
    static let prefix = "events.out.tfevents."

    private let directory: RunDirectory
    private var path: String?

    init(_ directory: RunDirectory) { self.directory = directory }

    /// A new file with these steps in place of all that are there.
    mutating func rewrite(_ rows: MetricRows) throws {
        let now = Date().timeIntervalSince1970
        let old = directory.eventFiles
        let times = Self.times(in: old)
        let fresh = freshPath(at: now)
        let writer = try AtomicWriter(fresh)
        try writer.write(RecordFraming.record(MetricEvent.fileVersion(time: now)))
        try writer.write(RecordFraming.record(MetricEvent.sessionStart(time: now)))
        try rows { try writer.write(Self.record($0, time: times[$0.step] ?? now)) }
        try writer.commit()
        path = fresh
        for file in old { try directory.remove(file) }
    }

    /// Appends one step.
    func append(_ row: MetricRow) throws(TrainingError) {
        guard let path else { return }
        try AtomicFile.append(
            Data(Self.record(row, time: Date().timeIntervalSince1970)), to: path)
    }

    private static func record(_ row: MetricRow, time: Double) -> [UInt8] {
        RecordFraming.record(MetricEvent.scalars(row, time: time))
    }

    /// A name that no file has; TensorBoard reads files in the order of their names.
    private func freshPath(at time: Double) -> String {
        let stem = "\(directory.path)/\(Self.prefix)\(Int(time)).\(Self.host)"
        var number = 0
        while FileManager.default.fileExists(atPath: "\(stem).\(number)") { number += 1 }
        return "\(stem).\(number)"
    }

    /// The machine's name, which is no longer than 64 bytes.
    private static var host: String {
        var name = [CChar](repeating: 0, count: 256)
        guard gethostname(&name, name.count - 1) == 0 else { return "local" }
        let text = String(
            decoding: name.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
        return text.isEmpty ? "local" : text.replacing("/", with: "-")
    }

    /// When each step was first written.
    private static func times(in files: [String]) -> [Int: Double] {
        var times: [Int: Double] = [:]
        for file in files {
            // Mapped: pages of a long file come and go.
            let url = URL(fileURLWithPath: file)
            let bytes = (try? Data(contentsOf: url, options: .alwaysMapped)) ?? Data()
            var number = 0
            RecordFraming.eachRecord(in: bytes) { record in
                number += 1
                // The first two tell of the file itself.
                guard number > 2, let stamp = MetricEvent.stamp([UInt8](record.prefix(32))[...])
                else { return }
                times[stamp.step] = min(times[stamp.step] ?? .infinity, stamp.time)
            }
        }
        return times
    }
}
