/// What a spec would teach that its author can hardly want, seen before any text is scored.
public struct SpecFinding: Sendable, Equatable {
    /// The checks, by the names under which a spec may allow them.
    public enum Check: String, Sendable, CaseIterable {
        /// Length alone can lift a wrong completion above a right one: policies learn to be short.
        case wrongBeatsRight = "wrong_beats_right"
        /// The form of a text can lift a wrong completion above a right one.
        case formBeatsRight = "form_beats_right"
        /// A length pays for wrong completions too.
        case ungatedLength = "ungated_length"
        /// A part without bounds can drown all others.
        case unboundedRange = "unbounded_range"
        /// Lengths are counted in several units.
        case mixedUnits = "mixed_units"
        /// The parts that look at correctness take away what they give.
        case cancellingWeights = "cancelling_weights"
        /// The total, or the outcome, can never be higher for a right answer than for a wrong one.
        case neverPaysRight = "never_pays_right"
        /// A completion cut by the limit is punished twice.
        case truncatedTwice = "truncated_twice"
    }

    /// Which check.
    public var check: Check
    /// Whether the spec cannot be used unless it allows this.
    public var isRefused: Bool
    /// What is wrong, with the names of the parts.
    public var problem: String
    /// What would mend it.
    public var remedy: String
}

extension RewardSpec {
    /// What the static checks find and the spec does not allow.
    public var findings: [SpecFinding] {
        let all = [
            unboundedRanges, rankings, ungatedLengths, units, cancelling, neverPaying, truncations,
        ].flatMap { $0 }
        return all.filter { !allowed.contains($0.check.rawValue) }
    }

    var counted: [Component] { components.filter { $0.weight != 0 } }

    // MARK: Ranges

    /// The range of each component while the raw outcome stays in `outcome`, by name.
    func ranges(outcome range: ClosedRange<Double>) -> [String: ClosedRange<Double>] {
        ranges { $0 == outcome ? range : nil }
    }

    /// The range of each component, whatever the outcome.
    private var freeRanges: [String: ClosedRange<Double>] { ranges { _ in nil } }

    private func ranges(
        _ fixed: (String) -> ClosedRange<Double>?
    ) -> [String: ClosedRange<Double>] {
        let place = SourcePlace(file: file, line: 1, column: 1)
        guard let order = try? Self.order(of: components, place: { _, _ in place }) else {
            return [:]
        }
        var known: [String: ClosedRange<Double>] = [:]
        for index in order {
            let component = components[index]
            var found =
                (component.function as? any DerivedReward).map { derived in
                    derived.formula.range(derived.formula.names.map { known[$0] ?? 0...1 })
                } ?? component.function.traits.range
            found = component.transform.range(of: found)
            if let range = fixed(component.name) { found = range }
            for (gate, pays) in [(component.onlyIf, true), (component.unless, false)] {
                guard let gate, let condition = known[gate] else { continue }
                let always = pays ? condition.lowerBound >= 0.5 : condition.upperBound < 0.5
                let never = pays ? condition.upperBound < 0.5 : condition.lowerBound >= 0.5
                if never {
                    found = 0...0
                } else if !always {
                    found = min(0, found.lowerBound)...max(0, found.upperBound)
                }
            }
            known[component.name] = found
        }
        return known
    }

    func total(
        of parts: [Component], _ ranges: [String: ClosedRange<Double>]
    ) -> ClosedRange<Double> {
        guard !parts.isEmpty else { return 0...0 }
        let bounds = parts.map { ranges[$0.name] ?? 0...0 }
        var found: ClosedRange<Double>
        switch combination {
        case .weightedSum:
            found = zip(parts, bounds).reduce(0...0) { sum, part in
                let ends = [part.1.lowerBound * part.0.weight, part.1.upperBound * part.0.weight]
                return sum.lowerBound + min(ends[0], ends[1])...sum.upperBound
                    + max(ends[0], ends[1])
            }
        case .product:
            found = RewardFormula(productOf: parts.map(\.name)).range(bounds)
        case .min, .max:
            found = RewardFormula(combination == .min ? .min : .max, of: parts.map(\.name))
                .range(bounds)
        case .formula:
            guard let formula = self.total else { return 0...0 }
            // A part that is left out stays where it is worth nothing.
            found = formula.range(
                formula.names.map { name in
                    parts.contains { $0.name == name } ? ranges[name] ?? 0...0 : 0...0
                })
        }
        guard let clip else { return found }
        return min(
            max(found.lowerBound, clip.lowerBound), clip.upperBound)...min(
                max(found.upperBound, clip.lowerBound), clip.upperBound)
    }

