import Curricula
import Foundation
import Rollouts
import Store
import Testing

@testable import Training

@Suite struct ChangedRunTests {
    private func differences(_ run: TinyRun) -> [String] {
        do {
            try run.train(.resume)
            return []
        } catch TrainingError.changed(_, _, let differences) {
            return differences
        } catch {
            return ["\(error)"]
        }
    }

    @Test("what differs is told field by field, and --force goes on, records it, and is asked once")
    func force() throws {
        let run = try TinyRun(["budget.steps=3"])
        try run.train()
        #expect(differences(run).isEmpty)
        run.recipe.optimizer.learningRate = 0.5
        run.recipe.objective.preset = "grpo"
        let spec = try String(contentsOfFile: run.recipe.reward, encoding: .utf8)
        try Data(spec.replacing("weight: 0.5", with: "weight: 0.25").utf8)
            .write(to: URL(fileURLWithPath: run.recipe.reward))
        let expected = [
            "objective.preset: was dapo, now grpo",
            "optimizer.learning_rate: was 0.001, now 0.5",
            "the reward spec: rewards[1].weight: was 0.5, now 0.25",
        ]
        #expect(differences(run) == expected)
        #expect(!FileManager.default.fileExists(atPath: run.directory.history))
        let kept = try run.directory.read(run.directory.recipe)

        run.recipe.budget.steps = 5
        let watcher = Watcher()
        try run.train(.resumeChanged, observer: watcher)
        for line in expected { #expect(watcher.notices.contains("changed: \(line)")) }
        let entry = try #require(try RunHistory(run.directory).entries.first)
        #expect(entry.step == 3 && entry.changes.flatMap(\.lines) == expected)
        #expect(Data(entry.recipe.utf8) == kept && entry.reward == spec)
        let report = try Report([run.directory])
        #expect(report.html().contains("No longer one recipe"))
        #expect(try report.json(path: "x").contains("rewards[1].weight: was 0.5, now 0.25"))

        // From now on this is the recipe.
        run.recipe.budget.steps = 6
        #expect(differences(run).isEmpty)
        try run.train(.resumeChanged)
        #expect(try RunHistory(run.directory).entries.count == 1)
        let state = try CheckpointStore(directory: run.directory).readState(
            #require(CheckpointStore(directory: run.directory).list().last))
        #expect(state.revision == 1 && state.step == 6)
        try run.train(.overwrite)
        #expect(try RunHistory(run.directory).entries.isEmpty)
    }

    @Test("a run that was never forced has no note of it")
    func silence() throws {
        let run = try TinyRun(["budget.steps=1"])
        try run.train()
        try run.train(.resume)
        #expect(try !Report([run.directory]).html().contains("No longer one recipe"))
    }

    @Test("problems of another store that have changed are noticed, of either split")
    func data() throws {
        for split in Split.allCases {
            let run = try TinyRun(["budget.steps=2"])
            run.recipe.curriculum.store = run.folder + "/problems.db"
            try run.train()
            #expect(differences(run).isEmpty)
            try run.add(Problem(id: "new", prompt: "98765+1=", answer: "98766", level: 1), split)
            let told = differences(run)
            try #require(told.count == 1)
            #expect(told[0].contains("the data set: \(split.rawValue).level 1: was "))
            run.recipe.budget.steps = 4
            try run.train(.resumeChanged)
            #expect(differences(run).isEmpty)
            // A level that is not used may change.
            try run.add(Problem(id: "far", prompt: "98765+2=", answer: "98767", level: 3), split)
            #expect(differences(run).isEmpty)
        }
    }

    @Test("pass rates that have changed are noticed where the schedule reads them")
    func passRates() throws {
        for isRead in [true, false] {
            let run = try TinyRun([
                "budget.steps=2", "curriculum.stages=[]", "curriculum.schedule=adarft",
                "curriculum.difficulty=\(isRead ? "known" : "level")",
            ])
            run.recipe.curriculum.store = run.folder + "/problems.db"
            try run.rate(1...10, 0.25)
            try run.train()
            #expect(differences(run).isEmpty)
            try run.rate(11...11, 0.5)
            let told = differences(run)
            #expect(told.count == (isRead ? 1 : 0))
            #expect(told.allSatisfy { $0.hasPrefix("the data set: pass rates: was 10 problems") })
        }
    }

    @Test("a run without its own store is no run, and none is made in its place")
    func ownStore() throws {
        let run = try TinyRun(["budget.steps=1"])
        try run.train()
        let path = run.directory.database
        try FileManager.default.removeItem(atPath: path)
        let error = StoreError.unreadable(path: path, reason: "there is no such file")
        #expect(throws: error) { try RunDigest.compute(run.directory) }
        #expect(throws: error) { try Report([run.directory]) }
        #expect(throws: error) { try TrainedPolicy(run.directory) }
        #expect(
            throws: TrainingError.file(path: path, problem: "the store of this run is gone")
        ) { try run.train(.resume) }
        #expect(!FileManager.default.fileExists(atPath: path))
    }

    @Test("a run that was refused before it had problems may be started again")
    func refused() throws {
        let run = try TinyRun(["budget.steps=1"])
        let path = run.folder + "/typing-error.db"
        run.recipe.curriculum.generator = nil
        run.recipe.curriculum.store = path
        #expect(throws: TrainingError.file(path: path, problem: "there is no such store")) {
            try run.train()
        }
        #expect(!FileManager.default.fileExists(atPath: path))
        run.recipe.curriculum.generator = .arithmetic
        run.recipe.curriculum.store = nil
        try run.train()
        #expect(throws: TrainingError.self) { try run.train() }
        let absent = RunDirectory(run.folder + "/absent")
        #expect(throws: TrainingError.noRun(path: absent.path)) {
            try TrainingRun(run.recipe, in: absent).train(
                .resume, observer: Watcher(), interruption: Interruption())
        }
        #expect(!FileManager.default.fileExists(atPath: absent.path))
    }

    @Test("phases that are too short for every problem are told before anything is trained")
    func phases() throws {
        let run = try TinyRun([
            "curriculum.stages=[]", "curriculum.schedule=length_phases",
            "curriculum.phase_tokens=[2, 9]", "curriculum.phase_steps=[3]",
        ])
        #expect {
            try run.train()
        } throws: { error in
            guard case .emptyPhase(2, _)? = error as? TrainingError else { return false }
            return true
        }
    }

    @Test("a store that is gone is told, and none is made in its place")
    func gone() throws {
        let run = try TinyRun(["budget.steps=1"])
        let path = run.folder + "/problems.db"
        run.recipe.curriculum.store = path
        try run.train()
        try FileManager.default.removeItem(atPath: path)
        #expect(differences(run).allSatisfy { $0.hasSuffix("now not there") })
        #expect(differences(run).count == 4)
        #expect(
            throws: TrainingError.file(path: path, problem: "the store of the problems is gone")
        ) {
            try TrainedPolicy(run.directory)
        }
        #expect(!FileManager.default.fileExists(atPath: path))
    }

    @Test("a policy of another shape cannot go on, and the attempt leaves the run as it was")
    func shape() throws {
        let run = try TinyRun(["budget.steps=2"])
        try run.train()
        let before = try run.traces()
        run.recipe.policy.width = 24
        #expect {
            try run.train(.resumeChanged)
        } throws: { error in
            guard case .badCheckpoint? = error as? TrainingError else { return false }
            return true
        }
        #expect(try RunHistory(run.directory).entries.isEmpty)
        run.recipe.policy.width = 16
        try run.train(.resume)
        #expect(try run.traces() == before)
    }

    @Test("another curriculum starts its schedule anew and trains")
    func curriculum() throws {
        let run = try TinyRun(["budget.steps=3"])
        try run.train()
        run.recipe.curriculum.levels = [2]
        run.recipe.curriculum.schedule = try TinyRun([
            "curriculum.levels=[2]", "curriculum.stages=[[2]]",
        ]).recipe.curriculum.schedule
        run.recipe.budget.steps = 5
        let summary = try run.train(.resumeChanged)
        #expect(summary.main.steps == 5 && Array(summary.main.levelsAfter.keys) == [2])
    }

    @Test("a second arm that has begun keeps its objective; one that has not may still change")
    func arms() throws {
        let run = try TinyRun([
            "budget.steps=2", "comparison={name: plain, objective: {preset: grpo}}",
        ])
        try run.train()
        run.recipe.comparison?.objective.preset = "dr-grpo"
        #expect(differences(run) == ["comparison.objective.preset: was grpo, now dr-grpo"])
        run.recipe.comparison?.name = "other"
        #expect(differences(run).isEmpty)
    }
}

