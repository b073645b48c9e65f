import Foundation
import Objectives
import Settings
import Store
import Testing

@testable import Training

/// Every kind of trainer: what it keeps beside the policy survives a stop, and threads change nothing.
@Suite struct TrainerKindTests {
    static let kinds: [(name: String, overrides: [String])] = [
        ("ppo", ["objective={preset: ppo}", "optimizer.epochs=2", "optimizer.minibatches=2"]),
        ("ppo, warm critic", ["objective={preset: ppo}", "critic.warmup_steps=3"]),
        (
            "ppo, reward model",
            [
                "objective={preset: ppo}",
                "learned_reward={kind: reward_model, pairs: 12, epochs: 1, batch: 4}",
            ]
        ),
        ("dpo", ["objective={preset: dpo, gate: none}"]),
        ("kimi", ["objective={preset: kimi}", "optimizer.minibatches=2"]),
        (
            "gapo",
            [
                "objective={preset: gapo}",
                "learned_reward={kind: discriminator, pairs: 40, epochs: 1, batch: 8}",
            ]
        ),
        ("adaptive", ["objective={preset: gfpo-adaptive, k: 2, adaptive_k: 2/2/1/1}"]),
        (
            "controllers",
            [
                "objective={preset: grpo, kl_target: 0.001, kl_horizon: 100, entropy_target: 9}",
                "optimizer.minibatches=2",
            ]
        ),
        ("adapter", ["objective={preset: ppo}", "policy.lora={rank: 2, alpha: 4}"]),
        ("experts", ["policy.experts=4", "policy.feed_forward=16", "optimizer.minibatches=2"]),
        ("adarft", ["curriculum.schedule=adarft"]),
        ("sec", ["curriculum.schedule=sec", "objective={preset: grpo}"]),
        (
            "score board, retirement",
            [
                "curriculum.schedule=score_board", "curriculum.retire_at=0.5",
                "curriculum.retire_after=2",
            ]
        ),
        (
            "fading levels, learnable problems",
            ["curriculum.schedule=e2h_gaussian", "curriculum.problems=learnability"]
        ),
        (
            "turns",
            [
                "curriculum.generator=guessing", "curriculum.name=guessing",
                "reward=FOLDER/turns.yaml", "objective={preset: grpo}",
                "optimizer.minibatches=2",
            ]
        ),
        (
            "turns, ppo",
            [
                "curriculum.generator=guessing", "curriculum.name=guessing",
                "reward=FOLDER/turns.yaml", "objective={preset: ppo}", "optimizer.epochs=2",
            ]
        ),
        (
            "phases",
            [
                "curriculum.schedule=length_phases", "curriculum.phase_tokens=[6, 60]",
                "curriculum.phase_steps=[2]",
            ]
        ),
    ]

    private static let few = [
        "budget.steps=4", "warmup.tokens=1500", "evaluation.final_problems_per_level=2",
        "evaluation.problems_per_level=2",
    ]

    /// Every byte of the newest checkpoint, every metric and every rollout.
    private static func traces(_ run: TinyRun) throws -> [String] {
        let checkpoints = CheckpointStore(directory: run.directory)
        let newest = try #require(checkpoints.list().last)
        var state = try checkpoints.readState(newest)
        state.seconds = 0
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        var found = [String(decoding: try encoder.encode(state), as: UTF8.self)]
        for name in try FileManager.default.contentsOfDirectory(atPath: newest).sorted()
        where name != "state.json" {
            let data = try run.directory.read("\(newest)/\(name)")
            found.append(
                "\(name) \(data.count) \(data.reduce(UInt64(7)) { $0 &* 31 &+ UInt64($1) })")
        }
        let store = try AssayStore(path: run.directory.database)
        let id = try #require(try store.runs().first?.id)
        for row in try store.metrics(run: id) {
            let metrics = row.metrics.filter { $0.key != "step_time" }.sorted { $0.key < $1.key }
            found.append(
                "\(row.step) " + metrics.map { "\($0.key)=\($0.value)" }.joined(separator: " "))
        }
        return found
    }

