extension Evaluation {
    /// The figures as metrics of their step, under TRL's prefix.
    var metrics: [String: Double] {
        var metrics = Self.metrics(all, "eval_")
        metrics["eval_completions/clipped_ratio"] = all.truncated
        metrics["eval_entropy"] = all.entropy
        metrics["eval_unscored"] = Double(all.unscored)
        metrics["eval_turns/mean"] = all.meanTurns
        for (level, figures) in levels {
            metrics.merge(Self.metrics(figures, "eval_levels/\(level)/")) { _, new in new }
        }
        return metrics
    }

    private static func metrics(_ figures: Figures, _ prefix: String) -> [String: Double] {
        var metrics = [
            "\(prefix)accuracy": figures.accuracy,
            "\(prefix)greedy_accuracy": figures.greedyAccuracy,
            "\(prefix)completions/mean_length": figures.meanLength,
            "\(prefix)completions/greedy_mean_length": figures.greedyMeanLength,
        ]
        for (k, share) in figures.passAt ?? [:] { metrics["\(prefix)pass@\(k)"] = share }
        metrics["\(prefix)reward_accuracy"] = figures.rewardAccuracy
        return metrics
    }
}
