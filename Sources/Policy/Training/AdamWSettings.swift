import Foundation

/// Numbers of AdamW (arXiv 1711.05101).
public struct AdamWSettings: Sendable, Equatable {
    /// Decay of the gradient's running mean.
    public var beta1: Float
    /// Decay of its running mean square.
    public var beta2: Float
    /// Added to the root of the mean square.
    public var epsilon: Float
    /// Decoupled decay; applies to matrices (the embedding too), not to norms and biases.
    public var weightDecay: Float
    /// Parameters that are treated apart; the first group that names one counts.
    public var groups: [ParameterGroup]

    /// Settings from their parts.
    public init(
        beta1: Float = 0.9, beta2: Float = 0.95, epsilon: Float = 1e-8, weightDecay: Float = 0.01,
        groups: [ParameterGroup] = []
    ) {
        self.beta1 = beta1
        self.beta2 = beta2
        self.epsilon = epsilon
        self.weightDecay = weightDecay
        self.groups = groups
    }

    /// Refuses numbers out of range.
    ///
    /// - Throws: `PolicyError.invalidSetting` naming the field.
    public func validate() throws(PolicyError) {
        for (field, value) in [("beta1", beta1), ("beta2", beta2)] where !(0..<1 ~= value) {
            throw .invalidSetting(field: field, reason: "is \(value), not in 0..<1")
        }
        guard epsilon.isFinite, epsilon > 0 else {
            throw .invalidSetting(field: "epsilon", reason: "is \(epsilon), not above 0")
        }
        for decay in [weightDecay] + groups.compactMap(\.weightDecay)
        where !(decay.isFinite && decay >= 0) {
            throw .invalidSetting(field: "weightDecay", reason: "is \(decay), below 0")
        }
        for group in groups where !(group.rateScale.isFinite && group.rateScale >= 0) {
            throw .invalidSetting(field: "rateScale", reason: "is \(group.rateScale), below 0")
        }
    }

    /// The share of the learning rate and the decay of one parameter.
    func treatment(of view: ParameterView) -> (rateScale: Float, decay: Float) {
        let usual = view.isMatrix ? weightDecay : 0
        guard let group = groups.first(where: { $0.names(view) }) else { return (1, usual) }
        return (group.rateScale, group.weightDecay ?? usual)
    }
}

/// Parameters that are trained at a rate or with a decay of their own.
public struct ParameterGroup: Sendable, Equatable {
    /// Names, with `*` for any text: `model.layers.0.*`, `*.bias`.
    public var pattern: String
    /// Times the learning rate; 0 leaves the parameters as they are.
    public var rateScale: Float
    /// Decoupled decay; nil for the usual one.
    public var weightDecay: Float?

    /// A group from its parts.
    public init(pattern: String, rateScale: Float = 1, weightDecay: Float? = nil) {
        self.pattern = pattern
        self.rateScale = rateScale
        self.weightDecay = weightDecay
    }

    func names(_ view: ParameterView) -> Bool { fnmatch(pattern, view.name, 0) == 0 }
}