/// Rows in memory.
private struct KnownRows: ImportStream {
    var rows: ArraySlice<ImportedRow>
    let source: SourceInfo

    mutating func next() -> ImportLine? {
        rows.popFirst().map { ImportLine(place: "known", row: $0) }
    }
}

extension TinyRun {
    /// Says that a policy solves some training problems as often.
    fileprivate func rate(_ ordinals: ClosedRange<Int>, _ mean: Double) throws {
        let store = try AssayStore(path: try #require(recipe.curriculum.store))
        let source = try ProblemSource(recipe.curriculum, runStore: store) { _ in }
        var rows = KnownRows(
            rows: try ordinals.map { ordinal in
                .problem(
                    ProblemRow(
                        problem: try source.problem(level: 0, ordinal: ordinal),
                        passRates: [PassRate(policy: "other", mean: mean)]))
            }[...], source: SourceInfo(name: "known", format: "test", hash: "\(ordinals)"))
        _ = try store.importRows(
            &rows, ImportSettings(curriculum: recipe.curriculum.name, split: .all(.train)))
    }

    /// Puts a problem into the recipe's own store.
    fileprivate func add(_ problem: Problem, _ split: Split) throws {
        let store = try AssayStore(path: try #require(recipe.curriculum.store))
        _ = try store.importProblems(
            [problem], curriculum: recipe.curriculum.name, split: split,
            source: SourceInfo(
                name: "test", format: "test", hash: "\(problem.id) \(split.rawValue)"))
    }
}
