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
    private var sinks: MetricSinks
    private let encoder = JSONEncoder()

    init(recipe: Recipe, directory: RunDirectory, parts: TrainingParts) {
        self.recipe = recipe
        store = parts.store
        run = parts.runID
        sinks = MetricSinks(
            directory: directory, names: recipe.metricNames, writesEvents: recipe.tensorboard)
        encoder.outputFormatting = .sortedKeys
    }

    /// Takes back what was recorded after the checkpoint that the run goes on from.
    mutating func discard(after step: Int) throws {
        try store.discardSteps(run: run, after: step)
        try sinks.rewrite(eachRow)
    }

    /// Puts a step into the store; `publish` puts it into the metric files.
    func record(
        state: TrainingState, rollouts: CollectedRollouts, assessed: AssessedRollouts,
        metrics: [String: Double], isLast: Bool
    ) throws {
        let schedule = String(decoding: try encoder.encode(state.schedule.summary), as: UTF8.self)
        try store.commitStep(
            StepRecord(
                run: run, step: state.step, metrics: metrics, schedule: schedule,
                stageChanges: rollouts.stageChanges, rollouts: records(rollouts, assessed),
                keepsRollouts: isLast || isKept(state.step)))
    }

    /// Puts an evaluation into the store, in place of one of the same step.
    func record(evaluation: Evaluation, step: Int) throws {
        let json = String(decoding: try encoder.encode(evaluation), as: UTF8.self)
        try store.recordEvaluation(run: run, step: step, json: json)
    }

    /// Appends a step, with its evaluation where it has one, to the metric files.
    mutating func publish(
        step: Int, metrics: [String: Double], evaluation: Evaluation?
    ) throws {
        let figures = evaluation?.metrics ?? [:]
        try sinks.append(
            MetricRow(step: step, metrics: metrics.merging(figures) { own, _ in own }))
    }

    /// Makes the metric files again of what the store holds.
    mutating func publishAll() throws { try sinks.rewrite(eachRow) }

    /// The first step is always kept for the report, as the last one is.
    private func isKept(_ step: Int) -> Bool {
        step == 1 || step % recipe.budget.rolloutsEvery == 0
    }

    /// Metrics and evaluations of all steps, the evaluation before the first one too.
    private func eachRow(_ body: (MetricRow) throws -> Void) throws {
        var figures: [Int: [String: Double]] = [:]
        for (step, json) in try store.evaluations(run: run) {
            let evaluation = try JSONDecoder().decode(Evaluation.self, from: Data(json.utf8))
            figures[step] = evaluation.metrics
        }
        var waiting = figures.keys.sorted()[...]
        func pass(before step: Int) throws {
            while let first = waiting.first, first < step {
                waiting.removeFirst()
                try body(MetricRow(step: first, metrics: figures[first] ?? [:]))
            }
        }
        try store.eachMetrics(run: run) { row in
            try pass(before: row.step)
            if waiting.first == row.step { waiting.removeFirst() }
            try body(
                MetricRow(
                    step: row.step,
                    metrics: row.metrics.merging(figures[row.step] ?? [:]) { own, _ in own }))
        }
        try pass(before: .max)
    }

    /// Every rollout of the step with its fate, those of rejected groups included.
    private func records(
        _ rollouts: CollectedRollouts, _ assessed: AssessedRollouts
    ) -> [RolloutRecord] {
        var kept = assessed.assessments.makeIterator()
        return rollouts.groups.enumerated().flatMap { number, entry in
            let assessment = entry.gate.isKept && !entry.isSurplus ? kept.next() : nil
            var reasons: [Int: String] = [:]
            let rejected = entry.gate.inWords
            for drop in assessment?.selection.dropped ?? [] { reasons[drop.index] = drop.reason }
            let group = entry.group
            return group.completions.indices.map { index in
                let completion = group.completions[index]
                let score = group.scores[index]
                let isTrained = assessment?.trained[index] ?? false
                let why =
                    reasons[index]
                    ?? (entry.isSurplus
                        ? "group beyond the batch"
                        : entry.gate.isKept ? "masked" : rejected)
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
