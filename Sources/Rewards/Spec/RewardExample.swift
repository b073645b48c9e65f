public import Rollouts

/// A completion and what the spec must say of it.
public struct RewardExample: Sendable {
    /// What a component must come to; nil parts are not checked.
    public struct ComponentExpectation: Sendable {
        /// Name of the component.
        public var name: String
        /// The value; the inner nil demands that there is none.
        public var value: Double??
        /// The status.
        public var status: ScoreStatus?
    }

    /// Where it stands.
    public var place: SourcePlace
    /// A few words, or empty.
    public var name: String
    /// What is scored.
    public var input: ScoringInput
    /// Expected components.
    public var components: [ComponentExpectation]
    /// Expected total; the inner nil demands that there is none.
    public var reward: Double??
    /// Expected raw outcome; the inner nil demands that there is none.
    public var outcome: Double??
    /// Expected status of the whole.
    public var status: ScoreStatus?
    /// Expected extracted answer.
    public var extracted: String?
}
