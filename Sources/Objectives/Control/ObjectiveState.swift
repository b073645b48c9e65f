/// What an objective remembers from step to step.
///
/// Quartiles of difficulty and controlled coefficients; all of it is `Codable`, so that a run resumes
/// where it stopped.
public struct ObjectiveState: Sendable, Equatable, Codable {
    /// Where the filter's k depends on difficulty.
    public private(set) var retention: AdaptiveRetention?
    /// Where β holds a divergence.
    public private(set) var kl: KLController?
    /// Where α holds an entropy.
    public private(set) var entropy: EntropyController?
    /// α of the step that comes: the controller's where the last entropy was at the target or below, else
    /// 0, as TRL gates it.
    private var entropyCoefficient: Double?

    /// The state at the start of a run.
    ///
    /// - Throws: `invalidSetting` for numbers without a meaning.
    public init(_ objective: Objective) throws(ObjectiveError) {
        if case .adaptive(let sizes, let readyAfter) = objective.retention {
            retention = try AdaptiveRetention(sizes: sizes, readyAfter: readyAfter)
        }
        if let control = objective.kl.control {
            kl = try KLController(
                coefficient: objective.kl.coefficient, target: control.target,
                horizon: control.horizon)
        }
        if let control = objective.entropy.control {
            entropy = EntropyController(
                coefficient: objective.entropy.coefficient, step: control.step,
                target: control.target, maximum: control.maximum)
            entropyCoefficient = objective.entropy.coefficient
        }
    }

    /// The objective with the coefficients of the step that comes.
    public func current(_ objective: Objective) -> Objective {
        var current = objective
        if let kl { current.kl.coefficient = kl.coefficient }
        if let entropyCoefficient { current.entropy.coefficient = entropyCoefficient }
        return current
    }

    /// How many rollouts of a group to retain, its difficulty noted first; nil for the filter's k.
    ///
    /// - Throws: `nonFinite` where a reward is no number.
    public mutating func retained(of group: GroupNumbers) throws(ObjectiveError) -> Int? {
        let rewards = group.rewards.compactMap { $0 }
        guard retention != nil, !rewards.isEmpty else { return nil }
        return try retention?.retained(meanReward: average(rewards))
    }

    /// Takes what a step measured.
    ///
    /// - Parameters:
    ///   - divergence: mean KL a token to the reference, nats; nil where there is none.
    ///   - entropy: mean entropy a token, nats.
    ///   - samples: rollouts of the step.
    public mutating func observe(divergence: Double?, entropy measured: Double?, samples: Int) {
        if let divergence { kl?.observe(divergence, samples: samples) }
        guard let measured, measured.isFinite, entropy != nil else { return }
        _ = entropy?.observe(measured)
        entropyCoefficient = measured <= (entropy?.target ?? 0) ? entropy?.coefficient : 0
    }
}
