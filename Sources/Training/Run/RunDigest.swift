import Foundation
import Rollouts
import Store

/// One hash over what a run computed: weights and optimiser of the newest checkpoint, the
/// curriculum's state, and every step's metrics but its duration, of all arms.
///
/// Everything random derives from seed and step, so equal digests mean that both runs go on alike.
public enum RunDigest {
    /// 64 hexadecimal digits.
    ///
    /// - Throws: `TrainingError.noRun` where the directory holds none.
    public static func compute(_ directory: RunDirectory) throws -> String {
        guard directory.holdsRun else { throw TrainingError.noRun(path: directory.path) }
        var hash = SHA256()
        let store = try AssayStore(reading: directory.database)
        for run in try store.runs() {
            hash.update(run.name + "\n")
            try store.eachMetrics(run: run.id) { row in
                let metrics = row.metrics.filter { $0.key != "step_time" }
                    .sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value.bitPattern)" }
                hash.update("\(row.step) \(metrics.joined(separator: ","))\n")
            }
        }
        let arms = directory.path + "/arms"
        let names = (try? FileManager.default.contentsOfDirectory(atPath: arms).sorted()) ?? []
        for home in [directory] + names.map(directory.arm) {
            for part in try checkpointParts(home) { hash.update(part + "\n") }
        }
        return hash.hex
    }

    private static func checkpointParts(_ directory: RunDirectory) throws -> [String] {
        let checkpoints = CheckpointStore(directory: directory)
        guard let newest = checkpoints.list().last else { return [] }
        var state = try checkpoints.readState(newest)
        state.seconds = 0
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        let adapter = "adapter_model.safetensors"
        let weights =
            FileManager.default.fileExists(atPath: "\(newest)/\(adapter)")
            ? adapter : "model.safetensors"
        let files = [weights, "optimizer.safetensors", "config.json", "tokenizer.json"]
        let others = ["critic", "reward"].flatMap {
            ["\($0).safetensors", "\($0)_optimizer.safetensors"]
        }.filter { FileManager.default.fileExists(atPath: "\(newest)/\($0)") }
        return try (files + others).map {
            try fileDigest("\(newest)/\($0)")
        }
            + [String(decoding: try encoder.encode(state), as: UTF8.self)]
    }

    /// Weights may be larger than what should stand in memory.
    private static func fileDigest(_ path: String) throws -> String {
        var hash = SHA256()
        do {
            let file = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
            defer { try? file.close() }
            while let piece = try file.read(upToCount: 1 << 20), !piece.isEmpty {
                hash.update(Array(piece))
            }
        } catch {
            throw TrainingError.file(path: path, problem: "cannot be read: \(error)")
        }
        return hash.hex
    }
}
