/// Chances of problems by how often the policy solves them.
public enum SuccessWeights: String, Sendable, Equatable, CaseIterable {
    /// ∝ 1 − s: what fails is drawn more. Kimi k1.5, arXiv:2501.12599.
    case failure
    /// ∝ s(1 − s): what is solved half the time teaches most.
    case learnability

    /// The weight of one success rate, in 0…1.
    public func weight(_ rate: Double) -> Double {
        switch self {
        case .failure: 1 - rate
        case .learnability: rate * (1 - rate)
        }
    }

    /// Chances that add up to 1; uniform where no problem has a weight.
    ///
    /// - Parameter rates: shape `[N]`: success rates.
    /// - Throws: `CurriculumError.outOfRange` for a rate outside of 0…1.
    public func chances(_ rates: [Double]) throws(CurriculumError) -> [Double] {
        for rate in rates where !(0...1 ~= rate) {
            throw .outOfRange(what: "the success rate", value: rate)
        }
        let weights = rates.map(weight)
        let total = weights.reduce(0, +)
        guard total > 0 else { return rates.map { _ in 1 / Double(rates.count) } }
        return weights.map { $0 / total }
    }

    /// The `count` problems of largest weight, the earlier of equals first.
    ///
    /// With `learnability` it is LILO's choice among a pool.
    ///
    /// - Throws: `CurriculumError.outOfRange` for a rate outside of 0…1.
    public func best(_ count: Int, of rates: [Double]) throws(CurriculumError) -> [Int] {
        _ = try chances(rates)
        let order = rates.indices.sorted { (-weight(rates[$0]), $0) < (-weight(rates[$1]), $1) }
        return Array(order.prefix(max(0, count)))
    }
}

/// Indices of the values nearest to a goal, the nearest first, the earlier of equals first.
///
/// With predicted success rates and ½ it is PCL's choice among candidates.
public func nearest(_ count: Int, to goal: Double, among values: [Double]) -> [Int] {
    let order = values.indices.sorted {
        (abs(values[$0] - goal), $0) < (abs(values[$1] - goal), $1)
    }
    return Array(order.prefix(max(0, count)))
}
