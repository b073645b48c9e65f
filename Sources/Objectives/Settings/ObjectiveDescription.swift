public import Rollouts

/// One axis of an objective in words.
public struct AxisDescription: Sendable, Equatable {
    /// The axis.
    public let name: String
    /// What is computed.
    public let formula: String
    /// The settings that choose it.
    public let settings: [String: JSONValue]
    /// Whether the objective computes it: a loss on pairs has no advantages.
    public let isUsed: Bool
}

extension Objective {
    /// Every axis, in the order in which a step goes through them.
    public var axes: [AxisDescription] {
        let isPairwise = preference != nil
        let isOfTokens = usesTokenAdvantages
        func axis(
            _ name: String, _ axis: any ObjectiveAxis, isUsed: Bool = true
        ) -> AxisDescription {
            AxisDescription(
                name: name, formula: axis.formula,
                settings: Dictionary(axis.settings) { _, new in new }, isUsed: isUsed)
        }
        func plain(
            _ name: String, _ setting: String, _ value: JSONValue, _ formula: String, _ isUsed: Bool
        ) -> AxisDescription {
            AxisDescription(
                name: name, formula: formula, settings: [setting: value], isUsed: isUsed)
        }
        return [
            axis("gate", gate), axis("refill", refill), axis("shaping", shaping),
            axis("filter", filter, isUsed: !isPairwise && !isOfTokens),
            axis("retention", retention, isUsed: !isPairwise && !isOfTokens),
            axis("statistics", statistics, isUsed: !isPairwise && !isOfTokens),
            plain(
                "truncated", "mask_truncated", .bool(masksTruncated),
                masksTruncated
                    ? "truncated rollouts count in the baseline and are not trained on"
                    : "truncated rollouts are trained on", !isPairwise),
            axis("baseline", baseline, isUsed: !isPairwise),
            axis("scale", scale, isUsed: !isPairwise), axis("ratio", ratio, isUsed: !isPairwise),
            axis("trust", trust, isUsed: !isPairwise),
            axis("correction", correction, isUsed: !isPairwise),
            plain(
                "off-policy", "off_policy_threshold",
                offPolicyThreshold.map(JSONValue.setting) ?? .string("none"),
                offPolicyThreshold.map {
                    "c = 0 for rollouts with Â < 0 and mean(lp_old − lp) > \(shown($0))"
                } ?? "none are dropped", !isPairwise),
            axis("tokens", tokens, isUsed: !isPairwise), axis("kl", kl, isUsed: !isPairwise),
            axis("aggregation", aggregation, isUsed: !isPairwise),
            axis("denominator", denominator, isUsed: !isPairwise),
            axis("entropy", entropy, isUsed: !isPairwise),
            plain(
                "critic", "value_clip", valueClip.map(JSONValue.setting) ?? .string("none"),
                valueClip.map {
                    "½·mean max((v − R)², (clip(v, v_old ± \(shown($0))) − R)²)"
                } ?? "½·mean (v − R)²", needsCritic && !isPairwise),
            plain(
                "optimizer", "reset_optimizer", .bool(resetsOptimizer),
                resetsOptimizer
                    ? "its moments are reset before every batch of rollouts" : "its moments go on",
                true),
            axis("pairs", PreferenceAxis(loss: preference), isUsed: isPairwise),
        ]
    }
}
