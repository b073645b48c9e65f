import Foundation
import Policy
import Rewards
import Rollouts
import Settings
import Store

/// A run from its directory's point of view: start or resume, train the arms, sum up.
public struct TrainingRun {
    /// What to do with a directory that holds a run already.
    public enum Mode: Sendable {
        /// Refuse.
        case start
        /// Go on where the last checkpoint stands; refuse another recipe, spec or data set.
        case resume
        /// The same, whatever differs; the run records it.
        case resumeChanged
        /// Remove it and start over.
        case overwrite
    }

    /// What is trained.
    public let recipe: Recipe
    /// Where everything about it lies.
    public let directory: RunDirectory

    /// A run of a recipe in a directory.
    public init(_ recipe: Recipe, in directory: RunDirectory) {
        self.recipe = recipe
        self.directory = directory
    }

    /// Trains until the budget is spent or `interruption` asks for a stop.
    ///
    /// - Parameter other: a run whose policy after the warm-up is where this one starts, in place of a
    ///   warm-up of its own.
    /// - Throws: `TrainingError.interrupted` after a clean stop; errors of the modules below as
    ///   they are.
    public func train(
        _ mode: Mode, from other: RunDirectory? = nil, observer: any TrainingObserver,
        interruption: Interruption
    ) throws -> RunSummary {
        if let other, mode == .overwrite, Self.isSame(other, directory) {
            throw TrainingError.runExists(path: directory.path)
        }
        let resumes = mode == .resume || mode == .resumeChanged
        if let other, !resumes { try refuseOtherBase(other) }
        if resumes, !directory.holdsRun { throw TrainingError.noRun(path: directory.path) }
        let start = try origin(mode, other).map(Self.start)
        try directory.create()
        let lock = try RunLock(directory)
        defer { withExtendedLifetime(lock) {} }
        let spec = try RewardSpec.load(path: recipe.reward)
        let judge = try recipe.evaluation.reward.map { try RewardSpec.load(path: $0) }
        try prepare(mode, from: resumes ? nil : other)
        let known = resumes ? try DataFingerprint(storedIn: directory) : nil
        if known != nil, !FileManager.default.fileExists(atPath: directory.database) {
            throw TrainingError.file(
                path: directory.database, problem: "the store of this run is gone")
        }
        let store = try AssayStore(path: directory.database)
        let changes = resumes ? try changes(known, store) : []
        if !changes.isEmpty, mode == .resume { throw refusal(changes) }
        let history = try history(changes)
        let context = Context(
            store: store, spec: spec, judge: judge, history: history,
            imports: known == nil || !changes.isEmpty, observer: observer,
            interruption: interruption)
        let main = try trainArm(
            recipe, name: recipe.name, in: directory, startingFrom: start, context
        ) {
            for line in changes.flatMap(\.lines) { observer.notice("changed: \(line)") }
            try commit(changes, history, resumes: resumes, store: store, isKnown: known != nil)
        }
        var summary = RunSummary(main: main)
        if let comparison = recipe.comparison {
            var other = recipe
            other.name = comparison.name
            other.objective = comparison.objective
            other.budget.minutes = comparison.minutes ?? recipe.budget.minutes
            other.comparison = nil
            observer.notice("second arm from the same warm-up: \(comparison.name)")
            let arm = directory.arm(comparison.name)
            try arm.create()
            summary.comparison = try trainArm(
                other, name: comparison.name, in: arm,
                startingFrom: CheckpointStore(directory: directory).start, context)
        }
        summary.peakMemory = PeakMemory.bytes
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        do {
            try AtomicFile.write(try encoder.encode(summary), to: directory.summary)
        } catch let error as EncodingError {
            throw TrainingError.file(path: directory.summary, problem: "\(error)")
        }
        return summary
    }

    /// The run to start from: the one that is named, on resume the one that was.
    private func origin(_ mode: Mode, _ other: RunDirectory?) throws -> RunDirectory? {
        guard mode == .resume || mode == .resumeChanged else { return other }
        let stored = FileManager.default.contents(atPath: directory.origin)
            .map { RunDirectory(String(decoding: $0, as: UTF8.self)) }
        if let other, other.path != stored?.path {
            throw TrainingError.changed(
                what: "--from", path: directory.path,
                differences: ["was \(stored?.path ?? "none")", "now \(other.path)"])
        }
        // Its own checkpoint before the first update stands for the start as soon as there is one.
        return CheckpointStore(directory: directory).list().isEmpty ? stored : nil
    }

