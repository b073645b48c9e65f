import Rollouts

/// A reward that is computed from other rewards of the spec.
protocol DerivedReward: RewardFunction {
    /// Over the names of these rewards.
    var formula: RewardFormula { get }
}

extension DerivedReward {
    /// The scorer evaluates the formula; on its own the reward has nothing to look at.
    public func score(group: [ScoringInput]) -> [RewardResult] {
        group.map { _ in
            .unscored(.infrastructureError, "\(Self.type) needs the other rewards of a spec")
        }
    }
}

/// Arithmetic over other rewards: `formula: 'max(math, 0.5 * judge)'`.
public struct FormulaReward: DerivedReward {
    /// `formula`.
    public static let type = "formula"
    let formula: RewardFormula

    /// Reads `formula`.
    public init(_ settings: inout SpecReader) throws(RewardError) {
        formula = try settings.formula("formula")
    }
}

/// The greatest of several rewards: a completion is right where a rule or a judge says so.
///
/// Source: QwenLong-L1, arXiv:2505.17667, section 3.3 (hybrid reward).
public struct MaxReward: DerivedReward {
    /// `max`.
    public static let type = "max"
    let formula: RewardFormula

    /// Reads `of`.
    public init(_ settings: inout SpecReader) throws(RewardError) {
        formula = RewardFormula(.max, of: try settings.names("of"))
    }
}

/// The least of several rewards: all of them must hold.
public struct MinReward: DerivedReward {
    /// `min`.
    public static let type = "min"
    let formula: RewardFormula

    /// Reads `of`.
    public init(_ settings: inout SpecReader) throws(RewardError) {
        formula = RewardFormula(.min, of: try settings.names("of"))
    }
}

/// The product of several rewards.
public struct ProductReward: DerivedReward {
    /// `product`.
    public static let type = "product"
    let formula: RewardFormula

    /// Reads `of`.
    public init(_ settings: inout SpecReader) throws(RewardError) {
        formula = RewardFormula(productOf: try settings.names("of"))
    }
}

extension SpecReader {
    /// The formula of `key`, which must be there.
    mutating func formula(_ key: String) throws(RewardError) -> RewardFormula {
        let text = try requiredString(key)
        do {
            return try RewardFormula(text)
        } catch {
            throw .badValue(
                valuePlace(of: key), key: key,
                problem: "is no formula: \(error.reason) (at byte \(error.offset) of '\(text)')")
        }
    }

    /// Names of other rewards: at least one, each once.
    mutating func names(_ key: String) throws(RewardError) -> [String] {
        guard let names = try strings(key) else { throw missing(key) }
        guard !names.isEmpty, names.count <= 64, Set(names).count == names.count else {
            throw .badValue(
                valuePlace(of: key), key: key, problem: "must name rewards, each once")
        }
        return names
    }
}