    private var unboundedRanges: [SpecFinding] {
        guard clip == nil, normalization == .none else { return [] }
        let ranges = ranges(outcome: 0...1)
        return counted.compactMap { component in
            guard let range = ranges[component.name],
                range.lowerBound == -.infinity || range.upperBound == .infinity
            else { return nil }
            return SpecFinding(
                check: .unboundedRange, isRefused: false,
                problem: "'\(component.name)' has no bounds and can drown every other part",
                remedy: "Give it `clip: [low, high]`.")
        }
    }

    /// What each component looks at, its operands' bases included.
    private var bases: [String: Set<RewardTraits.Basis>] {
        let place = SourcePlace(file: file, line: 1, column: 1)
        let order = (try? Self.order(of: components, place: { _, _ in place })) ?? []
        var known: [String: Set<RewardTraits.Basis>] = [:]
        for index in order {
            let component = components[index]
            known[component.name] =
                (component.function as? any DerivedReward).map { derived in
                    derived.formula.names.reduce(into: []) { $0.formUnion(known[$1] ?? []) }
                } ?? [component.function.traits.basis]
        }
        return known
    }

    /// An outcome that is always or never right, and a total that does not tell right from wrong.
    private var neverPaying: [SpecFinding] {
        let judge = components.first { $0.name == outcome }
        func finding(_ problem: String, _ remedy: String, isRefused: Bool) -> [SpecFinding] {
            [
                SpecFinding(
                    check: .neverPaysRight, isRefused: isRefused, problem: problem, remedy: remedy)
            ]
        }
        if let judge {
            let free = freeRanges[outcome] ?? 0...1
            if free.lowerBound >= 0.5 || free.upperBound < 0.5 {
                let word = free.lowerBound >= 0.5 ? "right" : "wrong"
                return finding(
                    "the outcome '\(judge.name)' lies within \(free.lowerBound)…\(free.upperBound), so "
                        + "every completion counts as \(word)",
                    "Name an outcome that is 0.5 or more exactly where the answer is right.",
                    isRefused: false)
            }
        }
        guard normalization == .none, judge?.function.traits.basis == .correctness else {
            return []
        }
        let parts = combination == .formula ? components : counted
        let wrong = total(of: parts, ranges(outcome: 0...0))
        let right = total(of: parts, ranges(outcome: 1...1))
        guard right.upperBound <= wrong.lowerBound, right.upperBound.isFinite else { return [] }
        return finding(
            "a right answer earns at most \(right.upperBound), a wrong one at least "
                + "\(wrong.lowerBound)",
            "Let the total rise with '\(outcome)'.", isRefused: true)
    }