    /// A checkpoint of an adapter holds no base: that must be the one it was trained on.
    private func refuseOtherBase(_ other: RunDirectory) throws {
        guard recipe.policy.lora != nil, other.holdsRun else { return }
        let stored = try Recipe(SettingsDocument(path: other.recipe))
        var differences: [String] = []
        if recipe.policy.model == nil, stored.seed != recipe.seed {
            differences.append("its base was drawn with seed \(stored.seed), not \(recipe.seed)")
        }
        if recipe.policy.model != stored.policy.model {
            differences.append("its base was \(stored.policy.model ?? "drawn from the seed")")
        }
        guard differences.isEmpty else {
            throw TrainingError.changed(
                what: "the base of the adapter", path: other.path, differences: differences)
        }
    }

    /// The checkpoint before the first update of a run.
    private static func start(_ run: RunDirectory) throws -> String {
        guard let start = CheckpointStore(directory: run).start else {
            throw TrainingError.noRun(path: run.checkpoints)
        }
        return start
    }

    /// Whether two paths are of one folder.
    private static func isSame(_ a: RunDirectory, _ b: RunDirectory) -> Bool {
        let places = [a, b].map { URL(fileURLWithPath: $0.path).resolvingSymlinksInPath().path }
        return places[0] == places[1]
    }

    /// What both arms share.
    private struct Context {
        var store: AssayStore
        var spec: RewardSpec
        var judge: RewardSpec?
        var history: RunHistory
        var imports: Bool
        var observer: any TrainingObserver
        var interruption: Interruption
    }

    /// Trains an arm; `ready` runs when all that it needs is there, before anything is computed.
    private func trainArm(
        _ recipe: Recipe, name: String, in directory: RunDirectory, startingFrom start: String?,
        _ context: Context, ready: () throws -> Void = {}
    ) throws -> RunSummary.Arm {
        try directory.removeTemporaries()
        try CheckpointStore(directory: directory).recover()
        let parts = try TrainingParts(
            recipe: recipe, arm: name, directory: directory, store: context.store,
            spec: context.spec, judge: context.judge, imports: context.imports,
            observer: context.observer)
        let trainer = try Trainer(
            recipe: recipe, directory: directory, parts: parts, startingFrom: start,
            history: context.history, observer: context.observer,
            interruption: context.interruption)
        try ready()
        let after = try trainer.run()
        let state = trainer.state
        let before = state.before ?? after
        return RunSummary.Arm(
            name: name, before: before.all, after: after.all, levelsBefore: before.levels,
            levelsAfter: after.levels, seconds: state.seconds, steps: state.step,
            sampledTokens: state.sampledTokens, trainedTokens: state.trainedTokens,
            end: trainer.end, bestStep: state.heldOut.best?.step,
            bestAccuracy: state.heldOut.best?.accuracy)
    }

    /// Refuses a directory that is not as `mode` wants it; clears and fills that of a new run.
    ///
    /// The recipe comes last: where it is, everything is that a resumed run needs.
    private func prepare(_ mode: Mode, from other: RunDirectory?) throws {
        switch mode {
        case .start where directory.hasBegun: throw TrainingError.runExists(path: directory.path)
        case .resume, .resumeChanged: break
        case .start, .overwrite:
            try directory.clear()
            try directory.create()
            try writeSpecs()
            if let other { try AtomicFile.write(Data(other.path.utf8), to: directory.origin) }
            try AtomicFile.write(Data(try recipe.yaml().utf8), to: directory.recipe)
        }
    }

    /// Copies the specs of the recipe into the directory.
    func writeSpecs() throws {
        try AtomicFile.write(directory.read(recipe.reward), to: directory.reward)
        if let path = recipe.evaluation.reward {
            try AtomicFile.write(directory.read(path), to: directory.evaluationReward)
        } else if FileManager.default.fileExists(atPath: directory.evaluationReward) {
            try directory.remove(directory.evaluationReward)
        }
    }
}
