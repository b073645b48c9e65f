import Foundation
import Rollouts
import Store
import Testing

@testable import Training

/// What a process that ended amid saving, replacing or pruning a checkpoint leaves, and what becomes of it.
@Suite struct CheckpointRecoveryTests {
    private let files = FileManager.default

    /// A run that was stopped after its fifth step, with what `disturb` did to its newest checkpoint.
    private func resumed(_ disturb: (String) throws -> Void) throws -> TinyRun {
        let run = try TinyRun()
        #expect(throws: TrainingError.self) { try run.train(observer: Watcher(stop: ("tiny", 5))) }
        try disturb(try #require(CheckpointStore(directory: run.directory).list().last))
        let watcher = Watcher()
        try run.train(.resume, observer: watcher)
        #expect(watcher.notices.contains { $0.contains("policy-000005") })
        let names = try files.contentsOfDirectory(atPath: run.directory.checkpoints)
        #expect(!names.contains { $0.hasSuffix(".tmp") || $0.hasSuffix(".old") })
        return run
    }

    @Test(
        "ended amid a replacement: before it, between its two renames, after it", arguments: 0...2)
    func replaced(moment: Int) throws {
        let whole = try TinyRun()
        try whole.train()
        let run = try resumed { newest in
            if moment == 2 {
                // Its successor stands; the old one is half removed.
                try files.copyItem(atPath: newest, toPath: newest + ".old")
                try files.removeItem(atPath: newest + ".old/state.json")
                return
            }
            try files.copyItem(atPath: newest, toPath: newest + ".tmp")
            if moment == 1 { try files.moveItem(atPath: newest, toPath: newest + ".old") }
        }
        #expect(try run.traces() == whole.traces())
    }

    @Test("half a checkpoint and half-written files are cleared away")
    func half() throws {
        let run = try resumed { newest in
            try files.copyItem(atPath: newest, toPath: newest + ".tmp")
            try files.removeItem(atPath: newest + ".tmp/model.safetensors")
            let home = (newest as NSString).deletingLastPathComponent + "/.."
            try Data("half".utf8).write(to: URL(fileURLWithPath: home + "/metrics.csv.tmp"))
        }
        let names = try files.contentsOfDirectory(atPath: run.directory.path)
        #expect(!names.contains { $0.hasSuffix(".tmp") })
    }

    @Test("a checkpoint whose steps the store lacks is refused")
    func lostSteps() throws {
        let run = try TinyRun()
        try run.train()
        do {
            let store = try AssayStore(path: run.directory.database)
            let arm = try #require(try store.runs().first)
            try store.discardSteps(run: arm.id, after: 0)
        }
        run.recipe.budget.steps = 9
        #expect {
            try run.train(.resume)
        } throws: { error in
            guard case .badCheckpoint(_, let problem)? = error as? TrainingError else {
                return false
            }
            return problem.contains("ends at step 0")
        }
    }
}
