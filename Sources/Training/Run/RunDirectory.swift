public import Foundation

/// The folder of one run: everything about it, and nothing outside it.
///
/// ```
/// recipe.yaml     the resolved recipe        metrics.jsonl   a line a step
/// reward.yaml     the reward spec            metrics.csv     the same as a table
/// assay.db        problems, rollouts, steps  summary.json    before and after
/// checkpoints/    step-000050/ …             report.html     curves and samples
/// data.json       the problems' hashes       events.out.…    the metrics for TensorBoard
/// ```
public struct RunDirectory: Sendable, Equatable {
    /// Path of the folder.
    public let path: String

    /// Names a folder; nothing is created yet.
    public init(_ path: String) { self.path = path }

    /// The resolved recipe.
    public var recipe: String { path + "/recipe.yaml" }
    /// The reward spec as it was at the start.
    public var reward: String { path + "/reward.yaml" }
    /// The SQLite file.
    public var database: String { path + "/assay.db" }
    /// Where checkpoints lie.
    public var checkpoints: String { path + "/checkpoints" }
    /// One JSON object a step.
    public var metricsLines: String { path + "/metrics.jsonl" }
    /// The same as a table.
    public var metricsTable: String { path + "/metrics.csv" }
    /// Accuracy and length before and after.
    public var summary: String { path + "/summary.json" }
    /// The page with the curves.
    public var report: String { path + "/report.html" }
    /// The spec of evaluations as it was at the start, where the recipe names one.
    var evaluationReward: String { path + "/evaluation.yaml" }
    /// Fingerprints of the problems.
    var data: String { path + "/data.json" }
    /// Times at which the run went on with another recipe, spec or data set.
    var history: String { path + "/history.jsonl" }
    /// Path of the run whose start this one has, where it has another's.
    var origin: String { path + "/from.txt" }
    /// The lock that keeps a second process out.
    var lock: String { path + "/lock" }

    /// Whether a run was started here.
    public var holdsRun: Bool { FileManager.default.fileExists(atPath: recipe) }

    /// Whether that run has come as far as having its problems; one that was refused before may be
    /// started anew.
    var hasBegun: Bool {
        holdsRun
            && (FileManager.default.fileExists(atPath: data)
                || !CheckpointStore(directory: self).list().isEmpty)
    }

    /// Makes the folder and those below it.
    func create() throws(TrainingError) {
        try AtomicFile.createFolder(checkpoints)
    }

    /// Removes files that a process left half written.
    func removeTemporaries() throws(TrainingError) {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
        for name in names.sorted() where name.hasSuffix(AtomicFile.temporary) {
            try remove(path + "/" + name)
        }
    }

    /// Removes what a run left here, and only that.
    func clear() throws(TrainingError) {
        let names = [
            recipe, reward, database, database + "-wal", database + "-shm", database + "-journal",
            checkpoints, metricsLines, metricsTable, summary, report, origin, evaluationReward,
            data,
            history, path + "/arms",
        ]
        for name in names + eventFiles where FileManager.default.fileExists(atPath: name) {
            try remove(name)
        }
    }

    /// TensorBoard's files, by name.
    var eventFiles: [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
        return names.filter { $0.hasPrefix(EventFile.prefix) }.sorted().map { "\(path)/\($0)" }
    }

    /// Removes a file or folder.
    func remove(_ name: String) throws(TrainingError) {
        do {
            try FileManager.default.removeItem(atPath: name)
        } catch {
            throw .file(path: name, problem: "cannot be removed: \(error.localizedDescription)")
        }
    }

    /// The run directory of a second arm.
    func arm(_ name: String) -> RunDirectory { RunDirectory(path + "/arms/" + name) }

    /// Reads one of the files above.
    public func read(_ file: String) throws(TrainingError) -> Data {
        guard let data = FileManager.default.contents(atPath: file) else {
            throw .file(path: file, problem: "cannot be read")
        }
        return data
    }
}

/// An advisory lock on a run directory, held for the life of the value's owner.
final class RunLock {
    private let descriptor: Int32

    init(_ directory: RunDirectory) throws(TrainingError) {
        descriptor = open(directory.lock, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else {
            throw .file(
                path: directory.lock,
                problem: "open failed: \(String(cString: strerror(errno)))")
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            close(descriptor)
            throw .runBusy(path: directory.path)
        }
    }

    deinit { close(descriptor) }
}
