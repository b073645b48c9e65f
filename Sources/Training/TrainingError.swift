public import Rollouts

/// What can go wrong around a run, apart from faults that the modules below name themselves.
public enum TrainingError: UserError, Equatable {
    /// The run directory holds a run, and nobody asked to go on or to start over.
    case runExists(path: String)
    /// There is no run to go on with.
    case noRun(path: String)
    /// Another process is training in the directory.
    case runBusy(path: String)
    /// Resuming with a recipe or reward spec other than the run's.
    case changed(what: String, path: String, differences: [String])
    /// A file could not be read or written.
    case file(path: String, problem: String)
    /// A checkpoint lacks a part or contradicts the recipe.
    case badCheckpoint(path: String, problem: String)
    /// No checkpoint is what was asked for.
    case noCheckpoint(path: String, problem: String, present: [String])
    /// The curriculum holds no problems for what the recipe asks.
    case emptyCurriculum(name: String, store: String, split: String, levels: [Int])
    /// No problem is as short as the first phase of lengths wants.
    case emptyPhase(tokens: Int, shortest: Int)
    /// A prompt has a character that the policy's vocabulary lacks, or cannot be written as a chat.
    case unreadablePrompt(problem: String, reason: String)
    /// A prompt and its completion cannot fit into the policy's context.
    case promptTooLong(problem: String, tokens: Int, maximum: Int)
    /// A metric that no run has.
    case unknownMetric(name: String, known: [String])
    /// A weight for a source that the curriculum does not have.
    case unknownSource(name: String, known: [String])
    /// A schedule by pass rates, of which the store has none.
    case noPassRates(curriculum: String, policy: String?)
    /// No two rollouts of a group differed in reward.
    case noPairs(rounds: Int, wanted: Int)
    /// The loss or a gradient stopped being a number.
    case diverged(step: Int, problem: String)
    /// Ctrl-C: the state is saved.
    case interrupted(path: String, step: Int)

    /// What happened, where.
    public var description: String {
        switch self {
        case .runExists(let path): "\(path) already holds a run"
        case .noRun(let path): "\(path) holds no run"
        case .runBusy(let path): "another process is training in \(path)"
        case .changed(let what, let path, let differences):
            "\(what) differs from what \(path) was started with:\n    "
                + differences.joined(separator: "\n    ")
        case .file(let path, let problem): "\(path): \(problem)"
        case .badCheckpoint(let path, let problem): "\(path): \(problem)"
        case .noCheckpoint(let path, let problem, _): "\(path): \(problem)"
        case .emptyCurriculum(let name, let store, let split, let levels):
            "\(store) has no \(split) problems on levels \(levels) of a curriculum \(name)"
        case .emptyPhase(let tokens, let shortest):
            "no problem has at most \(tokens) tokens, as the first of curriculum.phase_tokens; the "
                + "shortest has \(shortest)"
        case .unreadablePrompt(let problem, let reason): "problem \(problem): \(reason)"
        case .promptTooLong(let problem, let tokens, let maximum):
            "problem \(problem) needs \(tokens) tokens with its completion; "
                + "the policy's context holds \(maximum)"
        case .unknownMetric(let name, _): "no run has the metric \(name)"
        case .unknownSource(let name, _): "the curriculum has no problems of a source \(name)"
        case .noPassRates(let curriculum, let policy):
            "the store has no pass rates of \(curriculum)"
                + (policy.map { " by the policy \($0)" } ?? "")
        case .noPairs(let rounds, let wanted):
            "\(rounds) rounds of rollouts gave too few pairs of different reward; "
                + "\(wanted) were wanted"
        case .diverged(let step, let problem): "step \(step): \(problem)"
        case .interrupted(let path, let step): "stopped after step \(step); saved in \(path)"
        }
    }

    /// What would mend it.
    public var remedy: String {
        switch self {
        case .runExists: "Add --resume to go on, --force to start over, or name another --run-dir."
        case .noRun: "Name the directory of a run (--run-dir), or start one with assay train."
        case .runBusy: "Wait for it, or end it; then call again."
        case .changed:
            "Start a new --run-dir, or go back to what the run was started with. Where its recipe, spec or "
                + "data set is another, --resume --force goes on and records that."
        case .file: "Check the path, its permissions and the free space, then call again."
        case .badCheckpoint:
            "Where the recipe's policy has another shape than the run's, go back to that; else remove that "
                + "checkpoint, and the one before it is used."
        case .noCheckpoint(_, _, let present):
            "Name one of: best, last, start, a step, \(present.joined(separator: ", "))."
        case .emptyPhase(_, let shortest): "Let phase_tokens begin at \(shortest) or more."
        case .unreadablePrompt: "Change the problem, or take a policy with another vocabulary."
        case .emptyCurriculum: "Import or generate problems on those levels, or change the levels."
        case .promptTooLong: "Raise policy.maximum_length or lower rollout.maximum_new_tokens."
        case .unknownMetric(_, let known): "Name one of \(known.joined(separator: ", "))."
        case .unknownSource(_, let known): "Name one of \(known.joined(separator: ", "))."
        case .noPassRates:
            "Score completions into the store (assay score --store), import rows with pass rates, or use difficulty: level."
        case .noPairs: "Warm up longer, sample larger groups, or choose easier problems."
        case .diverged: "Lower optimizer.learning_rate, or resume from the last checkpoint."
        case .interrupted: "Go on with the same command and --resume."
        }
    }

    /// A run that fails on good input is failed work.
    public var fault: Fault {
        switch self {
        case .diverged, .interrupted, .file, .noPairs: .work
        default: .input
        }
    }
}
