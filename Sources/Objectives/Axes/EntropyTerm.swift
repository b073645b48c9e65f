/// The bonus for uncertainty, `−α·mean H`.
public struct EntropyTerm: Sendable, Equatable {
    /// α, or where the controller starts.
    public var coefficient: Double
    /// What holds the entropy at a target; nil for a constant α.
    public var control: Control?

    /// How α moves: Skywork-OR1, arXiv:2505.22312.
    public struct Control: Sendable, Equatable {
        /// The entropy to hold, nats.
        public var target: Double
        /// How much α moves a step.
        public var step: Double
        /// The largest α.
        public var maximum: Double

        /// A controller from its numbers.
        public init(target: Double = 0.2, step: Double = 0.005, maximum: Double = 1) {
            self.target = target
            self.step = step
            self.maximum = maximum
        }
    }

    /// A term from its parts.
    public init(coefficient: Double = 0, control: Control? = nil) {
        self.coefficient = coefficient
        self.control = control
    }

    /// No bonus.
    public static let none = EntropyTerm()
}
