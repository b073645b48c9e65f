public import Settings

/// Under whose names metrics are written to `metrics.jsonl` and `metrics.csv`.
public enum MetricNames: String, SettingChoice, Sendable {
    /// TRL's, where it has one.
    case trl
    /// verl's where it has one, else TRL's.
    case verl
    /// Both.
    case both

    /// Metrics under the chosen names.
    func named(_ metrics: [String: Double]) -> [String: Double] {
        guard self != .trl else { return metrics }
        var named: [String: Double] = [:]
        for (name, value) in metrics {
            let alias = Self.verlNames[name]
            if let alias { named[alias] = value }
            if alias == nil || self == .both { named[name] = value }
        }
        return named
    }

    /// verl's names, by TRL's or ours.
    static let verlNames = [
        "policy_loss": "actor/pg_loss", "clip_ratio/region_mean": "actor/pg_clipfrac",
        "approx_kl": "actor/ppo_kl", "entropy": "actor/entropy", "grad_norm": "actor/grad_norm",
        "learning_rate": "actor/lr", "kl_loss": "actor/kl_loss", "kl_coef": "actor/kl_coef",
        "reward": "critic/score/mean", "reward_max": "critic/score/max",
        "reward_min": "critic/score/min", "advantages/mean": "critic/advantages/mean",
        "advantages/max": "critic/advantages/max", "advantages/min": "critic/advantages/min",
        "returns/mean": "critic/returns/mean", "returns/max": "critic/returns/max",
        "returns/min": "critic/returns/min", "values/mean": "critic/values/mean",
        "values/max": "critic/values/max", "values/min": "critic/values/min",
        "value_loss": "critic/vf_loss", "value_clip_fraction": "critic/vf_clipfrac",
        "explained_variance": "critic/vf_explained_var",
        "completions/mean_length": "response_length/mean",
        "completions/max_length": "response_length/max",
        "completions/min_length": "response_length/min",
        "completions/clipped_ratio": "response_length/clip_ratio",
        "prompts/mean_length": "prompt_length/mean", "prompts/max_length": "prompt_length/max",
        "prompts/min_length": "prompt_length/min", "step_time": "timing_s/step",
    ]
}
