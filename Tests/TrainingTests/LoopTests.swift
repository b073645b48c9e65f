import Curricula
import Foundation
import Objectives
import Rollouts
import Settings
import Store
import Testing

@testable import Training

@Suite struct LoopTests {
    @Test("problems are the same from memory and from the store")
    func held() throws {
        let run = try TinyRun()
        let store = try AssayStore(path: run.folder + "/problems.db")
        let source = try ProblemSource(run.recipe.curriculum, runStore: store) { _ in }
        let held = TrainingProblems(store, curriculum: "arithmetic", sizes: source.trainSizes)
        let read = TrainingProblems(
            store, curriculum: "arithmetic", sizes: source.trainSizes, mostHeld: 0)
        let draws = source.trainSizes.flatMap { level, size in
            [0, size - 1, size / 2].map { Draw(level: level, ordinal: $0) }
        }
        #expect(try held.problems(draws) == read.problems(draws))
        for absent in [Draw(level: 0, ordinal: 100_000), Draw(level: 9, ordinal: 0)] {
            for problems in [held, read] {
                #expect(throws: StoreError.self) { try problems.problems(draws + [absent]) }
            }
        }
    }

    @Test("the sampler's log-probabilities are the trainer's at every step")
    func onPolicy() throws {
        let run = try TinyRun()
        try run.train()
        let differences = try run.traces().metrics.map {
            $0["sampling/sampling_logp_difference/max"]
        }
        #expect(differences.count == 7 && differences.allSatisfy { $0 == 0 })
    }

    @Test("a second arm starts where the first one's updates started")
    func comparison() throws {
        let run = try TinyRun([
            "comparison={name: plain, objective: {preset: grpo, kl_coefficient: 0}}"
        ])
        let summary = try run.train()
        let other = try #require(summary.comparison)
        #expect(other.before == summary.main.before && other.name == "plain")
        #expect(other.steps == 7 && summary.main.steps == 7)
        let arms = try AssayStore(path: run.directory.database).runs().map(\.name)
        #expect(arms == ["tiny", "plain"])
        let start = CheckpointStore(directory: run.directory).start
        #expect(start != nil)
    }

    @Test("the summary has the documented keys and reads back")
    func summary() throws {
        let run = try TinyRun(["budget.steps=1"])
        let summary = try run.train()
        let data = try run.directory.read(run.directory.summary)
        let json = try JSONValue.parse(data)
        for key in ["accuracy", "mean_length"] {
            #expect(json["before"]?[key]?.double != nil && json["after"]?[key]?.double != nil)
        }
        #expect(json["seconds"]?.double != nil && json["steps"]?.int == 1)
        #expect(try JSONDecoder().decode(RunSummary.self, from: data) == summary)
        #expect(summary.table().contains("mean length"))
    }

    @Test("several minibatches and epochs train, and the ratio then leaves 1")
    func minibatches() throws {
        let run = try TinyRun(["optimizer.minibatches=2", "optimizer.epochs=2"])
        try run.train()
        #expect(try run.traces().metrics.count == 7)
    }

    @Test(
        "every preset either trains or is refused before it starts",
        arguments: Objective.presetNames)
    func presets(name: String) throws {
        let overrides = [
            "objective={preset: \(name), gate: none, refill_rounds: 0}", "budget.steps=2",
            "warmup.tokens=1000",
        ]
        let run: TinyRun
        do {
            run = try TinyRun(overrides + (name.hasPrefix("gfpo") ? ["objective.k=2"] : []))
        } catch let error as SettingsError {
            #expect(error.field == "objective" && !error.remedy.isEmpty)
            return
        }
        try run.train()
        let metrics = try run.traces().metrics
        #expect(metrics.count == 2 && metrics.allSatisfy { $0.values.allSatisfy(\.isFinite) })
    }

    @Test("the metrics table has a line a step, 0 being before the first, and a column a metric")
    func table() throws {
        let run = try TinyRun(["budget.steps=2"])
        try run.train()
        let text = String(
            decoding: try run.directory.read(run.directory.metricsTable), as: UTF8.self)
        let lines = text.split(separator: "\n")
        #expect(lines.count == 4)
        #expect(lines.dropFirst().map { $0.prefix(2) } == ["0,", "1,", "2,"])
        #expect(
            lines.allSatisfy {
                $0.split(separator: ",", omittingEmptySubsequences: false).count
                    == lines[0].split(separator: ",").count
            })
        let json = String(
            decoding: try run.directory.read(run.directory.metricsLines), as: UTF8.self)
        let rows = json.split(separator: "\n")
        #expect(rows.count == 3 && rows.dropFirst().allSatisfy { $0.contains("\"reward\":") })
        #expect(rows[0].contains("\"eval_accuracy\":") && rows[2].contains("\"eval_accuracy\":"))
    }
}
