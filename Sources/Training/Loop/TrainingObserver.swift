public import Store

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
    /// Seconds of training after which the run ends early; nil for no bound.
    public var limit: Double?
    /// Named figures in the order to print, such as reward, accuracy, length, entropy.
    public var figures: [(name: String, value: Double)]
    /// The curriculum's stage, where there is one.
    public var stage: String?

    /// Seconds to go at the present rate, or until the limit where that comes first; nil before there is a rate.
    public var remainingSeconds: Double? {
        guard rate > 0 else { return nil }
        let left = Double(max(0, steps - step)) / rate
        return limit.map { min(left, max(0, $0 - seconds)) } ?? left
    }

    /// Progress from its parts.
    public init(
        phase: String, step: Int, steps: Int, seconds: Double, rate: Double, limit: Double? = nil,
        figures: [(name: String, value: Double)], stage: String? = nil
    ) {
        self.phase = phase
        self.step = step
        self.steps = steps
        self.seconds = seconds
        self.rate = rate
        self.limit = limit
        self.figures = figures
        self.stage = stage
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
    /// A step is done and written.
    func finished(_ times: StepTimes)
}

extension TrainingObserver {
    /// Most watchers have no use for it.
    public func finished(_ times: StepTimes) {}
}

/// Where the time of a step went.
public struct StepTimes: Sendable {
    /// The whole step.
    public var step = Elapsed()
    /// Reading problems from the store.
    public var reading = Elapsed()
    /// Putting metrics, rollouts and the schedule's state into the store.
    public var recording = Elapsed()
    /// Appending to the metric files.
    public var publishing = Elapsed()
    /// When the step began, and what the store had taken by then.
    let begin = Elapsed.now
    let insideStore: Elapsed

    init(insideStore: Elapsed) { self.insideStore = insideStore }
}
