import Foundation

/// How the learning rate goes over a run.
public struct LearningRateSchedule: Sendable, Equatable {
    /// What comes after the rise.
    public enum Shape: String, Sendable, Codable, CaseIterable {
        /// The rate stays.
        case constant
        /// It falls on a straight line to the final share.
        case linear
        /// It falls along half a cosine to the final share.
        case cosine
    }

    /// What comes after the rise.
    public var shape: Shape
    /// Steps over which the rate rises from 0 on a straight line.
    public var warmupSteps: Int
    /// Steps of the run, the rise included; after them the final share stays.
    public var totalSteps: Int
    /// Share of the rate that is left at the end.
    public var finalShare: Double

    /// A schedule from its parts.
    public init(
        shape: Shape = .constant, warmupSteps: Int = 0, totalSteps: Int = 0,
        finalShare: Double = 0
    ) {
        self.shape = shape
        self.warmupSteps = warmupSteps
        self.totalSteps = totalSteps
        self.finalShare = finalShare
    }

    /// The share of the rate in step number `step`, from 0.
    public func share(step: Int) -> Double {
        if step < warmupSteps { return Double(step + 1) / Double(warmupSteps) }
        let length = totalSteps - warmupSteps
        let passed = length > 0 ? min(1, Double(step - warmupSteps) / Double(length)) : 1
        switch shape {
        case .constant: return 1
        case .linear: return 1 - (1 - finalShare) * passed
        case .cosine: return finalShare + (1 - finalShare) * (1 + cos(.pi * passed)) / 2
        }
    }
}
