import Foundation
import Rewards
import Rollouts
import Store
import Testing

@testable import Training

@Suite struct ResumeTests {
    @Test(
        "a run that was stopped and resumed leaves what an unstopped one leaves, bit for bit",
        arguments: [("warm-up", 7), ("warm-up", 1), ("tiny", 1), ("tiny", 4), ("tiny", 6)])
    func resumeEqualsNotStopping(phase: String, step: Int) throws {
        let whole = try TinyRun()
        try whole.train()
        let stopped = try TinyRun()
        #expect {
            try stopped.train(observer: Watcher(stop: (phase, step)))
        } throws: { error in
            guard case .interrupted? = error as? TrainingError else { return false }
            return true
        }
        try stopped.train(.resume)
        #expect(try stopped.traces() == whole.traces())
        #expect(try RunDigest.compute(stopped.directory) == RunDigest.compute(whole.directory))
    }

    @Test("threads change nothing")
    func threads() throws {
        let one = try TinyRun(["threads=1"])
        let two = try TinyRun(["threads=2"])
        try one.train()
        try two.train()
        #expect(try one.traces() == two.traces())
    }

    @Test("seeds change everything")
    func seeds() throws {
        let one = try TinyRun()
        let two = try TinyRun(["seed=2"])
        try one.train()
        try two.train()
        #expect(try one.traces().weights != two.traces().weights)
        #expect(try RunDigest.compute(one.directory) != RunDigest.compute(two.directory))
    }

    @Test(
        "a damaged newest checkpoint is passed over for the one before, and nothing is lost",
        arguments: ["state.json", "model.safetensors", "optimizer.safetensors"])
    func damaged(file: String) throws {
        let whole = try TinyRun()
        try whole.train()
        let other = try TinyRun()
        #expect(throws: TrainingError.self) {
            try other.train(observer: Watcher(stop: ("tiny", 5)))
        }
        let newest = try #require(CheckpointStore(directory: other.directory).list().last)
        let half = try other.directory.read(newest + "/" + file).prefix(100)
        try half.write(to: URL(fileURLWithPath: newest + "/" + file))
        try FileManager.default.createDirectory(
            atPath: other.directory.checkpoints + "/policy-000099.tmp",
            withIntermediateDirectories: true)
        let watcher = Watcher()
        try other.train(.resume, observer: watcher)
        #expect(watcher.notices.contains { $0.contains("passed over") })
        #expect(try other.traces() == whole.traces())
    }

    @Test("more steps may be asked for on resume, another recipe or spec may not")
    func changes() throws {
        let run = try TinyRun(["budget.steps=3"])
        try run.train()
        run.recipe.budget.steps = 7
        try run.train(.resume)
        let whole = try TinyRun()
        try whole.train()
        #expect(try run.traces().weights == whole.traces().weights)
        run.recipe.optimizer.learningRate = 1e-4
        #expect {
            try run.train(.resume)
        } throws: { error in
            guard case .changed(_, _, let differences)? = error as? TrainingError else {
                return false
            }
            return differences.contains { $0.contains("learning_rate") }
        }
        run.recipe.optimizer.learningRate = 1e-3
        let spec = URL(fileURLWithPath: run.recipe.reward)
        try (Data(contentsOf: spec) + Data("# changed\n".utf8)).write(to: spec)
        #expect(throws: TrainingError.self) { try run.train(.resume) }
    }

    @Test("a directory is protected from a second start, a second process and a first resume")
    func protection() throws {
        let run = try TinyRun(["budget.steps=1"])
        #expect(throws: TrainingError.noRun(path: run.directory.path)) { try run.train(.resume) }
        try run.train()
        #expect(throws: TrainingError.runExists(path: run.directory.path)) { try run.train() }
        do {
            let lock = try RunLock(run.directory)
            #expect(throws: TrainingError.runBusy(path: run.directory.path)) {
                try run.train(.resume)
            }
            withExtendedLifetime(lock) {}
        }
        let before = try run.traces()
        try run.train(.overwrite)
        #expect(try run.traces() == before)
    }
}
