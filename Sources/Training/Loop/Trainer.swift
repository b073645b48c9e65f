import Curricula
import Foundation
import Objectives
import Policy
import Rewards
import Rollouts
import Store

/// One arm of a run: warm-up, then updates.
///
/// `run` is the whole algorithm on one page.
final class Trainer {
    let recipe: Recipe
    let directory: RunDirectory
    let parts: TrainingParts
    let observer: any TrainingObserver
    let interruption: Interruption
    private let startFolder: String?
    private(set) var state: TrainingState
    /// Why the updates ended.
    private(set) var end: RunEnd?
    private var recorder: StepRecorder
    private var clock = StepClock()

    /// An arm that goes on from its newest checkpoint, else from `start`, else from nothing.
    ///
    /// - Parameter history: what the run went on with although it differed; state from before such a
    ///   change loses what has no meaning after it.
    init(
        recipe: Recipe, directory: RunDirectory, parts: TrainingParts, startingFrom start: String?,
        history: RunHistory = RunHistory(), observer: any TrainingObserver,
        interruption: Interruption
    ) throws {
        self.recipe = recipe
        self.directory = directory
        self.parts = parts
        self.observer = observer
        self.interruption = interruption
        startFolder = start
        let checkpoints = parts.checkpoints
        if let (folder, saved) = checkpoints.restoreLatest(
            into: parts.models, notice: observer.notice)
        {
            state = saved
            observer.notice("resumed from \(folder)")
        } else if let start {
            // Another arm has another objective: its own models start anew.
            do {
                try checkpoints.restore(start, into: TrainedModels(policy: parts.learner))
            } catch let error as PolicyError {
                throw TrainingError.badCheckpoint(path: start, problem: "\(error)")
            }
            state = try checkpoints.readState(start)
            state.isPrepared = false
            state.objective = nil
            state.heldOut = HeldOutProgress()
            // A curriculum of its own, too, and held-out problems of its own.
            state.schedule = try parts.schedule(recipe)
            state.before = nil
            state.revision = history.entries.count
        } else if let newest = checkpoints.list().last {
            throw TrainingError.badCheckpoint(
                path: newest, problem: "neither it nor one before it can be read")
        } else {
            state = TrainingState(schedule: try parts.schedule(recipe))
            state.revision = history.entries.count
        }
        let changes = history.changes(since: state.revision)
        if changes.contains(where: \.touchesCurriculum) {
            state.schedule = try parts.schedule(recipe)
        }
        if changes.contains(where: \.touchesObjective) { state.objective = nil }
        if changes.contains(where: \.touchesEvaluation) { state.heldOut = HeldOutProgress() }
        state.revision = history.entries.count
        recorder = StepRecorder(recipe: recipe, directory: directory, parts: parts)
        try refuseMissingSteps()
        try recorder.discard(after: state.phase == .policy ? state.step : 0)
        if state.phase == .policy { parts.learner.optimizer = recipe.optimizer.adamW }
    }

