/// Phases of growing length, and the hard problems that are carried from one to the next.
///
/// Source: QwenLong-L1, arXiv:2505.17667 (20,000 and 60,000 tokens).
public struct LengthPhases: Sendable, Equatable, Codable {
    /// The most tokens of each phase, ascending.
    public let bounds: [Int]

    /// - Throws: `CurriculumError.outOfRange` unless the bounds are above 0 and ascend.
    public init(bounds: [Int]) throws(CurriculumError) {
        var before = 0
        for bound in bounds {
            guard bound > before else {
                throw .outOfRange(what: "the bound of a phase", value: Double(bound))
            }
            before = bound
        }
        guard !bounds.isEmpty else { throw .outOfRange(what: "the number of phases", value: 0) }
        self.bounds = bounds
    }

    /// The phase in which a problem of so many tokens is trained; nil for one that is longer than all.
    public func phase(tokens: Int) -> Int? { bounds.firstIndex { tokens <= $0 } }

    /// `1 / max(mean reward, ε)`: the importance of a problem.
    public static func difficulty(meanReward: Double, epsilon: Double = 1e-6) -> Double {
        1 / max(meanReward, epsilon)
    }

    /// Whether a problem of an earlier phase is carried on: those that were never solved.
    public static func isRetained(meanReward: Double) -> Bool { meanReward <= 0 }
}
