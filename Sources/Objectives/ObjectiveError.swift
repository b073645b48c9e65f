public import Rollouts

/// What an objective refuses, with the values needed to mend it.
public enum ObjectiveError: UserError, Equatable {
    /// No preset of this name.
    case unknownPreset(name: String, known: [String])
    /// A setting that no objective can have, or two that contradict each other.
    case invalidSetting(axis: String, reason: String)
    /// A group or batch without any rollout.
    case empty(what: String)
    /// Two arrays that must have one entry for the same thing.
    case shapeMismatch(what: String, expected: Int, found: Int)
    /// A NaN or an infinity; `token` is nil where the number belongs to a whole rollout.
    case nonFinite(what: String, rollout: Int, token: Int?)
    /// A number outside of its domain, such as a negative length.
    case outOfRange(what: String, rollout: Int, value: Double)
    /// A response filter that keeps more rollouts than the group has.
    case filterExceedsGroup(k: Int, groupSize: Int)
    /// Token efficiency would prefer the longest failure, and the objective says to refuse that.
    case negativeReward(rollout: Int, reward: Double)
    /// The loss needs an input that the batch does not bring.
    case missing(input: String, neededBy: String)
    /// The denominator counts rollouts that the batch does not hold.
    case totalsRequired(denominator: String)
    /// Totals smaller than the batch that they are said to cover.
    case totalsTooSmall(what: String, batch: Int, totals: Int)
    /// Advantages of this objective depend on the whole batch.
    case batchRequired(scale: String)
    /// A probability ratio left the numbers: policy and old policy are too far apart.
    case ratioOverflow(rollout: Int, token: Int?, logRatio: Double)
    /// What was wrong in one of several groups, counted from 0.
    indirect case inGroup(Int, ObjectiveError)
    /// The refill loop of dynamic sampling found too few groups with a signal.
    case refillExhausted(kept: Int, wanted: Int, rounds: Int)

    /// What is wrong, and where.
    public var description: String {
        switch self {
        case .unknownPreset(let name, _): "there is no objective named '\(name)'"
        case .invalidSetting(let axis, let reason): "objective.\(axis): \(reason)"
        case .empty(let what): "\(what) is empty"
        case .shapeMismatch(let what, let expected, let found):
            "\(what): expected \(expected) entries, found \(found)"
        case .nonFinite(let what, let rollout, let token):
            "\(what) of rollout \(rollout)\(Self.at(token)) is not a finite number"
        case .outOfRange(let what, let rollout, let value):
            "\(what) of rollout \(rollout) is \(value)"
        case .filterExceedsGroup(let k, let groupSize):
            "the response filter keeps \(k) of a group of \(groupSize)"
        case .negativeReward(let rollout, let reward):
            "token efficiency of rollout \(rollout) with the negative reward \(reward)"
        case .missing(let input, let neededBy): "\(neededBy) needs \(input), which the batch lacks"
        case .totalsRequired(let denominator): "the denominator \(denominator) needs totals"
        case .totalsTooSmall(let what, let batch, let totals):
            "totals count \(totals) \(what), but the batch alone has \(batch)"
        case .batchRequired(let scale): "the scale \(scale) is taken over the whole batch"
        case .ratioOverflow(let rollout, let token, let logRatio):
            "the ratio of rollout \(rollout)\(Self.at(token)) overflows: log ratio \(logRatio)"
        case .inGroup(let group, let error): "group \(group): \(error)"
        case .refillExhausted(let kept, let wanted, let rounds):
            "only \(kept) of \(wanted) groups had mixed outcomes after \(rounds) rounds"
        }
    }

    /// What would mend it.
    public var remedy: String {
        switch self {
        case .unknownPreset(_, let known): "Choose one of \(known.joined(separator: ", "))."
        case .invalidSetting:
            "Change the setting; in a recipe `objective={preset: NAME}` replaces all of them."
        case .empty: "Give at least one rollout."
        case .shapeMismatch: "Give one entry a rollout, or a token, in the same order."
        case .nonFinite: "Find where the number comes from; a reward that is unknown is nil."
        case .outOfRange: "Correct the input."
        case .filterExceedsGroup:
            "Sample more completions a problem, or keep fewer (`k`; of adaptive filters `adaptive_k`)."
        case .negativeReward:
            "Shift rewards to 0 or more, or set the filter's negative rewards to `guarded`."
        case .missing: "Record it at sampling, or switch off the term that needs it."
        case .totalsRequired: "Build `BatchTotals` from all assessments of the step and pass it."
        case .totalsTooSmall: "Sum the totals over all micro-batches of the step."
        case .batchRequired: "Assess all groups of the step together."
        case .ratioOverflow: "Lower the learning rate, or take fewer updates a rollout."
        case .inGroup(_, let error): error.remedy
        case .refillExhausted:
            "Choose problems of middling difficulty, allow more rounds, or fall back."
        }
    }

    private static func at(_ token: Int?) -> String { token.map { ", token \($0)," } ?? "" }
}

extension ObjectiveError {
    /// Divergence during training is a failure of the work; all else is a failure of input.
    public var fault: Fault {
        switch self {
        case .ratioOverflow, .refillExhausted: .work
        case .inGroup(_, let error): error.fault
        default: .input
        }
    }
}
