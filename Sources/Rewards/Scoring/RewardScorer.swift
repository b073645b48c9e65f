public import Rollouts

/// Scores completions by a spec.
///
/// A value may be used from any number of threads at once; equal inputs give equal scores.
public final class RewardScorer: Sendable {
    /// The spec that it follows.
    public let spec: RewardSpec
    private let outcomeIndex: Int
    /// Index of the gating component, or nil, for each component.
    private let gates: [Int?]

    /// A scorer for `spec`.
    ///
    /// - Throws: what makes a spec composed in code unusable: a name twice or unknown, a weight that
    ///   is not finite.
    public init(_ spec: RewardSpec) throws(RewardError) {
        let place = SourcePlace(file: spec.file, line: 1, column: 1)
        let names = spec.components.map(\.name)
        for (index, component) in spec.components.enumerated() {
            guard !names[..<index].contains(component.name) else {
                throw .duplicateName(place, name: component.name)
            }
            guard component.weight.isFinite else {
                throw .badValue(place, key: "weight", problem: "must be finite")
            }
            if let gate = component.onlyIf {
                try RewardSpec.checkGate(gate, of: component, among: spec.components, at: place)
            }
        }
        guard let outcome = names.firstIndex(of: spec.outcome) else {
            throw .unknownReward(place, key: "outcome", name: spec.outcome, known: names)
        }
        self.spec = spec
        outcomeIndex = outcome
        gates = spec.components.map { $0.onlyIf.flatMap(names.firstIndex(of:)) }
    }

    /// One score a completion, in order; all of `group` answer the same problem.
    public func score(_ group: [ScoringInput]) -> [Score] { score(batch: [group])[0] }

    /// The scores of several groups, each as `score(_:)` would give them.
    public func score(batch: [[ScoringInput]]) -> [[Score]] {
        let columns = spec.components.map { results(of: $0.function, for: batch) }
        return batch.indices.map { group in
            batch[group].indices.map { row in
                combine(gated(columns.map { $0[group][row] }))
            }
        }
    }

    /// What the function says, made to keep its promises: one finite value or a reason each.
    private func results(
        of function: any RewardFunction, for batch: [[ScoringInput]]
    ) -> [[RewardResult]] {
        let results = function.score(batch: batch)
        guard results.map(\.count) == batch.map(\.count) else {
            let (given, wanted) = (results.joined().count, batch.joined().count)
            let fault = RewardResult.unscored(
                .infrastructureError,
                "the reward gave \(given) results for \(wanted) completions")
            return batch.map { $0.map { _ in fault } }
        }
        return results.map(Self.checked)
    }

    private static func checked(_ results: [RewardResult]) -> [RewardResult] {
        results.map { result in
            var result = result
            switch (result.value, result.status.carriesValue) {
            case (let value?, true) where value.isFinite: break
            case (let value?, true):
                result = .unscored(.infrastructureError, "the reward gave \(value)")
            case (nil, true):
                result = .unscored(.infrastructureError, "the reward gave no value and no reason")
            case (_, false): result.value = nil
            }
            return result
        }
    }

    private func gated(_ results: [RewardResult]) -> [RewardResult] {
        zip(results, gates).map { result, gate in
            guard let gate else { return result }
            let name = spec.components[gate].name
            guard let value = results[gate].value else {
                return .unscored(results[gate].status, "waits for \(name), which has no value")
            }
            guard value >= 0.5 else {
                return RewardResult(
                    value: 0, reason: "not paid: \(name) is \(value)", extracted: result.extracted)
            }
            return result
        }
    }

    private func combine(_ results: [RewardResult]) -> Score {
        let components = zip(spec.components, results).map { component, result in
            ComponentScore(
                name: component.name, value: result.value, weight: component.weight,
                status: result.status, reason: result.reason)
        }
        let outcome = results[outcomeIndex]
        var score = Score(
            reward: nil, outcome: outcome.value, status: outcome.status, components: components,
            extracted: outcome.extracted ?? results.lazy.compactMap(\.extracted).first,
            gold: outcome.gold, reason: outcome.reason)
        guard outcome.value != nil else { return score }
        var total = 0.0
        for (index, component) in components.enumerated() {
            if let value = component.value {
                total += component.weight * value
            } else if component.weight != 0, spec.onUnscored == .mask, index != outcomeIndex {
                score.status = component.status
                score.reason = "\(component.name): \(component.reason)"
                return score
            }
        }
        guard total.isFinite else {
            score.status = .infrastructureError
            score.reason = "the weighted sum is not finite"
            return score
        }
        // A sum of −0 and 0 is written as plain 0.
        score.reward = total == 0 ? 0 : total
        return score
    }
}
