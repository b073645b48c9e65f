import Rewards
import Rollouts

/// A reward with a fixed answer, for composing specs in tests.
struct FixedReward: RewardFunction {
    static let type = "fixed"
    var results: [RewardResult]

    init(_ results: [RewardResult]) { self.results = results }

    init(_ settings: inout SpecReader) throws(RewardError) {
        results = [RewardResult(value: try settings.double("value", default: 1), reason: "fixed")]
    }

    func score(group: [ScoringInput]) -> [RewardResult] { results }
}

/// The spec's error, or nil where it is good.
func specError(_ yaml: String) -> RewardError? {
    do {
        _ = try RewardSpec.parse(yaml: yaml, file: "s.yaml")
        return nil
    } catch {
        return error
    }
}

/// A scorer for the text of a spec.
func scorer(_ yaml: String) throws -> RewardScorer {
    try RewardScorer(try RewardSpec.parse(yaml: yaml, file: "s.yaml"))
}

/// A component that gives one result.
func fixed(
    _ name: String, _ value: Double?, weight: Double = 1, status: ScoreStatus = .scored,
    onlyIf: String? = nil
) -> RewardSpec.Component {
    RewardSpec.Component(
        name: name, weight: weight, onlyIf: onlyIf,
        function: FixedReward([RewardResult(value: value, status: status, reason: "because")]))
}
