import Curricula
import Foundation
import Objectives
import Policy
import Rollouts

/// What a run needs beside weights and optimiser to go on exactly: everything random derives from
/// the recipe's seed and the step, so no generator state is stored.
struct TrainingState: Codable, Equatable {
    /// Which part of the run is under way.
    enum Phase: String, Codable { case warmup, policy }

    var phase = Phase.warmup
    /// Finished steps of the phase.
    var step = 0
    /// The curriculum's counters.
    var schedule: CurriculumSchedule
    /// Tokens the policy saw in supervised steps.
    var warmupTokens = 0
    /// Tokens sampled for updates.
    var sampledTokens = 0
    /// Tokens in updates.
    var trainedTokens = 0
    /// Seconds of training so far, evaluation included.
    var seconds = 0.0
    /// Probe results of the warm-up, (step, sampled accuracy).
    var probes: [[Double]] = []
    /// Evaluation before the first update.
    var before: Evaluation?
    /// Whether critic and learned reward have started.
    var isPrepared = false
    /// What is watched for.
    var alarms = RunAlarms()
    /// What the objective remembers.
    var objective: ObjectiveState?
    /// What the evaluations on the way showed.
    var heldOut = HeldOutProgress()
    /// Entries of the run's history that this state knows of.
    var revision = 0
}

extension TrainingState {
    /// Reads a state; what states of earlier versions lack has the value that it had then.
    init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        phase = try values.decode(Phase.self, forKey: .phase)
        step = try values.decode(Int.self, forKey: .step)
        schedule = try values.decode(CurriculumSchedule.self, forKey: .schedule)
        warmupTokens = try values.decode(Int.self, forKey: .warmupTokens)
        sampledTokens = try values.decode(Int.self, forKey: .sampledTokens)
        trainedTokens = try values.decode(Int.self, forKey: .trainedTokens)
        seconds = try values.decode(Double.self, forKey: .seconds)
        probes = try values.decode([[Double]].self, forKey: .probes)
        before = try values.decodeIfPresent(Evaluation.self, forKey: .before)
        isPrepared =
            try values.decodeIfPresent(Bool.self, forKey: .isPrepared) ?? (phase == .policy)
        alarms = try values.decodeIfPresent(RunAlarms.self, forKey: .alarms) ?? RunAlarms()
        objective = try values.decodeIfPresent(ObjectiveState.self, forKey: .objective)
        heldOut =
            try values.decodeIfPresent(HeldOutProgress.self, forKey: .heldOut) ?? HeldOutProgress()
        revision = try values.decodeIfPresent(Int.self, forKey: .revision) ?? 0
    }
}

/// The models that a run changes.
struct TrainedModels {
    var policy: Learner
    var critic: Learner?
    var reward: Learner?

    /// Those beside the policy, by name.
    var others: [(name: String, learner: Learner)] {
        [("critic", critic), ("reward", reward)].compactMap { name, learner in
            learner.map { (name, $0) }
        }
    }
}

/// Reads and writes checkpoint folders.
struct CheckpointStore {
    let directory: RunDirectory
    /// Newest checkpoints that `save` leaves.
    var keeps = 2

    func folder(_ phase: TrainingState.Phase, step: Int) -> String {
        let number = String(step)
        let padded = String(repeating: "0", count: max(0, 6 - number.count)) + number
        return "\(directory.checkpoints)/\(phase.rawValue)-\(padded)"
    }

