import Curricula
import Objectives
import Rollouts

/// The metrics of one step under TRL's names, where TRL has one.
enum StepMetrics {
    static func make(
        _ rollouts: CollectedRollouts, _ assessed: AssessedRollouts, _ update: UpdateResult,
        state: TrainingState, progress: Double, seconds: Double
    ) -> [String: Double] {
        var metrics = update.loss.metrics
        let groups = rollouts.groups
        let completions = groups.flatMap(\.group.completions)
        let scores = groups.flatMap(\.group.scores)
        let rewards = scores.compactMap(\.reward)
        metrics["reward"] = mean(rewards)
        metrics["reward_std"] = deviation(rewards)
        metrics["reward_max"] = rewards.max() ?? 0
        metrics["reward_min"] = rewards.min() ?? 0
        metrics["accuracy"] = mean(scores.compactMap(\.outcome))
        metrics["unscored"] = Double(scores.count(where: { $0.reward == nil }))
        for name in scores.first?.components.map(\.name) ?? [] {
            let values = scores.compactMap { score in
                score.components.first { $0.name == name }?.value
            }
            metrics["rewards/\(name)/mean"] = mean(values)
            metrics["rewards/\(name)/std"] = deviation(values)
        }
        let lengths = completions.map { Double($0.tokens.count) }
        metrics["completions/mean_length"] = mean(lengths)
        metrics["completions/min_length"] = lengths.min() ?? 0
        metrics["completions/max_length"] = lengths.max() ?? 0
        metrics["completions/clipped_ratio"] = mean(completions.map { $0.isTruncated ? 1 : 0 })
        let ended = completions.filter { !$0.isTruncated }.map { Double($0.tokens.count) }
        metrics["completions/mean_terminated_length"] = mean(ended)
        metrics["completions/min_terminated_length"] = ended.min() ?? 0
        metrics["completions/max_terminated_length"] = ended.max() ?? 0
        metrics["completions/length_reward_correlation"] = correlation(groups)
        if rollouts.hasTurns {
            let turns = completions.map { Double($0.turns) }
            metrics["turns/mean"] = mean(turns)
            metrics["turns/max"] = turns.max() ?? 0
        }
        let prompts = groups.map { Double($0.promptTokens.count) }
        metrics["prompts/mean_length"] = mean(prompts)
        metrics["prompts/max_length"] = prompts.max() ?? 0
        metrics["prompts/min_length"] = prompts.min() ?? 0
        metrics.merge(advantages(assessed)) { _, new in new }
        for (name, isRight) in [("correct", true), ("wrong", false)] {
            let chosen = zip(scores, lengths).filter { $0.0.isCorrect == isRight }.map(\.1)
            if !chosen.isEmpty { metrics["completions/mean_length_\(name)"] = mean(chosen) }
        }
        metrics["entropy"] = mean(groups.flatMap(\.meanEntropies))
        for (level, members) in Dictionary(grouping: groups, by: \.level) {
            metrics["levels/\(level)/accuracy"] = mean(
                members.flatMap { $0.numbers.outcomes.compactMap { $0 } })
        }
        metrics.merge(gateCounts(groups, assessed)) { _, new in new }
        metrics["groups/refills"] = Double(rollouts.refills)
        metrics["loss"] = update.loss.loss
        metrics.merge(update.metrics) { _, new in new }
        metrics["sampling/sampling_logp_difference/max"] = update.samplerDifference
        metrics["grad_norm"] = update.gradientNorm
        metrics.merge(state.schedule.metrics(progress: progress)) { _, new in new }
        metrics["num_tokens"] = Double(state.sampledTokens)
        metrics["trained_tokens"] = Double(state.trainedTokens)
        metrics["step_time"] = seconds
        return metrics
    }

    private static func gateCounts(
        _ groups: [CollectedRollouts.Group], _ assessed: AssessedRollouts
    ) -> [String: Double] {
        let count = Double(max(groups.count, 1))
        // Told whatever the gate is, so that runs with different gates compare.
        func share(_ isRight: Bool) -> Double {
            let alike = groups.count { group in
                let known = group.numbers.outcomes.compactMap { $0 }
                return group.numbers.outcomes.count > 1 && !known.isEmpty
                    && known.allSatisfy { ($0 >= 0.5) == isRight }
            }
            return Double(alike) / count
        }
        let retained = assessed.assessments.map { Double($0.selection.retained.count) }
        let flat = groups.count { group in
            Set(group.numbers.rewards.compactMap { $0 }).count <= 1
        }
        return [
            "groups/sampled": Double(groups.count), "groups/kept": Double(assessed.groups.count),
            "groups/all_right": share(true), "groups/all_wrong": share(false),
            "groups/degenerate": Double(assessed.degenerateGroups),
            "groups/retained_mean": mean(retained),
            "frac_reward_zero_std": Double(flat) / count,
        ]
    }

    /// Means and extremes of what the update was given.
    private static func advantages(_ assessed: AssessedRollouts) -> [String: Double] {
        let sequences = assessed.sequences.flatMap { $0.compactMap { $0 } }
        guard assessed.pairs.isEmpty, !sequences.isEmpty else { return [:] }
        let isOfTokens = sequences.contains { !$0.tokenAdvantages.isEmpty }
        var metrics: [String: Double] = [:]
        func add(_ name: String, _ values: [Double]) {
            guard let least = values.min(), let most = values.max() else { return }
            metrics["\(name)/mean"] = mean(values)
            metrics["\(name)/min"] = least
            metrics["\(name)/max"] = most
        }
        add(
            "advantages",
            isOfTokens ? sequences.flatMap(\.tokenAdvantages) : sequences.map(\.advantage))
        add("returns", sequences.flatMap(\.returns))
        add("values", sequences.flatMap(\.oldValues))
        return metrics
    }

    /// Correlation of reward and length, each less its group's mean; 0 where one of them is constant.
    private static func correlation(_ groups: [CollectedRollouts.Group]) -> Double {
        var (xx, xy, yy) = (0.0, 0.0, 0.0)
        for group in groups {
            let scored = group.numbers.rewards.indices.filter {
                group.numbers.rewards[$0] != nil
            }
            let rewards = scored.compactMap { group.numbers.rewards[$0] }
            let lengths = scored.map { Double(group.numbers.lengths[$0]) }
            let (reward, length) = (mean(rewards), mean(lengths))
            for (x, y) in zip(rewards, lengths) {
                xx += (x - reward) * (x - reward)
                yy += (y - length) * (y - length)
                xy += (x - reward) * (y - length)
            }
        }
        return xx > 0 && yy > 0 ? xy / (xx * yy).squareRoot() : 0
    }

    static func mean(_ values: [Double]) -> Double {
        values.isEmpty ? 0 : values.reduce(0, +) / Double(values.count)
    }

    private static func deviation(_ values: [Double]) -> Double {
        guard values.count > 1 else { return 0 }
        let centre = mean(values)
        return
            (values.reduce(0) { $0 + ($1 - centre) * ($1 - centre) }
            / Double(values.count - 1)).squareRoot()
    }
}
