import Foundation

/// Chances of categories by how much the policy learns from each, which is its mean |advantage|.
///
/// `Q ← α·r + (1 − α)·Q` for the categories of a batch, and `p = softmax(Q/τ)`; those that were not drawn
/// keep their Q.
///
/// Source: SEC, arXiv:2505.14970.
public struct CategoryBandit: Sendable, Equatable, Codable {
    /// Q of each category.
    public private(set) var values: [Double]
    /// α.
    public let rate: Double
    /// τ.
    public let temperature: Double

    /// - Throws: `CurriculumError.outOfRange` for no category, a rate outside of 0…1 or a temperature of 0 or
    ///   less.
    public init(
        categories: Int, rate: Double = 0.5, temperature: Double = 0.5
    ) throws(CurriculumError) {
        guard categories > 0 else {
            throw .outOfRange(what: "the number of categories", value: Double(categories))
        }
        guard 0...1 ~= rate else { throw .outOfRange(what: "the rate", value: rate) }
        guard temperature > 0 else {
            throw .outOfRange(what: "the temperature", value: temperature)
        }
        values = Array(repeating: 0, count: categories)
        self.rate = rate
        self.temperature = temperature
    }

    /// Takes the mean |advantage| of each category of a batch.
    ///
    /// - Throws: `CurriculumError.outOfRange` for a category that there is not, or a number that is none;
    ///   then nothing is changed.
    public mutating func observe(_ rewards: [Int: Double]) throws(CurriculumError) {
        for (category, reward) in rewards {
            guard values.indices.contains(category) else {
                throw .outOfRange(what: "the category", value: Double(category))
            }
            guard reward.isFinite else { throw .outOfRange(what: "the advantage", value: reward) }
        }
        for (category, reward) in rewards {
            values[category] = rate * reward + (1 - rate) * values[category]
        }
    }

    /// The chance of each category.
    public var chances: [Double] { softmax(values, temperature: temperature) }
}

/// Chances of categories by an upper bound of what may be learned from each.
///
/// `U = L + √(2·ln(n + 1)/(n_j + 1))` with L the mean |advantage| of the category's last rollouts, n_j how
/// often it was drawn and n the sum; `p = softmax(U/τ)`.
///
/// Source: DUMP, arXiv:2504.09710 (τ 0.1, the last 300).
public struct ConfidenceBandit: Sendable, Equatable, Codable {
    /// The last |advantages| of each category.
    private var recent: [[Double]]
    /// How often each was drawn.
    public private(set) var draws: [Int]
    /// τ.
    public let temperature: Double
    /// How many |advantages| count.
    public let window: Int

    /// - Throws: `CurriculumError.outOfRange` for no category, no window or a temperature of 0 or less.
    public init(
        categories: Int, temperature: Double = 0.1, window: Int = 300
    ) throws(CurriculumError) {
        guard categories > 0 else {
            throw .outOfRange(what: "the number of categories", value: Double(categories))
        }
        guard window > 0 else { throw .outOfRange(what: "the window", value: Double(window)) }
        guard temperature > 0 else {
            throw .outOfRange(what: "the temperature", value: temperature)
        }
        recent = Array(repeating: [], count: categories)
        draws = Array(repeating: 0, count: categories)
        self.temperature = temperature
        self.window = window
    }

    /// Takes the |advantage| of each rollout of a category, drawn once each.
    ///
    /// - Throws: `CurriculumError.outOfRange` for a category that there is not, or a number that is none.
    public mutating func observe(
        _ category: Int, advantages: [Double]
    ) throws(CurriculumError) {
        guard draws.indices.contains(category) else {
            throw .outOfRange(what: "the category", value: Double(category))
        }
        for advantage in advantages where !advantage.isFinite {
            throw .outOfRange(what: "the advantage", value: advantage)
        }
        draws[category] += advantages.count
        recent[category] = (recent[category] + advantages.map { abs($0) }).suffix(window)
    }

    /// U of each category.
    public var bounds: [Double] {
        let total = Double(draws.reduce(0, +))
        return recent.indices.map { category in
            let seen = recent[category]
            let mean = seen.isEmpty ? 0 : seen.reduce(0, +) / Double(seen.count)
            return mean + (2 * log(total + 1) / Double(draws[category] + 1)).squareRoot()
        }
    }

    /// The chance of each category.
    public var chances: [Double] { softmax(bounds, temperature: temperature) }
}

/// `e^(x/τ)` over its sum.
func softmax(_ values: [Double], temperature: Double) -> [Double] {
    let most = values.max() ?? 0
    let weights = values.map { exp(($0 - most) / temperature) }
    let total = weights.reduce(0, +)
    return weights.map { $0 / total }
}
