import Foundation

/// A difficulty that follows the policy: up while rewards are above a goal, down while below.
///
/// `T ← clip(T + η·tanh(α(R̄ − β)), least…most)`; a batch is made of the problems nearest to T.
///
/// Source: AdaRFT, arXiv:2504.05520 (β 0.5, α 2, η 50, difficulties 0…100). Differs: its reference sampler
/// may draw a problem again at once; who draws here is told which problems are used.
public struct AdaptiveTarget: Sendable, Equatable, Codable {
    /// T.
    public private(set) var target: Double
    /// β, the mean reward at which T stays.
    public let goal: Double
    /// α, how sharply T answers.
    public let sharpness: Double
    /// η, the largest move.
    public let step: Double
    /// The least difficulty.
    public let least: Double
    /// The largest difficulty.
    public let most: Double

    /// - Throws: `CurriculumError.outOfRange` where there is no range or no step.
    public init(
        start: Double = 0, goal: Double = 0.5, sharpness: Double = 2, step: Double = 50,
        least: Double = 0, most: Double = 100
    ) throws(CurriculumError) {
        guard least < most else { throw .outOfRange(what: "the largest difficulty", value: most) }
        guard step > 0, sharpness > 0, step.isFinite, sharpness.isFinite else {
            throw .outOfRange(what: "the step", value: step)
        }
        target = min(max(start, least), most)
        self.goal = goal
        self.sharpness = sharpness
        self.step = step
        self.least = least
        self.most = most
    }

    /// Takes the mean reward of a batch; one that is no number changes nothing.
    public mutating func observe(meanReward: Double) {
        guard meanReward.isFinite else { return }
        target = min(max(target + step * tanh(sharpness * (meanReward - goal)), least), most)
    }

    /// The `count` problems nearest to T that are not used, the nearest first.
    ///
    /// - Parameter difficulties: shape `[N]`.
    public func select(
        _ count: Int, among difficulties: [Double], except used: Set<Int> = []
    ) -> [Int] {
        Array(
            nearest(difficulties.count, to: target, among: difficulties)
                .filter { !used.contains($0) }.prefix(max(0, count)))
    }
}
