/// Weights of what a blended filter ranks by.
public struct FilterBlend: Sendable, Equatable {
    /// Of the length, tokens; below 0 prefers the short.
    public var length: Double
    /// Of the reward.
    public var reward: Double
    /// Of the reward a token; a negative reward is not divided, so that length does not mend it.
    public var efficiency: Double

    /// Weights; left out, each is 0.
    public init(length: Double = 0, reward: Double = 0, efficiency: Double = 0) {
        self.length = length
        self.reward = reward
        self.efficiency = efficiency
    }

    /// The blend of every scored rollout, larger is better.
    func keys(rewards: [Double?], lengths: [Int]) -> [(index: Int, key: Double)] {
        let scored = rewards.indices.filter { rewards[$0] != nil }
        let values = scored.compactMap { rewards[$0] }
        let tokens = scored.map { Double(max(1, lengths[$0])) }
        let efficiencies = zip(values, tokens).map { $0 >= 0 ? $0 / $1 : $0 }
        var keys = Array(repeating: 0.0, count: scored.count)
        for (weight, column) in [
            (length, tokens), (reward, values), (efficiency, efficiencies),
        ] where weight != 0 {
            let standard = groupAdvantages(
                column, scale: .standardDeviation(ddof: 0, epsilon: 0))
            for index in keys.indices { keys[index] += weight * standard[index] }
        }
        return zip(scored, keys).map { ($0, $1) }
    }
}
