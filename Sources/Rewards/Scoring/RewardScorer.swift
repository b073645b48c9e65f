import Objectives
public import Rollouts

/// Scores completions by a spec.
///
/// A value may be used from any number of threads at once; equal inputs give equal scores.
public final class RewardScorer: Sendable {
    /// The spec that it follows.
    public let spec: RewardSpec
    private let outcomeIndex: Int
    /// Components in an order in which each comes after those that it refers to.
    private let order: [Int]
    /// Indices of the gating components, or nil, for each component.
    private let gates: [(onlyIf: Int?, unless: Int?)]
    /// For each derived component its formula and the components that it names.
    private let formulas: [(formula: RewardFormula, operands: [Int])?]
    private let total: (formula: RewardFormula, operands: [Int])?

    /// A scorer for `spec`.
    ///
    /// - Throws: what makes a spec composed in code unusable: a name twice or unknown, a weight that
    ///   is not finite, components that wait for one another.
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
        }
        order = try RewardSpec.order(of: spec.components) { _, _ in place }
        guard let outcome = names.firstIndex(of: spec.outcome) else {
            throw .unknownReward(place, key: "outcome", name: spec.outcome, known: names)
        }
        if let name = spec.total?.names.first(where: { !names.contains($0) }) {
            throw .unknownReward(place, key: "total", name: name, known: names)
        }
        guard (spec.combination == .formula) == (spec.total != nil) else {
            throw .missingKey(place, key: "total", of: "combine: formula")
        }
        func operands(_ formula: RewardFormula) -> [Int] {
            formula.names.compactMap { names.firstIndex(of: $0) }
        }
        self.spec = spec
        outcomeIndex = outcome
        gates = spec.components.map { component in
            (
                component.onlyIf.flatMap { names.firstIndex(of: $0) },
                component.unless.flatMap { names.firstIndex(of: $0) }
            )
        }
        formulas = spec.components.map { component in
            (component.function as? any DerivedReward).map { ($0.formula, operands($0.formula)) }
        }
        total = spec.total.map { ($0, operands($0)) }
    }

    /// One score a completion, in order; all of `group` answer the same problem.
    public func score(_ group: [ScoringInput]) -> [Score] { score(batch: [group])[0] }

    /// The scores of several groups, each as `score(_:)` would give them.
    public func score(batch: [[ScoringInput]]) -> [[Score]] {
        var seconds: [Double] = []
        return score(batch: batch, seconds: &seconds)
    }

    /// The scores, and how long each group took.
    func score(batch: [[ScoringInput]], seconds: inout [Double]) -> [[Score]] {
        seconds = [Double](repeating: 0, count: batch.count)
        // Shape [component][group][completion].
        var columns = [[[RewardResult]]](
            repeating: batch.map { _ in [] }, count: spec.components.count)
        for index in order { columns[index] = column(index, of: batch, columns, &seconds) }
        return batch.indices.map { group in
            let rows = batch[group].indices.map {
                RowView(columns: columns, group: group, row: $0)
            }
            return normalized(rows.map(combine), rows)
        }
    }

    /// What all components say of one completion.
    private struct RowView {
        let columns: [[[RewardResult]]]
        let group: Int
        let row: Int

        subscript(component: Int) -> RewardResult { columns[component][group][row] }
        var extracted: String? { columns.lazy.compactMap { $0[group][row].extracted }.first }
        var gold: String? { columns.lazy.compactMap { $0[group][row].gold }.first }
    }

    // MARK: One component

    private func column(
        _ index: Int, of batch: [[ScoringInput]], _ columns: [[[RewardResult]]],
        _ seconds: inout [Double]
    ) -> [[RewardResult]] {
        let component = spec.components[index]
        if let (formula, operands) = formulas[index] {
            return batch.indices.map { group in
                batch[group].indices.map { row in
                    let inputs = operands.map { columns[$0][group][row] }
                    return gated(
                        transformed(derived(formula, inputs), component), index, columns,
                        (group, row))
                }
            }
        }
        var asked = batch
        let isCostly =
            component.function.traits.basis == .external
            && !component.function.traits.comparesGroup
        if isCostly {
            // What a gate refuses is not sent to a program or a judge.
            asked = batch.indices.map { group in
                batch[group].indices.filter {
                    refusal(of: index, columns, (group, $0), nil) == nil
                }
                .map { batch[group][$0] }
            }
        }
        let results = results(of: component.function, for: asked, &seconds)
        if component.transform.isIdentity, gates[index].onlyIf == nil, gates[index].unless == nil {
            return results
        }
        return batch.indices.map { group in
            var rest = results[group][...]
            return batch[group].indices.map { row in
                if isCostly, let refused = refusal(of: index, columns, (group, row), nil) {
                    return refused
                }
                let result =
                    rest.popFirst()
                    ?? .unscored(.infrastructureError, "the reward gave no result")
                return gated(transformed(result, component), index, columns, (group, row))
            }
        }
    }

    private func derived(_ formula: RewardFormula, _ inputs: [RewardResult]) -> RewardResult {
        if let value = formula.value(inputs.map(\.value)) {
            return Self.checked(
                RewardResult(value: value, reason: formula.source, extracted: extracted(inputs)))
        }
        let missing = zip(formula.names, inputs).first { $0.1.value == nil }
        return .unscored(
            missing?.1.status ?? .infrastructureError,
            "waits for \(missing?.0 ?? "a reward"), which has no value")
    }

    private func transformed(
        _ result: RewardResult, _ component: RewardSpec.Component
    ) -> RewardResult {
        guard let value = result.value else { return result }
        var result = result
        result.value = component.transform(value)
        return Self.checked(result)
    }

    /// What the function says, made to keep its promises: one finite value or a reason each.
    private func results(
        of function: any RewardFunction, for batch: [[ScoringInput]], _ seconds: inout [Double]
    ) -> [[RewardResult]] {
        if function.traits.basis == .external {
            let results = kept(function.score(batch: batch), for: batch)
            for group in results.indices {
                seconds[group] += results[group].reduce(0) { $0 + $1.seconds }
            }
            return results
        }
        var start = ContinuousClock.now
        return batch.indices.map { group in
            let results = kept(function.score(group: batch[group]), for: batch[group])
            let end = ContinuousClock.now
            seconds[group] += (end - start) / .seconds(1)
            start = end
            return results
        }
    }

    /// One result a completion, whatever the function gave.
    private func kept(_ results: [RewardResult], for group: [ScoringInput]) -> [RewardResult] {
        guard results.count == group.count else {
            let fault = RewardResult.unscored(
                .infrastructureError,
                "the reward gave \(results.count) results for \(group.count) completions")
            return group.map { _ in fault }
        }
        // Copies cost as much as scoring does where all is well, as it mostly is.
        return results.allSatisfy(Self.isSound) ? results : results.map(Self.checked)
    }

    /// The same for groups.
    private func kept(
        _ results: [[RewardResult]], for batch: [[ScoringInput]]
    ) -> [[RewardResult]] {
        guard results.map(\.count) == batch.map(\.count) else {
            let (given, wanted) = (results.joined().count, batch.joined().count)
            let fault = RewardResult.unscored(
                .infrastructureError,
                "the reward gave \(given) results for \(wanted) completions")
            return batch.map { $0.map { _ in fault } }
        }
        return zip(results, batch).map { kept($0, for: $1) }
    }

    private static func isSound(_ result: RewardResult) -> Bool {
        result.status.carriesValue ? result.value?.isFinite == true : result.value == nil
    }

    private static func checked(_ result: RewardResult) -> RewardResult {
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

    // MARK: Gates

    private func gated(
        _ result: RewardResult, _ index: Int, _ columns: [[[RewardResult]]], _ row: (Int, Int)
    ) -> RewardResult {
        refusal(of: index, columns, row, result.extracted) ?? result
    }

    /// What a gate says where it does not let a component pay; nil where it does.
    private func refusal(
        of index: Int, _ columns: [[[RewardResult]]], _ row: (Int, Int), _ extracted: String?
    ) -> RewardResult? {
        for (gate, pays) in [(gates[index].onlyIf, true), (gates[index].unless, false)] {
            guard let gate else { continue }
            let name = spec.components[gate].name
            let result = columns[gate][row.0][row.1]
            guard let value = result.value else {
                return .unscored(result.status, "waits for \(name), which has no value")
            }
            if (value >= 0.5) != pays {
                return RewardResult(
                    value: 0, reason: "not paid: \(name) is \(value)", extracted: extracted)
            }
        }
        return nil
    }

    // MARK: The total

    private func extracted(_ results: [RewardResult]) -> String? {
        results.lazy.compactMap(\.extracted).first
    }

    private func combine(_ results: RowView) -> Score {
        let components = spec.components.indices.map { index in
            let (component, result) = (spec.components[index], results[index])
            return ComponentScore(
                name: component.name, value: result.value, weight: component.weight,
                status: result.status, reason: result.reason)
        }
        let outcome = results[outcomeIndex]
        var score = Score(
            reward: nil, outcome: outcome.value, status: outcome.status, components: components,
            extracted: outcome.extracted ?? results.extracted,
            gold: outcome.gold ?? results.gold, reason: outcome.reason)
        guard outcome.value != nil else { return score }
        if let (formula, operands) = total {
            guard let value = formula.value(operands.map { results[$0].value }) else {
                return without(operands.first { results[$0].value == nil } ?? outcomeIndex, &score)
            }
            return finish(value, &score)
        }
        var counted: [Double] = []
        for (index, component) in components.enumerated() where component.weight != 0 {
            if let value = component.value {
                counted.append(
                    spec.combination == .weightedSum ? component.weight * value : value)
            } else if spec.onUnscored == .mask, index != outcomeIndex {
                return without(index, &score)
            }
        }
        guard !counted.isEmpty || components.allSatisfy({ $0.weight == 0 }) else {
            // Of nothing there is no product, and no lowest or highest.
            return without(components.firstIndex { $0.weight != 0 } ?? outcomeIndex, &score)
        }
        let value: Double =
            switch spec.combination {
            case .weightedSum, .formula: counted.reduce(0, +)
            case .product: counted.reduce(1, *)
            case .min: counted.min() ?? 0
            case .max: counted.max() ?? 0
            }
        return finish(value, &score)
    }

    private func without(_ index: Int, _ score: inout Score) -> Score {
        let component = score.components[index]
        score.status = component.status
        score.reason = "\(component.name): \(component.reason)"
        return score
    }

    private func finish(_ value: Double, _ score: inout Score) -> Score {
        guard value.isFinite else {
            score.status = .infrastructureError
            score.reason = "the total is not finite"
            return score
        }
        let bounded = spec.clip.map { min(max(value, $0.lowerBound), $0.upperBound) } ?? value
        // A sum of −0 and 0 is written as plain 0.
        score.reward = bounded == 0 ? 0 : bounded
        return score
    }

    /// The scores of a group with each part brought to one scale, where the spec says so.
    private func normalized(_ scores: [Score], _ rows: [RowView]) -> [Score] {
        guard spec.normalization == .gdpo else { return scores }
        let kept = scores.indices.filter { scores[$0].reward != nil }
        var sums = [Double](repeating: 0, count: kept.count)
        for (index, component) in spec.components.enumerated() where component.weight != 0 {
            // A part that was skipped for some completions is normalised over the others.
            let known = kept.indices.filter { rows[kept[$0]][index].value != nil }
            let z = groupAdvantages(
                known.map { rows[kept[$0]][index].value ?? 0 },
                scale: .standardDeviation(ddof: 1, epsilon: 1e-4))
            for (place, value) in zip(known, z) { sums[place] += component.weight * value }
        }
        var scores = scores
        for (place, index) in kept.enumerated() {
            scores[index].reward = nil
            scores[index] = finish(sums[place], &scores[index])
        }
        return scores
    }
}
