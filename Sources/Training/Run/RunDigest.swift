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
        var parts: [String] = []
        let store = try AssayStore(path: directory.database)
        for run in try store.runs() {
            parts.append(run.name)
            for row in try store.metrics(run: run.id) {
                let metrics = row.metrics.filter { $0.key != "step_time" }
                    .sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value.bitPattern)" }
                parts.append("\(row.step) \(metrics.joined(separator: ","))")
            }
        }
        let arms = directory.path + "/arms"
        let names = (try? FileManager.default.contentsOfDirectory(atPath: arms).sorted()) ?? []
        for home in [directory] + names.map(directory.arm) {
            parts += try checkpointParts(home)
        }
        return SHA256.hex(of: parts.joined(separator: "\n"))
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
            SHA256.hex(of: Array(try directory.read("\(newest)/\($0)")))
        }
            + [String(decoding: try encoder.encode(state), as: UTF8.self)]
    }
}
