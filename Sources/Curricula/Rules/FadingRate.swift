import Foundation

/// A success rate in which old outcomes weigh less: what a policy solves now, not what it once did.
///
/// Rule: an outcome of `t` steps ago has weight 2^(−t / half-life); the estimate is the weighted mean.
public struct FadingRate: Sendable, Equatable, Codable {
    /// Steps after which an outcome counts half, where nothing else is said.
    public static let halfLife = 100.0

    /// Sum of weights: how much there is to go by.
    public private(set) var attempts: Double
    /// Sum of weighted outcomes.
    public private(set) var successes: Double
    /// The step of the newest outcome.
    public private(set) var lastStep: Int

    /// A rate that was stored, or the empty one.
    public init(attempts: Double = 0, successes: Double = 0, lastStep: Int = 0) {
        self.attempts = attempts
        self.successes = successes
        self.lastStep = lastStep
    }

    /// The weighted mean; nil before the first outcome.
    public var mean: Double? { attempts > 0 ? successes / attempts : nil }

    /// Takes the outcomes of a step, which is never earlier than the last one taken.
    public mutating func observe(
        attempts count: Int, successes sum: Double, step: Int, halfLife: Double = Self.halfLife
    ) {
        let weight = weight(at: step, halfLife: halfLife)
        attempts = attempts * weight + Double(count)
        successes = successes * weight + sum
        lastStep = max(lastStep, step)
    }

    /// The rate at a later step, at which what is `expected` counts as one outcome: with age it wins.
    public func mean(at step: Int, expected: Double, halfLife: Double = Self.halfLife) -> Double {
        let weight = weight(at: step, halfLife: halfLife)
        return (successes * weight + expected) / (attempts * weight + 1)
    }

    private func weight(at step: Int, halfLife: Double) -> Double {
        exp2(-Double(max(0, step - lastStep)) / halfLife)
    }
}
