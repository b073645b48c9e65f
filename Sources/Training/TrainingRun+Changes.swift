import Foundation
import Policy
import Settings
import Store

extension TrainingRun {
    /// What differs from what the run was started with, part by part and field by field.
    func changes(_ data: DataFingerprint?, _ store: AssayStore) throws -> [RunChange] {
        let (stored, present) = try comparable()
        var changes = [
            RunChange(.recipe, was: try fields(stored), now: try fields(present)),
            try specChange(.reward, was: directory.reward, now: recipe.reward),
        ]
        // Where one of the two has none, the recipe differs there already.
        if let path = recipe.evaluation.reward, stored.evaluation.reward != nil {
            changes.append(
                try specChange(.evaluationReward, was: directory.evaluationReward, now: path))
        }
        if let data {
            var now = try DataFingerprint(recipe.curriculum, runStore: store)
            // Runs of before did not note them.
            if data.passRates == nil { now.passRates = nil }
            changes.append(RunChange(.data, was: data.fields, now: now.fields))
        }
        return changes.compactMap(\.self)
    }

    /// The run's recipe and the present one, without what may change freely.
    private func comparable() throws -> (stored: Recipe, present: Recipe) {
        var stored = try Recipe(SettingsDocument(path: directory.recipe))
        let present = recipe
        // More steps, other threads, files and another rhythm of saving change no result so far.
        stored.threads = present.threads
        stored.tensorboard = present.tensorboard
        let steps = stored.budget.steps
        stored.budget = present.budget
        // A falling rate and fading chances depend on the number of steps.
        if stored.optimizer.schedule != .constant || stored.curriculum.schedule.dependsOnSteps {
            stored.budget.steps = steps
        }
        // A second arm that has not begun may still become another one.
        let hasBegun = present.comparison.map {
            !CheckpointStore(directory: directory.arm($0.name)).list().isEmpty
        }
        if hasBegun != true || stored.comparison == nil { stored.comparison = present.comparison }
        stored.comparison?.minutes = present.comparison?.minutes
        return (stored, present)
    }

    private func fields(_ recipe: Recipe) throws -> [String: String] {
        try SettingsDocument(yaml: recipe.yaml(), file: directory.recipe).fields
    }

    private func specChange(
        _ part: RunChange.Part, was: String, now: String
    ) throws -> RunChange? {
        let isSame = try directory.read(was) == directory.read(now)
        guard !isSame else { return nil }
        return RunChange(
            part, was: try SettingsDocument(path: was).fields,
            now: try SettingsDocument(path: now).fields, isSameText: false)
    }

    func refusal(_ changes: [RunChange]) -> TrainingError {
        .changed(
            what: changes.map(\.part.inWords).joined(separator: ", "), path: directory.path,
            differences: changes.flatMap(\.lines))
    }

    /// The run's history, with what differs now as its newest entry.
    func history(_ changes: [RunChange]) throws -> RunHistory {
        var history = try RunHistory(directory)
        guard !changes.isEmpty else { return history }
        let checkpoints = CheckpointStore(directory: directory)
        let state = checkpoints.list().reversed().lazy.compactMap { try? checkpoints.readState($0) }
            .first
        history.entries.append(
            RunHistory.Entry(
                date: Date.now.ISO8601Format(),
                step: state.map { $0.phase == .policy ? $0.step : 0 } ?? 0, changes: changes,
                recipe: String(decoding: try directory.read(directory.recipe), as: UTF8.self),
                reward: String(decoding: try directory.read(directory.reward), as: UTF8.self)))
        return history
    }

    /// Makes the directory tell what the run is from now on; the history first, so that nothing changes
    /// unrecorded.
    func commit(
        _ changes: [RunChange], _ history: RunHistory, resumes: Bool, store: AssayStore,
        isKnown: Bool
    ) throws {
        if !changes.isEmpty {
            try history.write(to: directory)
            try writeSpecs()
        }
        if resumes {
            try AtomicFile.write(Data(try recipe.yaml().utf8), to: directory.recipe)
        }
        if !isKnown || !changes.isEmpty {
            try DataFingerprint(recipe.curriculum, runStore: store).write(to: directory)
        }
    }
}
