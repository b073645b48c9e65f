import Curricula
import Foundation
import Policy
import Rollouts
import Settings
import Store
import Testing

@testable import Training

@Suite struct BudgetTests {
    private static let lasting = ["evaluation.every=1", "budget.steps=40"]

    @Test("updates end exactly where one of the bounds is reached, whichever is first")
    func end() throws {
        var random = SplitMix64(seed: 9)
        var budget = BudgetRecipe()
        (budget.steps, budget.tokens, budget.minutes) = (20, 900, 1)
        var stop = EarlyStopRecipe()
        (stop.accuracy, stop.patience) = (0.8, 3)
        budget.stopWhen = stop
        var seen: Set<RunEnd?> = []
        for _ in 0..<2000 {
            var state = TrainingState(
                schedule: try Recipe().curriculum.schedule.schedule(levels: [0], seed: 1))
            state.step = random.below(22)
            state.sampledTokens = random.below(1000)
            state.seconds = random.uniform() * 65
            for step in 0..<random.below(6) {
                _ = state.heldOut.observe(random.uniform() * 0.85, step: step)
            }
            let end = budget.end(at: state)
            let isOver =
                state.step >= 20 || state.sampledTokens >= 900 || state.seconds >= 60
                || state.heldOut.best?.accuracy ?? 0 >= 0.8 || state.heldOut.since >= 3
            #expect((end != nil) == isOver)
            if let end { #expect(budget.text(end, state).contains("after step \(state.step)")) }
            seen.insert(end)
        }
        #expect(seen == Set([nil] + RunEnd.allCases))
    }

    @Test("a token budget ends at the first step that reaches it, as that many steps would have")
    func tokens() throws {
        let bounded = try TinyRun(["budget.tokens=700", "budget.steps=40"])
        let watcher = Watcher()
        let summary = try bounded.train(observer: watcher)
        #expect(summary.main.end == .tokens && summary.main.sampledTokens >= 700)
        #expect(watcher.notices.contains { $0.contains("budget.tokens 700") })
        let store = try AssayStore(reading: bounded.directory.database)
        #expect(try store.stepsWithRollouts(run: 1).last == summary.main.steps)
        let counted = try TinyRun(["budget.steps=\(summary.main.steps)"])
        let other = try counted.train()
        #expect(other.main.end == .steps && other.main.after == summary.main.after)
        #expect(try counted.traces() == bounded.traces())
        let fewer = try TinyRun(["budget.steps=\(summary.main.steps - 1)"])
        #expect(try fewer.train().main.sampledTokens < 700)
    }

    @Test("a run that patience ends, stopped and resumed, ends where the whole one does")
    func patience() throws {
        let options = Self.lasting + ["budget.stop_when={patience: 2}"]
        let whole = try TinyRun(options)
        let summary = try whole.train()
        #expect(summary.main.end == .patience && summary.main.steps < 40)
        let best = try #require(summary.main.bestStep)
        #expect(summary.main.steps == best + 2)
        for step in [1, summary.main.steps - 1] {
            let stopped = try TinyRun(options)
            #expect(throws: TrainingError.self) {
                try stopped.train(observer: Watcher(stop: ("tiny", step)))
            }
            #expect(try stopped.train(.resume).main.end == .patience)
            #expect(try stopped.traces() == whole.traces())
            #expect(try RunDigest.compute(stopped.directory) == RunDigest.compute(whole.directory))
        }
        // Ended, it stays ended; more patience lets it go on.
        #expect(try whole.train(.resume).main.steps == summary.main.steps)
        whole.recipe.budget.stopWhen?.patience = 3
        #expect(try whole.train(.resume).main.steps > summary.main.steps)
    }

    @Test("the best is the first among equals, and patience counts from it")
    func best() {
        var progress = HeldOutProgress()
        let told = [0.2, 0.2, 0.5, 0.4, 0.5, 0.6].enumerated().map {
            progress.observe($0.element, step: $0.offset)
        }
        #expect(told == [true, false, true, false, false, true])
        #expect(progress.best == .init(step: 5, accuracy: 0.6) && progress.since == 0)
    }

    @Test(
        "what cannot end a run is refused",
        arguments: [
            ("budget: {stop_when: {}}", "budget.stop_when.stop_when"),
            ("budget: {stop_when: {accuracy: 2}}", "budget.stop_when.accuracy"),
            ("budget: {stop_when: {patience: 0}}", "budget.stop_when.patience"),
            ("budget: {stop_when: {patience: 2}}\nevaluation: {every: 0}", "budget"),
            ("budget: {tokens: 0}", "budget.tokens"),
            ("budget: {keep_checkpoints: 0}", "budget.keep_checkpoints"),
            ("evaluation: {samples: 0}", "evaluation.samples"),
            ("evaluation: {temperature: 0}", "evaluation.temperature"),
        ])
    func refused(yaml: String, field: String) {
        #expect {
            try Recipe(SettingsDocument(yaml: yaml, file: "r.yaml"))
        } throws: { error in
            (error as? SettingsError)?.field == field
        }
    }

    @Test("the estimate's parameters are those of the model that the recipe makes")
    func estimate() throws {
        for options in [[], ["policy.lora={rank: 2}"], ["policy.width=24", "policy.layers=3"]] {
            let recipe = try TinyRun(options).recipe
            let model = try OpenedPolicy.open(recipe).model
            let estimate = try WorkEstimate(recipe)
            #expect(estimate.parameters == model.parameterCount)
            #expect(
                estimate.trained == model.adapter?.copyParameters().count ?? model.parameterCount)
            #expect(estimate.completions == 12 && estimate.tokens == 288)
            #expect(estimate.text.contains("\(estimate.parameters)"))
        }
    }
}
