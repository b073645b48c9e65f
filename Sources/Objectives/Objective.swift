/// A policy-optimisation algorithm as a composition: one value on every axis.
///
/// A preset is nothing but such a value, and any axis may be overridden; `validate` says which
/// compositions contradict themselves.
public struct Objective: Sendable, Equatable {
    /// For logs; presets carry their own name.
    public var name: String
    /// Which groups carry a signal.
    public var gate: GroupGate
    /// How rejected groups are replaced.
    public var refill: RefillPolicy
    /// What is added to the rewards of a kept group.
    public var shaping: GroupShaping
    /// Which rollouts of a kept group are trained on.
    public var filter: ResponseFilter
    /// How many they are.
    public var retention: Retention
    /// What a filtered group's mean and standard deviation are taken over.
    public var statistics: StatisticsScope
    /// Overlong filtering: truncated rollouts count in the baseline but are not trained on.
    public var masksTruncated: Bool
    /// What is subtracted from the reward.
    public var baseline: Baseline
    /// What the difference is divided by.
    public var scale: AdvantageScale
    /// Over how many tokens a probability ratio is taken.
    public var ratio: RatioLevel
    /// How far a ratio is trusted: the shape of the surrogate.
    public var trust: TrustGate
    /// Repairs for tokens sampled by another policy than the old one.
    public var correction: BehaviourCorrection
    /// Drops bad rollouts that the policy has already left; nil drops none.
    ///
    /// Those are the ones with a negative advantage whose mean `log π_old − log π` exceeds this.
    /// DeepSeek-V3.2, arXiv:2512.02556.
    public var offPolicyThreshold: Double?
    /// Whose tokens carry the policy term.
    public var tokens: TokenSelection
    /// The pull towards a reference policy.
    public var kl: KLTerm
    /// How token losses become one number.
    public var aggregation: Aggregation
    /// Whose tokens or sequences the aggregation divides by.
    public var denominator: DenominatorScope
    /// The bonus for uncertainty.
    public var entropy: EntropyTerm
    /// The bound c of the critic's loss around its predictions before the update; nil for none.
    public var valueClip: Double?
    /// Whether every batch of rollouts starts with an optimiser without moments.
    ///
    /// Kimi k1.5, arXiv:2501.12599.
    public var resetsOptimizer: Bool
    /// The loss on pairs of a right and a wrong rollout, in place of advantages; nil for those.
    public var preference: PreferenceLoss?

    /// An objective from its axes; left out, each is the plain choice (token ratio, clip 0.2).
    public init(
        name: String, gate: GroupGate = .none, refill: RefillPolicy = .never,
        shaping: GroupShaping = .none, filter: ResponseFilter = .all,
        retention: Retention = .fixed, statistics: StatisticsScope = .retained,
        masksTruncated: Bool = false, baseline: Baseline = .mean,
        scale: AdvantageScale = .standardDeviation(ddof: 1, epsilon: 1e-4),
        ratio: RatioLevel = .token, trust: TrustGate = .clip(low: 0.2, high: 0.2),
        correction: BehaviourCorrection = .none, offPolicyThreshold: Double? = nil,
        tokens: TokenSelection = .all, kl: KLTerm = .none, aggregation: Aggregation = .tokenMean,
        denominator: DenominatorScope = .retained, entropy: EntropyTerm = .none,
        valueClip: Double? = nil, resetsOptimizer: Bool = false,
        preference: PreferenceLoss? = nil
    ) {
        self.name = name
        self.gate = gate
        self.refill = refill
        self.filter = filter
        self.statistics = statistics
        self.masksTruncated = masksTruncated
        self.baseline = baseline
        self.scale = scale
        self.ratio = ratio
        self.trust = trust
        self.correction = correction
        self.offPolicyThreshold = offPolicyThreshold
        self.kl = kl
        self.aggregation = aggregation
        self.denominator = denominator
        self.entropy = entropy
        self.shaping = shaping
        self.retention = retention
        self.tokens = tokens
        self.valueClip = valueClip
        self.resetsOptimizer = resetsOptimizer
        self.preference = preference
    }

    /// Whether the loss reads log-probabilities of a reference policy.
    public var needsReference: Bool {
        if let preference { return preference.needsReference }
        return kl.coefficient != 0
    }

    /// Whether the loss reads the entropy of each position.
    public var needsEntropies: Bool {
        entropy.coefficient != 0 || entropy.control != nil || tokens != .all
    }

    /// Whether the loss reads the log-probabilities that the sampler reported.
    public var needsSampler: Bool { correction != .none }
}
