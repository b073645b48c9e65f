import Synchronization

/// How far a scoring run is; whoever shows progress looks here now and then.
public final class ScoringProgress: Sendable {
    private let summary = Mutex(ScoringSummary())

    /// Nothing done yet.
    public init() {}

    /// What has been written so far.
    public var current: ScoringSummary { summary.withLock { $0 } }

    func add(_ part: ScoringSummary) { summary.withLock { $0.add(part) } }
}