    /// Draw, sample, score, observe, gate, filter, update, record; again and again.
    ///
    /// - Returns: the evaluation after the last step.
    func run() throws -> Evaluation {
        try warmUp()
        parts.learner.temperature = Float(recipe.rollout.temperature)
        parts.reference?.temperature = Float(recipe.rollout.temperature)
        try prepare()
        let problems = try parts.problems.heldOut(perLevel: recipe.evaluation.finalProblemsPerLevel)
        if let reference = parts.reference { try loadReference(reference) }
        let before = try state.before ?? evaluate(problems, label: "before")
        try recorder.record(evaluation: before, step: 0)
        try recorder.publishAll()
        state.before = before
        end = recipe.budget.end(at: state)
        while end == nil {
            try stopIfInterrupted()
            clock.start()
            var times = StepTimes(insideStore: parts.store.elapsedInside)
            let step = state.step
            var memory = try state.objective ?? ObjectiveState(parts.objective)
            let objective = memory.current(parts.objective)
            var rollouts = try parts.collector.collect(step: step, schedule: &state.schedule)
            let learned = try parts.reward?.learn(from: rollouts.groups, step: step)
            try parts.reward?.pay(&rollouts.groups)
            let assessed = try parts.assessor.assess(
                rollouts, objective: objective, state: &memory, step: step)
            var update = try parts.updater.update(assessed, objective: objective, step: step)
            update.metrics.merge(learned ?? [:]) { _, new in new }
            memory.observe(
                divergence: assessed.divergence ?? update.loss.metrics["kl"],
                entropy: update.loss.metrics["entropy"], samples: rollouts.completions)
            state.objective = memory
            state.schedule.finish(assessed.observed(rollouts))
            advance(rollouts, update)
            var metrics = StepMetrics.make(
                rollouts, assessed, update, state: state,
                progress: Double(step) / Double(max(recipe.budget.steps, 1)), seconds: clock.elapsed
            )
            tell(
                state.alarms.observe(step: metrics, paying: parts.payingComponents), in: &metrics)
            times.reading = parts.store.elapsedInside - times.insideStore
            announce(rollouts, metrics)
            var heldOut: Evaluation?
            var isBest = false
            if isDue(recipe.evaluation.every) {
                let sample = try parts.problems.heldOut(
                    perLevel: recipe.evaluation.problemsPerLevel)
                let evaluation = try evaluate(sample, label: "step \(state.step)")
                state.alarms.observe(heldOut: evaluation.all.accuracy)
                isBest = state.heldOut.observe(evaluation.all.accuracy, step: state.step)
                heldOut = evaluation
            }
            let isLast = recipe.budget.end(at: state, after: clock.elapsed) != nil
            times.recording = try Elapsed.of {
                try recorder.record(
                    state: state, rollouts: rollouts, assessed: assessed, metrics: metrics,
                    isLast: isLast)
            }
            if let heldOut { try recorder.record(evaluation: heldOut, step: state.step) }
            times.publishing = try Elapsed.of {
                try recorder.publish(step: state.step, metrics: metrics, evaluation: heldOut)
            }
            times.step = Elapsed.now - times.begin
            state.seconds += clock.stop()
            observer.finished(times)
            if isBest || isDue(recipe.budget.checkpointEvery) { try save() }
            end = recipe.budget.end(at: state)
        }
        if let end { observer.notice(recipe.budget.text(end, state)) }
        let after = try evaluate(problems, label: "after")
        try recorder.record(evaluation: after, step: state.step)
        try save()
        try recorder.publishAll()
        return after
    }

    /// Supervised steps until the token budget or the sampled accuracy is reached.
    private func warmUp() throws {
        guard state.phase == .warmup else { return }
        parts.learner.optimizer = recipe.warmup.adamW
        while recipe.warmup.tokens > 0, state.warmupTokens < recipe.warmup.tokens {
            try stopIfInterrupted()
            clock.start()
            let (loss, tokens) = try parts.warmup.step(
                state.step, tokensSoFar: state.warmupTokens, learner: parts.learner)
            state.step += 1
            state.warmupTokens += tokens
            var isReady = false
            if isDue(recipe.warmup.probeEvery) {
                let probe = try parts.warmup.probe()
                state.probes.append([Double(state.step), probe.all.accuracy])
                isReady = probe.all.accuracy >= recipe.warmup.stopAt
            }
            state.seconds += clock.stop()
            let perStep = Double(state.warmupTokens) / Double(state.step)
            observer.progress(
                TrainingProgress(
                    phase: "warm-up", step: state.step,
                    steps: Int(Double(recipe.warmup.tokens) / perStep), seconds: state.seconds,
                    rate: clock.rate,
                    figures: [("loss", loss), ("accuracy", state.probes.last?[1] ?? 0)], stage: nil)
            )
            if isReady { break }
        }
        observer.notice(
            "warm-up done: \(state.step) steps, \(state.warmupTokens) tokens, "
                + "\(Int(state.seconds)) s")
        state.phase = .policy
        state.step = 0
        clock.reset()
        parts.learner.resetOptimizer()
        parts.learner.optimizer = recipe.optimizer.adamW
    }

