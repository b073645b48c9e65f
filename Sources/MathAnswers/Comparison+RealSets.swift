extension Comparison {
    /// Intervals, unions, punctured lines and solved relations, as sets of reals; nil where one
    /// side is none of these or neither says that a set is meant.
    mutating func realSets(_ gold: Value, _ answer: Value) throws(Refusal) -> Outcome? {
        guard gold.namesRealSet || answer.namesRealSet else { return nil }
        let letters = gold.letters.union(answer.letters).subtracting(["ℝ"])
        // Two relations must bound the same variable.
        guard
            gold.letters.isEmpty || answer.letters.isEmpty || letters.count <= 1
        else { return nil }
        guard try rankEnds(of: [gold, answer]), let a = try realSet(gold),
            let b = try realSet(answer)
        else { return nil }
        return same(a == b, "real_sets")
    }

    /// Numbers the ends that are not rational, together with all others, in ascending order, so
    /// that sets are compared by whole numbers; false where their order is not decided.
    private mutating func rankEnds(of values: [Value]) throws(Refusal) -> Bool {
        ends = []
        var found: [Value.Scalar] = []
        for value in values { value.collectEnds(into: &found) }
        guard found.contains(where: { $0.quotient.rational == nil }) else { return true }
        guard found.count <= 32 else { return false }
        for end in found {
            var index = 0
            var isNew = true
            while index < ends.count {
                guard let order = try order(end, ends[index]) else { return false }
                if order == 0 { isNew = false }
                if order <= 0 { break }
                index += 1
            }
            if isNew { ends.insert(end, at: index) }
        }
        return true
    }

    /// −1, 0 or 1; nil where rigorous evaluation does not tell.
    private mutating func order(
        _ a: Value.Scalar, _ b: Value.Scalar
    ) throws(Refusal) -> Int? {
        if let x = a.quotient.rational, let y = b.quotient.rational {
            return try x.compared(to: y, &budget)
        }
        if a.quotient == b.quotient { return 0 }
        switch try balls(a.formula, b.formula) {
        case .equal: return 0
        case .undecided: return nil
        case .different: return try sign(of: a.formula.subtracting(b.formula))
        }
    }

    /// The place of an end among the ranked ones.
    private func rank(_ scalar: Value.Scalar) -> Int? {
        ends.firstIndex { $0.quotient == scalar.quotient }
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
        case .opaque("system", let parts):
            // "x < 3, x < 4" gives two answers to choose from and no system.
            var sides = (below: 0, above: 0)
            for part in parts {
                guard let set = try realSet(part) else { return nil }
                guard set.intervals.count == 1, let only = set.intervals.first else { continue }
                if only.low == .lowest { sides.below += 1 }
                if only.high == .highest { sides.above += 1 }
            }
            guard sides.below < 2, sides.above < 2 else { return nil }
            // "x < -1, x > 3" leaves nothing unless the comma means "or".
            let together = try realSet(.opaque("intersection", parts))
            return together?.intervals.isEmpty == true ? try union(parts) : together
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
            guard let number = try place(part) else { return nil }
            intervals.append(
                .init(low: .at(number, above: false), high: .at(number, above: true)))
        }
        return try RealSet.union(intervals, &budget)
    }

    private mutating func interval(
        _ low: Value, _ high: Value, _ closedLeft: Bool, _ closedRight: Bool
    ) throws(Refusal) -> RealSet? {
        guard let start = try cut(low, above: !closedLeft),
            let end = try cut(high, above: closedRight)
        else { return nil }
        return try RealSet.union([.init(low: start, high: end)], &budget)
    }

    /// A number, or its rank where some of the numbers are irrational.
    private mutating func place(_ value: Value) throws(Refusal) -> Rational? {
        guard !ends.isEmpty else { return value.rational }
        guard let scalar = value.scalar else { return nil }
        if let rank = rank(scalar) { return Rational(rank) }
        for (index, end) in ends.enumerated() where try order(scalar, end) == 0 {
            return Rational(index)
        }
        return nil
    }

    private mutating func cut(_ value: Value, above: Bool) throws(Refusal) -> RealSet.Cut? {
        if case .infinity(let negative) = value { return negative ? .lowest : .highest }
        return try place(value).map { .at($0, above: above) }
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
        guard signs.count <= 2,
            let middle = sides.firstIndex(where: { $0.variable != nil || $0.functionName != nil }),
            signs.count == 1 || middle == 1
        else { return nil }
        var result = RealSet.all
        for (index, side) in sides.enumerated() where index != middle {
            let sign = signs[min(index, middle)]
            let flipped = index < middle
            guard let bound = try half(side, flipped ? sign.mirrored : sign) else {
                return nil
            }
            result = try result.intersection(bound, &budget)
        }
        return result
    }

    /// The numbers that stand in a relation to a bound.
    private mutating func half(_ bound: Value, _ sign: Symbol) throws(Refusal) -> RealSet? {
        let below = try cut(bound, above: false)
        let above = try cut(bound, above: true)
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
    /// Whether it is a relation that bounds something, and no equation.
    var isBound: Bool {
        if case .relation(_, let rest) = self { return rest.allSatisfy { $0.sign != .equals } }
        return false
    }

    /// Whether it can only be meant as a set of reals.
    var namesRealSet: Bool {
        switch self {
        case .interval: true
        case .opaque("union", _), .opaque("difference", _), .opaque("intersection", _),
            .opaque("system", _):
            true
        case .relation(_, let rest): rest.allSatisfy { $0.sign != .equals }
        case .list(let parts): !parts.isEmpty && parts.allSatisfy(\.namesRealSet)
        case .scalar: variable == "ℝ"
        default: false
        }
    }
}

extension Value {
    /// The scalars that may be ends of intervals or members in it.
    func collectEnds(into ends: inout [Scalar]) {
        switch self {
        case .scalar(let scalar):
            if variable == nil, functionName == nil { ends.append(scalar) }
        case .tuple(let parts), .set(let parts), .list(let parts), .opaque(_, let parts):
            for part in parts { part.collectEnds(into: &ends) }
        case .interval(let low, let high, _, _):
            low.collectEnds(into: &ends)
            high.collectEnds(into: &ends)
        case .relation(let first, let rest):
            first.collectEnds(into: &ends)
            for comparison in rest { comparison.side.collectEnds(into: &ends) }
        default: break
        }
    }
}
