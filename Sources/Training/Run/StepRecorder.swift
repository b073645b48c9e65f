import Curricula
import Foundation
import Objectives
import Rollouts
import Store

/// Puts what happened into the store and the metric files, a transaction a step.
struct StepRecorder {
    private let store: AssayStore
    private let recipe: Recipe
    private let run: Int64
    private let sinks: MetricSinks
    private let encoder = JSONEncoder()

    init(recipe: Recipe, directory: RunDirectory, parts: TrainingParts) {
        self.recipe = recipe
        store = parts.store
        run = parts.runID
        sinks = MetricSinks(directory: directory)
        encoder.outputFormatting = .sortedKeys
    }

    /// Takes back what was recorded after the checkpoint that the run goes on from.
    func discard(after step: Int) throws {
        try store.discardSteps(run: run, after: step)
        try sinks.rewrite(steps())
    }

    func record(
        state: TrainingState, rollouts: CollectedRollouts, assessed: AssessedRollouts,
        metrics: [String: Double]
    ) throws {
        let schedule = String(decoding: try encoder.encode(state.schedule), as: UTF8.self)
        try store.commitStep(
            StepRecord(
                run: run, step: state.step, metrics: metrics, schedule: schedule,
                stageChanges: rollouts.stageChanges, rollouts: records(rollouts, assessed),
                keepsRollouts: isKept(state.step)))
        try sinks.append(step: state.step, metrics: metrics)
    }

    func record(evaluation: Evaluation, step: Int) throws {
        let json = String(decoding: try encoder.encode(evaluation), as: UTF8.self)
        try store.recordEvaluation(run: run, step: step, json: json)
    }

    /// The first and the last step are always kept, for the report.
    private func isKept(_ step: Int) -> Bool {
        step == 1 || step == recipe.budget.steps || step % recipe.budget.rolloutsEvery == 0
    }

    /// Writes the table of all steps.
    func finish() throws { try sinks.writeTable(steps()) }

    private func steps() throws -> [(step: Int, metrics: [String: Double])] {
        try store.metrics(run: run).map { ($0.step, $0.metrics) }
    }

    /// Every rollout of the step with its fate, those of rejected groups included.
    private func records(
        _ rollouts: CollectedRollouts, _ assessed: AssessedRollouts
    ) -> [RolloutRecord] {
        var kept = assessed.assessments.makeIterator()
        return rollouts.groups.enumerated().flatMap { number, entry in
            let assessment = entry.gate.isKept ? kept.next() : nil
            var reasons: [Int: String] = [:]
            for drop in assessment?.selection.dropped ?? [] { reasons[drop.index] = drop.reason }
            let group = entry.group
            return group.completions.indices.map { index in
                let completion = group.completions[index]
                let score = group.scores[index]
                let isTrained = assessment?.trained[index] ?? false
                let other = assessment == nil ? "group surplus" : "masked"
                let why = reasons[index] ?? (entry.gate.isKept ? other : entry.gate.inWords)
                return RolloutRecord(
                    group: number, index: index, problem: group.problem.id,
                    prompt: group.problem.prompt, answer: group.problem.answer,
                    text: completion.text, tokenCount: completion.tokens.count,
                    stopReason: completion.stopReason, reward: score.reward,
                    outcome: score.outcome, status: score.status, components: score.components,
                    advantage: assessment?.advantages[index] ?? 0, isTrained: isTrained,
                    fate: isTrained ? "trained" : why)
            }
        }
    }
}

extension GateDecision {
    /// For a reader of rollouts.
    var inWords: String { "group \(rawValue.replacing("_", with: " "))" }
}
