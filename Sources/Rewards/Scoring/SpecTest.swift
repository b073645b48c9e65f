public import Rollouts

/// What became of one example of a spec.
public struct ExampleOutcome: Sendable {
    /// One expectation that does not hold.
    public struct Mismatch: Sendable, Equatable {
        /// The component, `reward`, `outcome`, `status` or `extracted`.
        public var what: String
        /// As the example says.
        public var expected: String
        /// As the spec scores.
        public var found: String
        /// Why the spec scores so.
        public var reason: String
    }

    /// The example.
    public var example: RewardExample
    /// What the spec made of it.
    public var score: Score
    /// Empty where the example holds.
    public var mismatches: [Mismatch]
}

extension RewardScorer {
    /// How far a value may be from the expected one.
    static let tolerance = 1e-6

    /// Scores every example of the spec and compares.
    public func runExamples() -> [ExampleOutcome] {
        spec.examples.map { example in
            let scores = score([example.input])
            let score =
                scores.first
                ?? Score(reward: nil, outcome: nil, status: .infrastructureError)
            return ExampleOutcome(
                example: example, score: score, mismatches: Self.mismatches(example, score))
        }
    }

    private static func mismatches(
        _ example: RewardExample, _ score: Score
    ) -> [ExampleOutcome.Mismatch] {
        var found: [ExampleOutcome.Mismatch] = []
        func compare(_ what: String, _ expected: Double??, _ value: Double?, _ reason: String) {
            guard let expected, !near(expected, value) else { return }
            found.append(
                .init(
                    what: what, expected: text(expected), found: text(value), reason: reason))
        }
        for expectation in example.components {
            guard let component = score.components.first(where: { $0.name == expectation.name })
            else { continue }
            compare(expectation.name, expectation.value, component.value, component.reason)
            if let status = expectation.status, status != component.status {
                found.append(
                    .init(
                        what: "\(expectation.name).status", expected: status.rawValue,
                        found: component.status.rawValue, reason: component.reason))
            }
        }
        compare("reward", example.reward, score.reward, score.reason)
        compare("outcome", example.outcome, score.outcome, score.reason)
        if let status = example.status, status != score.status {
            found.append(
                .init(
                    what: "status", expected: status.rawValue, found: score.status.rawValue,
                    reason: score.reason))
        }
        if let extracted = example.extracted, extracted != score.extracted {
            found.append(
                .init(
                    what: "extracted", expected: "'\(extracted)'",
                    found: score.extracted.map { "'\($0)'" } ?? "nothing", reason: score.reason))
        }
        return found
    }

    private static func near(_ expected: Double?, _ value: Double?) -> Bool {
        switch (expected, value) {
        case (nil, nil): true
        case (let left?, let right?): abs(left - right) <= tolerance
        default: false
        }
    }

    private static func text(_ value: Double?) -> String { value.map { "\($0)" } ?? "null" }
}
