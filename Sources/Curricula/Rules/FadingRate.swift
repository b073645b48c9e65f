import Foundation

/// A success rate in which old outcomes weigh less: what a policy solves now, not what it once did.
///
/// Rule: an outcome of `t` steps ago has weight 2^(−t / half-life); the estimate is the weighted mean.
public struct FadingRate: Sendable, Equatable {
    /// Steps after which an outcome counts half.
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
    public mutating func observe(attempts count: Int, successes sum: Double, step: Int) {
        let weight = exp2(-Double(max(0, step - lastStep)) / Self.halfLife)
        attempts = attempts * weight + Double(count)
        successes = successes * weight + sum
        lastStep = max(lastStep, step)
    }
}
