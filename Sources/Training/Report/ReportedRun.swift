import Foundation
import Rewards
import Rollouts
import Store

/// What a report shows of one run directory.
struct ReportedRun {
    var name: String
    var recipe: String
    var arms: [ReportedArm]
    /// When it went on as another recipe, and what differed.
    var changes: [Change] = []

    /// One such time.
    struct Change: Equatable {
        var step: Int
        var lines: [String]
    }
}

/// What a report shows of one arm.
struct ReportedArm {
    /// An alarm of a step, in words.
    struct Alarm: Equatable {
        var step: Int
        var kind: String

        var meaning: String {
            RunAlarms.Kind(rawValue: kind)?.meaning ?? kind
        }
    }

    var name: String
    var metrics: [(step: Int, metrics: [String: Double])] = []
    var evaluations: [(step: Int, evaluation: Evaluation)] = []
    var stageChanges: [(step: Int, text: String)] = []
    var groups: [SampleGroup] = []
    /// Why sample groups come without reasons, where they do.
    var note: String?

    var alarms: [Alarm] {
        metrics.flatMap { entry in
            entry.metrics.keys.filter { $0.hasPrefix("alarms/") }.sorted().map {
                Alarm(step: entry.step, kind: String($0.dropFirst(7)))
            }
        }
    }

    /// The figures before the first update.
    var before: Evaluation? { evaluations.first { $0.step == 0 }?.evaluation }
    /// The newest figures after it.
    var after: (step: Int, evaluation: Evaluation)? { evaluations.last { $0.step > 0 } }
}

/// One group of a step, to be read.
struct SampleGroup {
    var step: Int
    var prompt: String
    var answer: String
    var rollouts: [SampleRollout]
}

/// One completion with what became of it.
struct SampleRollout {
    /// A part of the reward, with the verifier's reason where it is known.
    struct Part {
        var name: String
        var value: Double?
        var reason: String?
    }

    var text: String
    var tokens: Int
    var isTruncated = false
    var reward: Double?
    var outcome: Double?
    var parts: [Part] = []
    /// What the verifier read out of the text.
    var extracted: String?
    /// What it compared that with.
    var gold: String?
    var advantage: Double
    var fate: String
}

extension ReportedRun {
    /// More steps than this are shown as means of neighbours.
    private static let mostSteps = 4000

    /// The metrics of the steps; of a long run means over as many steps each as make them fit, told at the
    /// last of these.
    private static func thinned(
        _ store: AssayStore, run: Int64
    ) throws -> [(step: Int, metrics: [String: Double])] {
        let each = max(1, (try store.lastStep(run: run) + mostSteps - 1) / mostSteps)
        var shown: [(step: Int, metrics: [String: Double])] = []
        var bin: [String: (sum: Double, count: Double)] = [:]
        var (size, last) = (0, 0)
        func close() {
            guard size > 0 else { return }
            shown.append((last, bin.mapValues { $0.sum / $0.count }))
            (bin, size) = ([:], 0)
        }
        try store.eachMetrics(run: run) { row in
            for (name, value) in row.metrics {
                let before = bin[name] ?? (0, 0)
                bin[name] = (before.sum + value, before.count + 1)
            }
            (size, last) = (size + 1, row.step)
            if size == each { close() }
        }
        close()
        return shown
    }

    /// Reads a run directory.
    ///
    /// - Parameter isAlone: no other run stands beside it, so that arms need not say whose they are.
    init(_ directory: RunDirectory, name: String, isAlone: Bool) throws {
        guard directory.holdsRun else { throw TrainingError.noRun(path: directory.path) }
        let store = try AssayStore(reading: directory.database)
        let explainer = RewardExplainer(spec: directory.reward)
        self.name = name
        recipe = String(decoding: try directory.read(directory.recipe), as: UTF8.self)
        let stored = try store.runs()
        changes = try RunHistory(directory).entries.map {
            Change(step: $0.step, lines: $0.changes.flatMap(\.lines))
        }
        arms = try stored.map { run in
            let label = isAlone ? run.name : stored.count == 1 ? name : "\(name): \(run.name)"
            return ReportedArm(
                name: label,
                metrics: try Self.thinned(store, run: run.id),
                evaluations: try store.evaluations(run: run.id).map {
                    ($0.step, try Self.evaluation($0.json, of: directory))
                },
                stageChanges: try store.stageChanges(run: run.id).map {
                    ($0.step, "\($0.change)")
                },
                groups: try Self.sampleGroups(store, run: run.id, explainer),
                note: explainer.note)
        }
    }

    private static func evaluation(
        _ json: String, of directory: RunDirectory
    ) throws(TrainingError) -> Evaluation {
        do {
            return try JSONDecoder().decode(Evaluation.self, from: Data(json.utf8))
        } catch {
            throw .file(path: directory.database, problem: "an evaluation cannot be read: \(error)")
        }
    }

    /// Of an early, a middle and the last step: a group with right and wrong answers, since it shows what
    /// the update saw, and one that was left out.
    private static func sampleGroups(
        _ store: AssayStore, run: Int64, _ explainer: RewardExplainer
    ) throws -> [SampleGroup] {
        let kept = try store.stepsWithRollouts(run: run)
        guard let first = kept.first, let last = kept.last else { return [] }
        let chosen = Set([first, kept[kept.count / 2], last]).sorted()
        return try chosen.flatMap { step in
            let groups = Dictionary(grouping: try store.rollouts(run: run, step: step), by: \.group)
            let ordered = groups.sorted { $0.key < $1.key }.map(\.value)
            let mixed = ordered.first { Set($0.map(\.outcome)).count > 1 } ?? ordered.first
            let dropped = ordered.first { group in
                group.allSatisfy { !$0.isTrained } && group.first?.group != mixed?.first?.group
            }
            return [mixed, dropped].compactMap { $0.flatMap { sample(step, $0, explainer) } }
        }
    }

    private static func sample(
        _ step: Int, _ group: [RolloutRecord], _ explainer: RewardExplainer
    ) -> SampleGroup? {
        guard let head = group.first else { return nil }
        let explained = explainer.explain(group)
        return SampleGroup(
            step: step, prompt: head.prompt, answer: head.answer,
            rollouts: group.indices.map { index in
                let (rollout, reasons) = (group[index], explained[index])
                return SampleRollout(
                    text: rollout.text, tokens: rollout.tokenCount,
                    isTruncated: rollout.stopReason == .length, reward: rollout.reward,
                    outcome: rollout.outcome,
                    parts: rollout.components.map { part in
                        .init(
                            name: part.name, value: part.value, reason: reasons.reasons[part.name])
                    }, extracted: reasons.extracted, gold: reasons.gold,
                    advantage: rollout.advantage,
                    fate: rollout.fate)
            })
    }
}