    /// Whether something can lift a wrong completion above a right one.
    private var rankings: [SpecFinding] {
        if normalization == .gdpo { return outweighing }
        guard let judge = components.first(where: { $0.name == outcome })
        else { return [] }
        let wrong = ranges(outcome: 0...0)
        let right = ranges(outcome: 1...1)
        // Parts without bounds have a finding of their own.
        let bases = bases
        let bounded = (combination == .formula ? components : counted).filter { component in
            [wrong, right].allSatisfy {
                $0[component.name]?.lowerBound.isFinite == true
                    && $0[component.name]?.upperBound.isFinite == true
            }
        }
        func beats(_ bases: Set<RewardTraits.Basis>) -> Bool {
            let parts = bounded.filter {
                $0.name == judge.name || bases.contains($0.function.traits.basis)
                    || $0.function is any DerivedReward
            }
            guard !parts.isEmpty else { return false }
            return total(of: parts, wrong).upperBound > total(of: parts, right).lowerBound + 1e-9
        }
        func looks(_ component: Component, at basis: RewardTraits.Basis) -> Bool {
            component.name != judge.name && bases[component.name]?.contains(basis) == true
        }
        func names(_ basis: RewardTraits.Basis) -> String {
            bounded.filter { looks($0, at: basis) }
                .map { "'\($0.name)'" }.joined(separator: " and ")
        }
        guard bases[judge.name] != [.length] else { return [] }
        if bounded.contains(where: { looks($0, at: .length) }), beats([.length]) {
            return [
                SpecFinding(
                    check: .wrongBeatsRight, isRefused: true,
                    problem: "\(names(.length)) can put a wrong completion above a right one",
                    remedy: "Gate it with `only_if: \(outcome)`, or lower its weight until a right "
                        + "completion of any length is worth more.")
            ]
        }
        if bounded.contains(where: { looks($0, at: .form) }),
            judge.function.traits.basis != .form, beats([.length, .form])
        {
            return [
                SpecFinding(
                    check: .formBeatsRight, isRefused: false,
                    problem: "\(names(.form)) can put a wrong completion above a right one",
                    remedy: "Gate it with `only_if: \(outcome)` or lower its weight.")
            ]
        }
        return []
    }

    /// Under GDPO each part is brought to one scale, so that its weight alone decides.
    private var outweighing: [SpecFinding] {
        let bases = bases
        func weight(_ basis: RewardTraits.Basis) -> Double {
            counted.filter { bases[$0.name]?.contains(basis) == true && $0.onlyIf != outcome }
                .reduce(0) { $0 + abs($1.weight) }
        }
        let lengths = weight(.length)
        guard lengths > 0, lengths > weight(.correctness) + weight(.external) else { return [] }
        return [
            SpecFinding(
                check: .wrongBeatsRight, isRefused: false,
                problem: "lengths weigh more than what looks at correctness",
                remedy: "Gate them with `only_if: \(outcome)`, or lower their weights.")
        ]
    }

    var ungatedLengths: [SpecFinding] {
        guard normalization == .none, combination == .weightedSum else { return [] }
        let wrong = ranges(outcome: 0...0)
        return counted.compactMap { component in
            guard component.name != outcome, component.function.traits.basis == .length,
                let range = wrong[component.name],
                component.weight * (component.weight > 0 ? range.upperBound : range.lowerBound) > 0,
                !range.lowerBound.isNaN
            else { return nil }
            return SpecFinding(
                check: .ungatedLength, isRefused: false,
                problem: "'\(component.name)' pays for length where the answer is wrong",
                remedy: "Gate it with `only_if: \(outcome)`.")
        }
    }

    // MARK: The rest

    private var units: [SpecFinding] {
        let units = Set(counted.compactMap(\.function.traits.unit)).sorted()
        guard units.count > 1 else { return [] }
        return [
            SpecFinding(
                check: .mixedUnits, isRefused: false,
                problem: "lengths are counted in \(units.joined(separator: " and "))",
                remedy: "Count all lengths in one unit, so that their limits can be compared.")
        ]
    }

    private var cancelling: [SpecFinding] {
        guard combination == .weightedSum else { return [] }
        let judges = counted.filter {
            $0.function.traits.basis == .correctness || $0.name == outcome
        }
        guard !judges.isEmpty, judges.reduce(0, { $0 + $1.weight }) <= 0 else { return [] }
        let names = judges.map { "'\($0.name)' (\($0.weight))" }.joined(separator: ", ")
        return [
            SpecFinding(
                check: .cancellingWeights, isRefused: true,
                problem: "the weights of what looks at correctness add up to nothing: \(names)",
                remedy: "Right answers must be worth more than wrong ones: raise a weight.")
        ]
    }

    private var truncations: [SpecFinding] {
        let types: Set<String> = ["overlong", "truncation"]
        let punishing = counted.filter { types.contains(type(of: $0.function).type) }
        guard Set(punishing.map { type(of: $0.function).type }).count > 1 else { return [] }
        let names = punishing.map { "'\($0.name)'" }.joined(separator: " and ")
        return [
            SpecFinding(
                check: .truncatedTwice, isRefused: false,
                problem: "\(names) both punish a completion that the limit cut",
                remedy: "Keep one of them.")
        ]
    }
}
