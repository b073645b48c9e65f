public import Rollouts

/// What an objective sees of one group: numbers only.
public struct GroupNumbers: Sendable, Equatable {
    /// Shape `[G]`: shaped rewards; nil where a rollout could not be scored.
    public var rewards: [Double?]
    /// Shape `[G]`: raw outcomes; nil where unknown.
    public var outcomes: [Double?]
    /// Shape `[G]`: tokens of each completion.
    public var lengths: [Int]
    /// Shape `[G]`: cut by the token limit.
    public var truncated: [Bool]
    /// Shape `[G][N]`: the components of each reward, for scales that take them apart.
    public var components: [[Double?]]
    /// Shape `[N]`: their weights.
    public var weights: [Double]

    /// A group from its parts.
    public init(
        rewards: [Double?], outcomes: [Double?], lengths: [Int], truncated: [Bool],
        components: [[Double?]] = [], weights: [Double] = []
    ) {
        self.components = components
        self.weights = weights
        self.rewards = rewards
        self.outcomes = outcomes
        self.lengths = lengths
        self.truncated = truncated
    }

    /// The numbers of a scored group; lengths count the sampled tokens.
    public init(_ group: RolloutGroup) {
        self.init(
            rewards: group.scores.map(\.reward), outcomes: group.scores.map(\.outcome),
            lengths: group.completions.map(\.tokens.count),
            truncated: group.completions.map(\.isTruncated),
            components: group.scores.map { $0.components.map(\.value) },
            weights: group.scores.first?.components.map(\.weight) ?? [])
    }

    /// Refuses shapes that differ, and numbers that are none.
    func check() throws(ObjectiveError) {
        let count = rewards.count
        guard count > 0 else { throw .empty(what: "the group") }
        for (what, found) in [
            ("outcomes", outcomes.count), ("lengths", lengths.count),
            ("truncated", truncated.count),
            ("components", components.isEmpty ? count : components.count),
        ] where found != count {
            throw .shapeMismatch(what: what, expected: count, found: found)
        }
        for index in 0..<count {
            if let reward = rewards[index], !reward.isFinite {
                throw .nonFinite(what: "the reward", rollout: index, token: nil)
            }
            // Squares of larger numbers overflow, and a standard deviation with them.
            if let reward = rewards[index], abs(reward) > 1e150 {
                throw .outOfRange(what: "the reward", rollout: index, value: reward)
            }
            if let outcome = outcomes[index], !outcome.isFinite {
                throw .nonFinite(what: "the outcome", rollout: index, token: nil)
            }
            if lengths[index] < 0 {
                throw .outOfRange(
                    what: "the length", rollout: index, value: Double(lengths[index]))
            }
        }
    }
}

/// What an objective makes of one group.
public struct GroupAssessment: Sendable, Equatable {
    /// Whether the group is trained on, or why not.
    public var gate: GateDecision
    /// Which rollouts the filter keeps; none of a rejected group.
    public var selection: Selection
    /// Shape `[G]`: 0 for rollouts that are dropped, unscored or masked.
    public var advantages: [Double]
    /// Shape `[G]`: whose tokens enter the loss.
    ///
    /// The others need no forward pass.
    public var trained: [Bool]

    /// An assessment from its parts.
    public init(
        gate: GateDecision, selection: Selection, advantages: [Double], trained: [Bool]
    ) {
        self.gate = gate
        self.selection = selection
        self.advantages = advantages
        self.trained = trained
    }

    /// Kept, and yet without a gradient: every advantage is 0.
    ///
    /// Count these.
    public var isDegenerate: Bool { gate.isKept && advantages.allSatisfy { $0 == 0 } }
}