    @Test(
        "stopped and resumed, or with other threads, a run is the same bit for bit",
        arguments: kinds.indices)
    func resumeAndThreads(kind: Int) throws {
        let (name, overrides) = Self.kinds[kind]
        let whole = try TinyRun(overrides + Self.few + ["threads=1"])
        try whole.train()
        let wanted = try Self.traces(whole)
        // The models beside the policy are in the checkpoint.
        let hasCritic = name.contains("ppo") || name == "gapo" || name == "adapter"
        #expect(wanted.contains { $0.hasPrefix("critic.safetensors") } == hasCritic)
        let hasReward = name == "gapo" || name == "ppo, reward model"
        #expect(wanted.contains { $0.hasPrefix("reward_optimizer") } == hasReward)

        let stopped = try TinyRun(overrides + Self.few + ["threads=2"])
        for step in [1, 3] {
            #expect(throws: TrainingError.self) {
                try stopped.train(
                    step == 1 ? .start : .resume, observer: Watcher(stop: ("tiny", step)))
            }
        }
        try stopped.train(.resume)
        #expect(try Self.traces(stopped) == wanted, "\(name)")
        #expect(try RunDigest.compute(stopped.directory) == RunDigest.compute(whole.directory))
    }

    @Test("every preset takes two steps of finite numbers", arguments: Objective.presetNames)
    func presets(name: String) throws {
        var overrides = [
            "budget.steps=2", "warmup.tokens=1000", "evaluation.every=0",
            "evaluation.final_problems_per_level=1", "optimizer.minibatches=2",
        ]
        var objective = "preset: \(name)"
        let axes = try Objective.preset(name)
        if axes.filter.size != nil { objective += ", k: 2" }
        if axes.retention != .fixed { objective += ", adaptive_k: 2/2/1/1, adaptive_after: 2" }
        if axes.gate != .none { objective += ", gate: none, refill_rounds: 0" }
        overrides.append("objective={\(objective)}")
        if name == "gapo" {
            overrides.append(
                "learned_reward={kind: discriminator, pairs: 16, epochs: 1, batch: 8}")
        }
        let run = try TinyRun(overrides)
        try run.train()
        let metrics = try run.traces().metrics
        #expect(metrics.count == 2 && metrics.allSatisfy { $0.values.allSatisfy(\.isFinite) })
        #expect(metrics.contains { ($0["grad_norm"] ?? 0) > 0 })
    }

    // MARK: Settings that have to reach the update

    private func metrics(_ objective: String, _ more: [String] = []) throws -> [[String: Double]] {
        let run = try TinyRun(
            [
                "objective={\(objective)}", "budget.steps=2", "warmup.tokens=1000",
                "evaluation.every=0", "evaluation.final_problems_per_level=1",
            ] + more)
        try run.train()
        return try run.traces().metrics
    }

    @Test("shaping reaches advantages of tokens", arguments: ["ppo", "reinforce++"])
    func shapedTokens(preset: String) throws {
        let plain = try metrics("preset: \(preset)")
        let shaped = try metrics(
            "preset: \(preset), shaping: soft_overlong, overlong_maximum: 24, overlong_cache: 24")
        #expect(plain != shaped)
    }

    @Test("a refill in whole batches trains on no more groups than are wanted")
    func surplus() throws {
        // Whether a group passes is decided by luck: rewards of a brief answer differ now and then.
        for seed in 1...4 {
            let found = try metrics(
                "preset: grpo, gate: standard_deviation, refill_rounds: 4, refill_draws: batch",
                ["seed=\(seed)", "rollout.group=2"])
            #expect(found.allSatisfy { ($0["groups/kept"] ?? 99) <= 3 }, "seed \(seed)")
        }
    }
}

/// Runs that start from another one, and what is left of a run when files are damaged.
@Suite struct StartFromTests {
    private static let few = [
        "budget.steps=2", "warmup.tokens=1000", "evaluation.every=0",
        "evaluation.final_problems_per_level=1",
    ]

    @discardableResult
    private func train(
        _ run: TinyRun, _ mode: TrainingRun.Mode = .start, from other: RunDirectory
    ) throws -> RunSummary {
        let observer = Watcher()
        return try TrainingRun(run.recipe, in: run.directory).train(
            mode, from: other, observer: observer, interruption: observer.interruption)
    }

    @Test("a run from another's start has a curriculum of its own")
    func curriculum() throws {
        let first = try TinyRun(Self.few)
        try first.train()
        let second = try TinyRun(
            Self.few + ["curriculum.levels=[2]", "curriculum.stages=[[2]]"])
        try train(second, from: first.directory)
        for metrics in try second.traces().metrics {
            #expect(metrics["groups/sampled"] == 3 && metrics["levels/2/accuracy"] != nil)
        }
    }

