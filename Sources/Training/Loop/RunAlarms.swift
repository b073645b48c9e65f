import Foundation

/// Signs that a policy games its reward or has stopped to learn, from metrics alone.
///
/// Each is told once, and again after it went away. The value is `Codable`: a resumed run tells what the
/// whole one would have told.
struct RunAlarms: Codable, Equatable {
    /// What is watched for.
    enum Kind: String, Codable, CaseIterable {
        /// The reward grows and the held-out verifier does not follow.
        case proxy
        /// Reward and length go together, or against each other.
        case length
        /// A component of the reward that pays nothing, ever.
        case component
        /// The token limit cuts nearly everything.
        case truncated
        /// Hardly any entropy is left, and most answers are wrong.
        case entropy
        /// Hardly any group has a signal.
        case groups

        /// In words, for who reads that it happened.
        var meaning: String {
            switch self {
            case .proxy: "the reward rises over evaluations, held-out accuracy does not"
            case .length: "reward and length go together, or against each other, within groups"
            case .component: "a component of the reward pays nothing"
            case .truncated: "the token limit cuts nearly every completion"
            case .entropy: "hardly any entropy is left while most answers are wrong"
            case .groups: "nearly all groups are all right or all wrong"
            }
        }
    }

    /// One alarm.
    struct Alarm: Codable, Equatable {
        var kind: Kind
        var text: String
    }

    /// Steps over which a sign must last.
    private static let patience = 10
    /// Evaluations without a gain.
    private static let evaluations = 3

    /// For how many steps each sign has lasted.
    private var lasted: [String: Int] = [:]
    /// Signs that were told and still last, in their order: a digest is taken of this.
    private var told: [String] = []
    private var firstEntropy: Double?
    /// Since the last evaluation.
    private var rewardSum = 0.0
    private var rewardSteps = 0
    /// At each evaluation: mean reward since the one before, and held-out accuracy.
    private var history: [[Double]] = []
    /// Of an evaluation, to be told with the step that follows.
    private var pending: [Alarm] = []

    /// Takes the metrics of a step; tells what it and the last evaluation gave rise to.
    ///
    /// - Parameter paying: components that can be worth more than 0.
    mutating func observe(step metrics: [String: Double], paying: Set<String>) -> [Alarm] {
        rewardSum += metrics["reward"] ?? 0
        rewardSteps += 1
        let entropy = metrics["entropy"] ?? 0
        let first = firstEntropy ?? entropy
        firstEntropy = first
        var found: [Alarm?] = []
        let truncated = metrics["completions/clipped_ratio"] ?? 0
        found.append(
            check(
                .truncated, "", truncated > 0.9,
                "the token limit cuts \(percent(truncated)) of the completions"))
        found.append(
            check(
                .entropy, "", entropy < 0.1 * first && (metrics["accuracy"] ?? 1) < 0.5,
                "entropy fell from \(shown(first)) to \(shown(entropy)) nats a token while "
                    + "\(percent(metrics["accuracy"] ?? 0)) of the answers are right"))
        let right = metrics["groups/all_right"] ?? 0
        let wrong = metrics["groups/all_wrong"] ?? 0
        found.append(
            check(
                .groups, "", right + wrong > 0.8,
                "\(percent(right)) of the groups are all right and \(percent(wrong)) all wrong"))
        if let correlation = metrics["completions/length_reward_correlation"] {
            found.append(
                check(
                    .length, "", abs(correlation) > 0.6,
                    "reward and length correlate at \(shown(correlation)) within groups"))
        }
        for component in paying.sorted() {
            guard let mean = metrics["rewards/\(component)/mean"] else { continue }
            let deviation = metrics["rewards/\(component)/std"] ?? 1
            found.append(
                check(
                    .component, component, mean == 0 && deviation == 0,
                    "the component \(component) has paid nothing for \(Self.patience) steps"))
        }
        defer { pending = [] }
        return pending + found.compactMap { $0 }
    }

    /// Takes an evaluation on held-out problems.
    mutating func observe(heldOut accuracy: Double) {
        guard rewardSteps > 0 else { return }
        history.append([rewardSum / Double(rewardSteps), accuracy])
        (rewardSum, rewardSteps) = (0, 0)
        history = history.suffix(Self.evaluations + 1)
        guard history.count == Self.evaluations + 1 else { return }
        let rewards = history.map { $0[0] }
        let isRising = zip(rewards, rewards.dropFirst()).allSatisfy { $0 < $1 }
        let best = history.dropFirst().map { $0[1] }.max() ?? 0
        let isFlat = best <= history[0][1]
        let alarm = check(
            .proxy, "", isRising && isFlat,
            "the reward rose from \(shown(rewards[0])) to \(shown(rewards[rewards.count - 1])) "
                + "over \(Self.evaluations) evaluations and held-out accuracy did not", patience: 1)
        if let alarm { pending.append(alarm) }
    }

    /// The alarm where a sign has lasted long enough and was not told.
    private mutating func check(
        _ kind: Kind, _ part: String, _ holds: Bool, _ text: String, patience: Int = Self.patience
    ) -> Alarm? {
        let key = kind.rawValue + "/" + part
        guard holds else {
            lasted[key] = nil
            told.removeAll { $0 == key }
            return nil
        }
        lasted[key, default: 0] += 1
        guard lasted[key, default: 0] >= patience, !told.contains(key) else { return nil }
        told.append(key)
        told.sort()
        return Alarm(kind: kind, text: text)
    }
}

/// A number with three digits.
private func shown(_ value: Double) -> String { String(format: "%.3g", value) }
