import Rewards
import Rollouts
import Store

/// Finds the verifier's reasons for stored rewards by scoring the texts again with the run's spec.
///
/// The store holds values, not reasons. A reason is told where the value is the stored one: what differs was
/// scored with more than the store knows, such as other members of the problem's row. Programs, servers and judges
/// are not asked again.
struct RewardExplainer {
    /// What is known of one completion: reasons by component, and what was read out of it.
    struct Explanation: Equatable {
        var reasons: [String: String] = [:]
        var extracted: String?
        /// What that was compared with.
        var gold: String?
    }

    private let scorer: RewardScorer?
    /// Why there are no reasons, where there are none.
    let note: String?

    /// Opens the spec in the file `spec`.
    init(spec path: String) {
        do {
            let spec = try RewardSpec.load(path: path)
            let asking = spec.components.first { $0.function.traits.basis == .external }
            scorer = asking == nil ? try RewardScorer(spec) : nil
            note = asking.map {
                "The verifier's reasons are missing: \($0.name) asks a program or a server, and a "
                    + "report does not."
            }
        } catch {
            scorer = nil
            note = "The verifier's reasons are missing: \(error)"
        }
    }

    /// One explanation a rollout of a group, in order.
    func explain(_ group: [RolloutRecord]) -> [Explanation] {
        guard let scorer else { return group.map { _ in Explanation() } }
        let scores = scorer.score(
            group.map {
                ScoringInput(
                    prompt: $0.prompt, completion: $0.text, gold: $0.answer,
                    tokenCount: $0.tokenCount, truncated: $0.stopReason == .length)
            })
        return zip(group, scores).map { rollout, score in
            var explanation = Explanation()
            for part in score.components where !part.reason.isEmpty {
                let stored = rollout.components.first { $0.name == part.name }
                if let stored, stored.value == part.value, stored.status == part.status {
                    explanation.reasons[part.name] = part.reason
                }
            }
            if score.outcome == rollout.outcome, let extracted = score.extracted {
                explanation.extracted = extracted
                explanation.gold = score.gold ?? rollout.answer
            }
            return explanation
        }
    }
}