    @Test("a run from another's start is the same when stopped and resumed")
    func resumed() throws {
        let first = try TinyRun(Self.few)
        try first.train()
        let overrides = Self.few + ["objective={preset: ppo}", "budget.steps=3"]
        let whole = try TinyRun(overrides)
        try train(whole, from: first.directory)
        let stopped = try TinyRun(overrides)
        let watcher = Watcher(stop: ("tiny", 1))
        #expect(throws: TrainingError.self) {
            try TrainingRun(stopped.recipe, in: stopped.directory).train(
                .start, from: first.directory, observer: watcher,
                interruption: watcher.interruption)
        }
        try stopped.train(.resume)
        #expect(try stopped.traces() == whole.traces())
        #expect(try RunDigest.compute(stopped.directory) == RunDigest.compute(whole.directory))
    }

    @Test("what fails before the first update goes on from its start, not from a new warm-up")
    func failedPreparation() throws {
        let first = try TinyRun(Self.few)
        try first.train()
        // A group of one has no pairs.
        let second = try TinyRun(
            Self.few + [
                "rollout.group=1", "objective={preset: grpo}", "learned_reward={pairs: 10}",
            ])
        #expect(throws: TrainingError.self) { try train(second, from: first.directory) }
        let start = try #require(CheckpointStore(directory: second.directory).start)
        let weights = "/model.safetensors"
        let original = try #require(CheckpointStore(directory: first.directory).start)
        #expect(
            try first.directory.read(original + weights) == second.directory.read(start + weights))
        let watcher = Watcher()
        #expect(throws: TrainingError.self) { try second.train(.resume, observer: watcher) }
        #expect(watcher.notices.contains { $0.contains("resumed from") })
    }

    @Test("a learned reward is not given to an objective that would not read it")
    func unreadReward() throws {
        #expect(throws: SettingsError.self) {
            try TinyRun(["objective={preset: gdpo}", "learned_reward={pairs: 10}"])
        }
    }

    @Test("an adapter is not put on another base than its own")
    func otherBase() throws {
        let adapter = Self.few + ["policy.lora={rank: 2, alpha: 4}"]
        let first = try TinyRun(adapter)
        try first.train()
        let second = try TinyRun(adapter + ["seed=99"])
        do {
            try train(second, from: first.directory)
            Issue.record("another base was accepted")
        } catch TrainingError.changed(let what, _, let differences) {
            #expect(what.contains("adapter") && differences.count == 1)
        }
        try train(try TinyRun(adapter + ["objective={preset: ppo}"]), from: first.directory)
    }

    @Test("starting over from oneself is refused before anything is removed")
    func fromItself() throws {
        let run = try TinyRun(Self.few)
        try run.train()
        let before = try run.traces()
        #expect(throws: TrainingError.runExists(path: run.directory.path)) {
            try train(run, .overwrite, from: RunDirectory(run.directory.path + "/../run"))
        }
        #expect(try run.traces() == before)
    }

    @Test("a policy of another shape and a folder without a run are refused")
    func foreign() throws {
        let first = try TinyRun(Self.few)
        try first.train()
        let second = try TinyRun(Self.few + ["policy.width=32"])
        #expect(throws: (any Error).self) { try train(second, from: first.directory) }
        #expect(throws: TrainingError.self) {
            try train(second, from: RunDirectory(first.folder + "/nowhere"))
        }
    }

    @Test("where no checkpoint reads, resuming is refused and the steps stay")
    func unreadable() throws {
        let run = try TinyRun(Self.few)
        try run.train()
        let steps = try run.traces().metrics
        for folder in CheckpointStore(directory: run.directory).list() {
            try Data("{}".utf8).write(to: URL(fileURLWithPath: folder + "/state.json"))
        }
        #expect(throws: TrainingError.self) { try run.train(.resume) }
        let store = try AssayStore(path: run.directory.database)
        let id = try #require(try store.runs().first?.id)
        #expect(try store.metrics(run: id).count == steps.count)
    }

    @Test(
        "a step in which the gate rejects every group is a step",
        arguments: ["grpo", "ppo", "dpo", "kimi", "gdpo", "rloo@trl", "reinforce++"])
    func nothingKept(preset: String) throws {
        let control =
            ["dpo", "kimi", "gdpo"].contains(preset) ? "" : ", kl_target: 1, kl_coefficient: 0.1"
        let run = try TinyRun(
            Self.few + [
                "objective={preset: \(preset), gate: range, gate_low: 0.98, gate_high: 0.99, "
                    + "refill_rounds: 0\(control)}"
            ])
        try run.train()
        let traces = try run.traces()
        #expect(traces.metrics.allSatisfy { $0["groups/kept"] == 0 })
        #expect(traces.metrics.allSatisfy { $0.values.allSatisfy { $0.isFinite } })
        // What was not measured moves no coefficient.
        if !control.isEmpty { #expect(traces.state.objective?.kl?.coefficient == 0.1) }
    }
}
