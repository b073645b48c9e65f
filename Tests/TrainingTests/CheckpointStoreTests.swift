import Foundation
import Testing

@testable import Training

@Suite struct CheckpointStoreTests {
    /// No answer is ever right, so that the first evaluation stays the best.
    private static let options = [
        "evaluation.every=1", "budget.checkpoint_every=1", "budget.keep_checkpoints=1",
        "curriculum.levels=[1]", "curriculum.stages=[[1]]", "warmup.tokens=500",
    ]

    private func names(_ run: TinyRun) -> [String] {
        CheckpointStore(directory: run.directory).list().map { ($0 as NSString).lastPathComponent }
    }

    @Test("start, best and newest outlive the others, and each is found by its name")
    func kept() throws {
        let run = try TinyRun(Self.options)
        let summary = try run.train()
        let best = try #require(summary.main.bestStep)
        #expect(best < 7)
        #expect(names(run) == ["policy-000000", "policy-00000\(best)", "policy-000007"])
        for (name, folder) in [
            ("start", "policy-000000"), ("best", "policy-00000\(best)"), ("last", "policy-000007"),
            ("7", "policy-000007"), ("policy-000000", "policy-000000"),
        ] {
            #expect(try TrainedPolicy(run.directory, checkpoint: name).checkpoint == folder)
        }
        for name in ["99", "policy-000099", "../checkpoints/policy-000007", "", "warmup"] {
            #expect {
                try TrainedPolicy(run.directory, checkpoint: name)
            } throws: { error in
                guard case .noCheckpoint(_, _, let present)? = error as? TrainingError else {
                    return false
                }
                return present == names(run)
            }
        }
    }

    @Test("a process that ends between write and prune, or inside a replacement, loses nothing")
    func killed() throws {
        let whole = try TinyRun(Self.options)
        try whole.train()
        let other = try TinyRun(Self.options)
        other.recipe.budget.steps = 5
        try other.train()
        let home = other.directory.checkpoints
        let manager = FileManager.default
        // Written and not pruned: an older one is still there, and a half of the next.
        try manager.copyItem(atPath: home + "/policy-000005", toPath: home + "/policy-000004")
        try manager.createDirectory(
            atPath: home + "/policy-000006.tmp", withIntermediateDirectories: true)
        // Moved aside and not yet replaced, or replaced and not yet cleared away.
        try manager.moveItem(atPath: home + "/policy-000005", toPath: home + "/policy-000005.old")
        try manager.copyItem(atPath: home + "/policy-000000", toPath: home + "/policy-000000.old")
        other.recipe.budget.steps = 7
        let watcher = Watcher()
        try other.train(.resume, observer: watcher)
        #expect(watcher.notices.contains { $0.hasSuffix("policy-000005") })
        let (found, expected) = (try other.traces(), try whole.traces())
        #expect(found.weights == expected.weights && found.moments == expected.moments)
        #expect(found.state == expected.state && found.metrics == expected.metrics)
        #expect(names(other) == names(whole))
        #expect(try manager.contentsOfDirectory(atPath: home).count == names(whole).count)
    }

    @Test("where the newest is damaged, the one before still finds its own best")
    func damaged() throws {
        let run = try TinyRun(Self.options + ["budget.keep_checkpoints=2"])
        try run.train()
        let checkpoints = CheckpointStore(directory: run.directory)
        let best = try checkpoints.resolve("best")
        let newest = try #require(checkpoints.list().last)
        try Data("{".utf8).write(to: URL(fileURLWithPath: newest + "/state.json"))
        #expect(try checkpoints.resolve("best") == best)
    }
}
