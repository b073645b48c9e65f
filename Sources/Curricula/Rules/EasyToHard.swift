import Foundation

/// Chances of levels that move from easy to hard over a run, and never forget one.
///
/// Source: E2H, arXiv:2506.06632.
public enum EasyToHard: Sendable, Equatable, Codable {
    /// From chances that fall with the level to chances that rise, along half a cosine, each at least that
    /// of the rarest.
    case cosine
    /// A bell that wanders up: its middle is at `(t/T)^power` of the way, and each level has at least
    /// `floor`.
    case gaussian(power: Double = 0.5, deviation: Double = 0.5, floor: Double = 0)

    /// The chance of each of K levels, easy first, after a share t/T of the run.
    ///
    /// - Throws: `CurriculumError.outOfRange` for no level, a share outside of 0…1, a deviation of 0 or
    ///   less, or floors that add up to more than 1.
    public func chances(levels: Int, share: Double) throws(CurriculumError) -> [Double] {
        guard levels > 0 else {
            throw .outOfRange(what: "the number of levels", value: Double(levels))
        }
        guard 0...1 ~= share else { throw .outOfRange(what: "the share of the run", value: share) }
        let count = Double(levels)
        switch self {
        case .cosine:
            let early = 0.5 * (1 + cos(.pi * share))
            let total = count * (count + 1) / 2
            let weights = (0..<levels).map { level in
                let falling = (count - Double(level)) / total
                let rising = Double(level + 1) / total
                return max(early * falling + (1 - early) * rising, 1 / total)
            }
            let sum = weights.reduce(0, +)
            return weights.map { $0 / sum }
        case .gaussian(let power, let deviation, let floor):
            guard deviation > 0 else { throw .outOfRange(what: "the deviation", value: deviation) }
            guard floor >= 0, floor * count <= 1 else {
                throw .outOfRange(what: "the floor", value: floor)
            }
            let middle = pow(share, power) * (count - 1)
            // The nearest level's exponent is taken off, so that a narrow bell keeps a sum above 0.
            let exponents = (0..<levels).map {
                -pow(Double($0) - middle, 2) / (2 * deviation * deviation)
            }
            let bell = softmax(exponents, temperature: 1)
            return bell.map { floor + (1 - count * floor) * $0 }
        }
    }
}
