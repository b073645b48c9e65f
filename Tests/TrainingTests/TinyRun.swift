import Foundation
import Rewards
import Rollouts
import Settings
import Store

@testable import Training

/// A run of a few seconds in a folder of its own.
final class TinyRun {
    let folder: String
    var recipe: Recipe

    /// - Parameter overrides: `FOLDER` in them is the run's folder, where specs lie.
    init(_ overrides: [String] = []) throws {
        folder = NSTemporaryDirectory() + "assay-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let spec = """
            name: tiny
            version: "1"
            rewards:
              - {name: math, type: math, weight: 1}
              - {name: brief, type: length, weight: 0.5, unit: tokens, maximum: 14}
            combine: weighted_sum
            outcome: math
            examples:
              - {gold: "1", completion: "<answer>1</answer>", tokens: 9, expect: {math: 1}}
            """
        try Data(spec.utf8).write(to: URL(fileURLWithPath: folder + "/reward.yaml"))
        let turns = """
            name: turns
            version: "1"
            rewards: [{name: found, type: task, task: guessing}]
            outcome: found
            examples:
              - {gold: "07-13:11;3", completion: "11;=", expect: {found: 1}}
            """
        try Data(turns.utf8).write(to: URL(fileURLWithPath: folder + "/turns.yaml"))
        let yaml = """
            name: tiny
            policy: {width: 16, layers: 1, heads: 2, key_value_heads: 1, feed_forward: 32,
              maximum_length: 48}
            curriculum: {levels: [0, 1], train_per_level: 60, held_out_per_level: 8,
              stages: [[0], [1]], minimum_groups: 4, promote_at: 0.01}
            warmup: {tokens: 12000, batch: 8, learning_rate: 1e-2, stop_at: 1, probe_every: 20}
            reward: \(folder)/reward.yaml
            rollout: {prompts: 3, group: 4, maximum_new_tokens: 24}
            objective: {preset: dapo, gate: none, refill_rounds: 0, refill_on_exhaustion: fall_back,
              filter: shortest, k: 2}
            evaluation: {every: 3, problems_per_level: 4, final_problems_per_level: 6}
            budget: {steps: 7, checkpoint_every: 2}
            """
        let home = folder
        recipe = try Recipe(
            SettingsDocument(
                yaml: yaml, file: "tiny.yaml",
                overrides: overrides.map { $0.replacing("FOLDER", with: home) }))
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    var directory: RunDirectory { RunDirectory(folder + "/run") }

    @discardableResult
    func train(
        _ mode: TrainingRun.Mode = .start, observer: Watcher = Watcher()
    ) throws -> RunSummary {
        try TrainingRun(recipe, in: directory).train(
            mode, observer: observer, interruption: observer.interruption)
    }

    /// Everything that a run leaves, apart from the time it took.
    func traces(_ directory: RunDirectory? = nil, name: String = "tiny") throws -> Traces {
        let home = directory ?? self.directory
        let checkpoints = CheckpointStore(directory: home)
        let newest = checkpoints.list().last ?? ""
        var state = try checkpoints.readState(newest)
        state.seconds = 0
        let store = try AssayStore(path: self.directory.database)
        let run = try store.runs().first { $0.name == name }?.id ?? -1
        return Traces(
            weights: try home.read(newest + "/model.safetensors"),
            moments: try home.read(newest + "/optimizer.safetensors"), state: state,
            metrics: try store.metrics(run: run).map { row in
                row.metrics.filter { $0.key != "step_time" }
            },
            evaluations: try store.evaluations(run: run).map(\.json),
            rollouts: try store.stepsWithRollouts(run: run).flatMap {
                try store.rollouts(run: run, step: $0)
            },
            difficulty: try store.curricula())
    }

    struct Traces: Equatable {
        var weights: Data
        var moments: Data
        var state: TrainingState
        var metrics: [[String: Double]]
        var evaluations: [String]
        var rollouts: [RolloutRecord]
        var difficulty: [CurriculumSummary]
    }
}

/// Interrupts a run at a step of a phase, and remembers what was said.
final class Watcher: TrainingObserver {
    let interruption = Interruption()
    private(set) var notices: [String] = []
    private let stop: (phase: String, step: Int)?

    init(stop: (phase: String, step: Int)? = nil) { self.stop = stop }

    func notice(_ text: String) { notices.append(text) }

    func progress(_ progress: TrainingProgress) {
        if let stop, progress.phase == stop.phase, progress.step == stop.step {
            interruption.request()
        }
    }
}
