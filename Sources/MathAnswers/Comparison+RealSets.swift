extension Comparison {
    /// Intervals, unions, punctured lines and solved relations, as sets of reals; nil where one
    /// side is none of these or neither says that a set is meant.
    mutating func realSets(_ gold: Value, _ answer: Value) throws(Refusal) -> Outcome? {
        guard gold.namesRealSet || answer.namesRealSet else { return nil }
        let letters = gold.letters.union(answer.letters)
        // Two relations must bound the same variable.
        guard
            gold.letters.isEmpty || answer.letters.isEmpty || letters.count == 1 || letters == ["ℝ"]
        else { return nil }
        guard let a = try realSet(gold), let b = try realSet(answer) else { return nil }
        return same(a == b, "real_sets")
    }

    private mutating func realSet(_ value: Value) throws(Refusal) -> RealSet? {
        switch value {
        case .interval(let low, let high, let left, let right):
            return try interval(low, high, left, right)
        case .tuple(let parts) where parts.count == 2:
            return try interval(parts[0], parts[1], false, false)
        case .set(let parts):
            return try points(parts)
        case .list(let parts):
            return try union(parts)
        case .opaque("union", let parts): return try union(parts)
        case .opaque("intersection", let parts):
            var result = RealSet.all
            for part in parts {
                guard let set = try realSet(part) else { return nil }
                result = try result.intersection(set, &budget)
            }
            return result
        case .opaque("difference", let parts) where parts.count == 2:
            guard let whole = try realSet(parts[0]), let removed = try realSet(parts[1]) else {
                return nil
            }
            return try whole.intersection(removed.complement, &budget)
        case .relation(let first, let rest): return try relation(first, rest)
        case .scalar where value.variable == "ℝ": return .all
        default: return nil
        }
    }

    private mutating func union(_ parts: [Value]) throws(Refusal) -> RealSet? {
        var intervals: [RealSet.Interval] = []
        for part in parts {
            guard let set = try realSet(part) else { return nil }
            intervals += set.intervals
        }
        return try RealSet.union(intervals, &budget)
    }

    private mutating func points(_ parts: [Value]) throws(Refusal) -> RealSet? {
        var intervals: [RealSet.Interval] = []
        for part in parts {
            guard let number = part.rational else { return nil }
            intervals.append(
                .init(low: .at(number, above: false), high: .at(number, above: true)))
        }
        return try RealSet.union(intervals, &budget)
    }

    private mutating func interval(
        _ low: Value, _ high: Value, _ closedLeft: Bool, _ closedRight: Bool
    ) throws(Refusal) -> RealSet? {
        guard let start = cut(low, above: !closedLeft), let end = cut(high, above: closedRight)
        else { return nil }
        return try RealSet.union([.init(low: start, high: end)], &budget)
    }

    private func cut(_ value: Value, above: Bool) -> RealSet.Cut? {
        if case .infinity(let negative) = value { return negative ? .lowest : .highest }
        return value.rational.map { .at($0, above: above) }
    }

    /// A relation in solved form: `x ≤ 3`, `3 ≥ x`, `-2 < x ≤ 5`, `x ≠ 2`.
    private mutating func relation(
        _ first: Value, _ rest: [(sign: Symbol, side: Value)]
    ) throws(Refusal) -> RealSet? {
        var sides = [first]
        var signs: [Symbol] = []
        for comparison in rest {
            signs.append(comparison.sign)
            sides.append(comparison.side)
        }
        guard signs.count <= 2, let middle = sides.firstIndex(where: { $0.variable != nil }),
            signs.count == 1 || middle == 1
        else { return nil }
        var result = RealSet.all
        for (index, side) in sides.enumerated() where index != middle {
            let sign = signs[min(index, middle)]
            let flipped = index < middle
            guard let bound = try half(side, flipped ? Self.mirrored(sign) : sign) else {
                return nil
            }
            result = try result.intersection(bound, &budget)
        }
        return result
    }

    private static func mirrored(_ sign: Symbol) -> Symbol {
        switch sign {
        case .less: .greater
        case .lessOrEqual: .greaterOrEqual
        case .greater: .less
        case .greaterOrEqual: .lessOrEqual
        default: sign
        }
    }

    /// The numbers that stand in a relation to a bound.
    private mutating func half(_ bound: Value, _ sign: Symbol) throws(Refusal) -> RealSet? {
        let below = cut(bound, above: false)
        let above = cut(bound, above: true)
        guard let below, let above else { return nil }
        switch sign {
        case .less: return RealSet(intervals: [.init(low: .lowest, high: below)])
        case .lessOrEqual: return RealSet(intervals: [.init(low: .lowest, high: above)])
        case .greater: return RealSet(intervals: [.init(low: above, high: .highest)])
        case .greaterOrEqual: return RealSet(intervals: [.init(low: below, high: .highest)])
        case .notEqual: return RealSet(intervals: [.init(low: below, high: above)]).complement
        default: return nil
        }
    }
}

extension Value {
    /// Whether it can only be meant as a set of reals.
    var namesRealSet: Bool {
        switch self {
        case .interval: true
        case .opaque("union", _), .opaque("difference", _), .opaque("intersection", _): true
        case .relation(_, let rest): rest.allSatisfy { $0.sign != .equals }
        case .list(let parts): !parts.isEmpty && parts.allSatisfy(\.namesRealSet)
        case .scalar: variable == "ℝ"
        default: false
        }
    }
}