    /// What the objective needs beside the policy starts from it.
    private func prepare() throws {
        guard state.step == 0, !state.isPrepared else { return }
        try parts.critic?.start(from: parts.learner.model)
        if let reward = parts.reward {
            // It may take long, and the start may be another run's.
            try save()
            clock.start()
            observer.notice(
                "the learned reward: \(try reward.prepare(parts.rewardContext(recipe, directory, interruption)))"
            )
            state.seconds += clock.stop()
        }
        state.isPrepared = true
        try save()
    }

    /// The KL term pulls towards the policy that the updates started from.
    private func loadReference(_ reference: Learner) throws {
        guard let start = parts.checkpoints.start ?? startFolder else {
            throw TrainingError.badCheckpoint(
                path: directory.checkpoints, problem: "the start of the updates is gone")
        }
        try parts.checkpoints.loadWeights(start, into: reference.model)
    }

    private func advance(_ rollouts: CollectedRollouts, _ update: UpdateResult) {
        state.step += 1
        state.sampledTokens += rollouts.sampledTokens
        state.trainedTokens += update.trainedTokens
    }

    /// Says alarms and counts them among the step's metrics.
    private func tell(_ alarms: [RunAlarms.Alarm], in metrics: inout [String: Double]) {
        for alarm in alarms {
            metrics["alarms/\(alarm.kind.rawValue)"] = 1
            observer.notice("step \(state.step): warning: \(alarm.text)")
        }
    }

    private func evaluate(_ problems: [Problem], label: String) throws -> Evaluation {
        let evaluation = try parts.evaluator.evaluate(problems, recipe.evaluation.settings)
        let figures = evaluation.all
        let more = figures.passAtTexts.map { "\($0), " }.joined()
        let byReward =
            figures.rewardAccuracy.map { "\(percent($0)) by the reward's own spec, " } ?? ""
        observer.notice(
            "held-out \(label): accuracy \(percent(figures.accuracy)) sampled, \(more)"
                + "\(percent(figures.greedyAccuracy)) greedy, \(byReward)mean length "
                + "\(rounded(figures.meanLength)) tokens")
        return evaluation
    }

    private func announce(_ rollouts: CollectedRollouts, _ metrics: [String: Double]) {
        for change in rollouts.stageChanges { observer.notice("step \(state.step): \(change)") }
        observer.progress(
            TrainingProgress(
                phase: recipe.name, step: state.step, steps: recipe.budget.expectedSteps(at: state),
                seconds: state.seconds + clock.elapsed, rate: clock.currentRate,
                limit: recipe.budget.minutes.map { $0 * 60 },
                figures: [
                    ("reward", metrics["reward"] ?? 0), ("accuracy", metrics["accuracy"] ?? 0),
                    ("length", metrics["completions/mean_length"] ?? 0),
                    ("entropy", metrics["entropy"] ?? 0),
                ], stage: state.schedule.stageName))
    }

    private func isDue(_ interval: Int) -> Bool { interval > 0 && state.step % interval == 0 }

    /// The store must be on the disk before a checkpoint that goes on from it.
    private func save() throws {
        try parts.store.synchronize()
        try parts.checkpoints.save(
            state, models: parts.models, tokenizer: parts.engine.tokenizer)
    }

    /// A checkpoint goes on from steps that the store must have.
    private func refuseMissingSteps() throws {
        guard state.phase == .policy, state.step > 0 else { return }
        let last = try parts.store.lastStep(run: parts.runID)
        guard last < state.step else { return }
        throw TrainingError.badCheckpoint(
            path: parts.checkpoints.folder(state.phase, step: state.step),
            problem: "it stands at step \(state.step), \(parts.store.path) ends at step \(last)")
    }

    private func stopIfInterrupted() throws {
        guard interruption.isRequested else { return }
        try save()
        throw TrainingError.interrupted(path: directory.path, step: state.step)
    }
}
