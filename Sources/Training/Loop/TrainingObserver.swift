/// Where a run stands, for a progress line.
public struct TrainingProgress: Sendable {
    /// `warm-up`, or the name of the arm.
    public var phase: String
    /// Finished steps.
    public var step: Int
    /// Steps in all.
    public var steps: Int
    /// Seconds of training so far.
    public var seconds: Double
    /// Steps a second over the last steps.
    public var rate: Double
    /// Named figures in the order to print, such as reward, accuracy, length, entropy.
    public var figures: [(name: String, value: Double)]
    /// The curriculum's stage, where there is one.
    public var stage: String?

    /// Seconds to go at the present rate; nil before there is one.
    public var remainingSeconds: Double? {
        rate > 0 ? Double(steps - step) / rate : nil
    }
}

/// Who watches a run.
///
/// Calls come from the training thread, between steps.
public protocol TrainingObserver {
    /// Something worth a line of its own: an import, a promotion, a checkpoint, an evaluation.
    func notice(_ text: String)
    /// A step is done.
    func progress(_ progress: TrainingProgress)
}