    /// Writes a checkpoint as a folder that appears whole or not at all, then prunes old ones.
    func save(_ state: TrainingState, models: TrainedModels, tokenizer: any Tokenizer) throws {
        let learner = models.policy
        let path = folder(state.phase, step: state.step)
        let temporary = path + ".tmp"
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted]
        var parts: [(String, Data)] = [
            (
                Self.weights(learner.model),
                try SafeTensors.data(
                    learner.model.adapter?.checkpoint() ?? learner.model.checkpoint())
            ),
            ("optimizer.safetensors", try SafeTensors.data(learner.optimizerCheckpoint())),
            ("config.json", learner.model.configuration.configJSON()),
            ("tokenizer.json", try tokenizer.fileContent()),
            ("state.json", try encoder.encode(state)),
        ]
        for (name, other) in models.others {
            parts += [
                ("\(name).safetensors", try SafeTensors.data(other.model.checkpoint())),
                (
                    "\(name)_optimizer.safetensors",
                    try SafeTensors.data(other.optimizerCheckpoint())
                ),
            ]
        }
        do {
            try AtomicFile.createFolder(temporary)
            for (name, data) in parts {
                try AtomicFile.writeDurably(data, to: "\(temporary)/\(name)")
            }
            try AtomicFile.moveFolder(temporary, to: path)
        } catch {
            // What is half there would take the space that the next attempt needs.
            try? FileManager.default.removeItem(atPath: temporary)
            throw error
        }
        try prune()
    }

    /// Takes up what a process left that ended amid saving: half a checkpoint goes, and one that was to
    /// be replaced and is not comes back.
    func recover() throws(TrainingError) {
        let names =
            (try? FileManager.default.contentsOfDirectory(atPath: directory.checkpoints)) ?? []
        for name in names.sorted() {
            let path = "\(directory.checkpoints)/\(name)"
            if name.hasSuffix(AtomicFile.replaced) {
                try AtomicFile.putBack(String(path.dropLast(AtomicFile.replaced.count)))
            } else if name.hasSuffix(AtomicFile.temporary) {
                try directory.remove(path)
            }
        }
    }

    /// Folders of finished checkpoints, oldest first: warm-up before policy, then by step.
    func list() -> [String] {
        let names =
            (try? FileManager.default.contentsOfDirectory(atPath: directory.checkpoints)) ?? []
        func order(_ name: String) -> (Int, Int)? {
            let parts = name.split(separator: "-")
            guard parts.count == 2, let step = Int(parts[1]),
                let phase = TrainingState.Phase(rawValue: String(parts[0]))
            else { return nil }
            return (phase == .warmup ? 0 : 1, step)
        }
        return names.compactMap { name in order(name).map { ($0, name) } }
            .sorted { $0.0 < $1.0 }.map { "\(directory.checkpoints)/\($0.1)" }
    }

    /// Takes the newest checkpoint that reads whole into `models`; broken ones are passed over with a
    /// notice.
    func restoreLatest(
        into models: TrainedModels, notice: (String) -> Void
    ) -> (folder: String, state: TrainingState)? {
        for folder in list().reversed() {
            do {
                let state = try readState(folder)
                // Before they have started, critic and reward are of no checkpoint.
                let wanted =
                    state.isPrepared ? models : TrainedModels(policy: models.policy)
                try restore(folder, into: wanted)
                return (folder, state)
            } catch {
                notice("passed over \(folder): \(error)")
            }
        }
        return nil
    }

    func readState(_ folder: String) throws -> TrainingState {
        let data = try directory.read(folder + "/state.json")
        do {
            return try JSONDecoder().decode(TrainingState.self, from: data)
        } catch {
            throw TrainingError.badCheckpoint(path: folder, problem: "state.json: \(error)")
        }
    }

    /// Weights and moments of a checkpoint into learners of the same shapes.
    func restore(_ folder: String, into models: TrainedModels) throws {
        try loadWeights(folder, into: models.policy.model)
        let moments = try directory.read(folder + "/optimizer.safetensors")
        try models.policy.loadOptimizer(SafeTensors.content(of: moments))
        for (name, other) in models.others {
            let weights = try directory.read("\(folder)/\(name).safetensors")
            try other.model.load(SafeTensors.content(of: weights))
            let moments = try directory.read("\(folder)/\(name)_optimizer.safetensors")
            try other.loadOptimizer(SafeTensors.content(of: moments))
        }
    }

    /// Weights of a checkpoint into a model of the same shape.
    func loadWeights(_ folder: String, into model: Transformer) throws {
        let content = try SafeTensors.content(
            of: directory.read(folder + "/" + Self.weights(model)))
        if model.adapter != nil {
            try model.loadAdapter(content)
        } else {
            try model.load(content)
        }
    }

    /// The file of what is trained: the weights, or the adapter's alone.
    private static func weights(_ model: Transformer) -> String {
        model.adapter == nil ? "model.safetensors" : "adapter_model.safetensors"
    }

    /// A policy to look at, without optimiser.
    func loadPolicy(_ folder: String, _ recipe: Recipe) throws -> OpenedPolicy {
        let policy = try OpenedPolicy.open(recipe)
        try loadWeights(folder, into: policy.model)
        return policy
    }

    /// The checkpoint before the first update, where other arms and the reference policy start.
    var start: String? { list().first { $0.hasSuffix("/policy-000000") } }

    /// The folder of the best evaluation on the way that `folder` knows of.
    func best(knownTo folder: String) throws -> String? {
        try readState(folder).heldOut.best.map { self.folder(.policy, step: $0.step) }
    }

    /// Keeps the start of the updates, the newest checkpoints, and what each of those says was the best:
    /// should the newest be damaged, the one before still finds its own.
    private func prune() throws {
        let all = list()
        let newest = all.suffix(keeps)
        let kept = Set(
            newest + newest.compactMap { try? best(knownTo: $0) } + [start].compactMap(\.self))
        for folder in all where !kept.contains(folder) {
            AtomicFile.discardFolder(folder)
        }
    }
}
