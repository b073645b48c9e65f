import Foundation
import Rollouts
import Store

extension Report {
    /// What the store knows of each arm, in the order in which they were trained.
    static func arms(of store: AssayStore) throws -> [Arm] {
        try store.runs().map { run in
            let metrics = try store.metrics(run: run.id).map { ($0.step, $0.metrics) }
            let evaluations = try store.evaluations(run: run.id).compactMap { entry in
                (try? JSONDecoder().decode(Evaluation.self, from: Data(entry.json.utf8)))
                    .map { (step: entry.step, evaluation: $0) }
            }
            let changes = try store.stageChanges(run: run.id).map { ($0.step, "\($0.change)") }
            return Arm(
                name: run.name, metrics: metrics, evaluations: evaluations, stageChanges: changes,
                groups: try sampleGroups(store, run: run.id))
        }
    }

    /// A group each of an early, a middle and the last step: those with right and wrong answers
    /// first, since they show what the update saw.
    private static func sampleGroups(
        _ store: AssayStore, run: Int64
    ) throws -> [SampleGroup] {
        let kept = try store.stepsWithRollouts(run: run)
        guard let first = kept.first, let last = kept.last else { return [] }
        let chosen = Set([first, kept[kept.count / 2], last]).sorted()
        return try chosen.compactMap { step in
            let groups = Dictionary(grouping: try store.rollouts(run: run, step: step), by: \.group)
            let ordered = groups.sorted { $0.key < $1.key }.map(\.value)
            let mixed = ordered.first { Set($0.map(\.outcome)).count > 1 }
            guard let group = mixed ?? ordered.first, let head = group.first else { return nil }
            return SampleGroup(
                step: step, prompt: head.prompt, answer: head.answer,
                rollouts: group.map {
                    SampleRollout(
                        text: $0.text, tokens: $0.tokenCount, reward: $0.reward,
                        outcome: $0.outcome, advantage: $0.advantage, fate: $0.fate)
                })
        }
    }
}
