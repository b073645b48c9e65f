extension Value {
    /// Whether "different kind" is a proof that two values differ.
    var isStructureComparable: Bool {
        switch self {
        case .opaque, .relation: false
        default: true
        }
    }

    /// Whether it is a set in braces.
    var isSet: Bool {
        if case .set = self { return true }
        return false
    }

    /// Whether it is a set or a list.
    var isPlural: Bool {
        switch self {
        case .set, .list: true
        default: false
        }
    }

    /// The members of a set or list; any other value is its own only member.
    var members: [Value]? {
        switch self {
        case .set(let parts), .list(let parts): parts
        case .opaque: nil
        default: [self]
        }
    }

    /// Name and value of `x = …` or `f(x) = …`, where the value does not use the name.
    var assignment: (name: String, value: Value)? {
        guard case .relation(let first, let rest) = self, rest.count == 1,
            rest[0].sign == .equals
        else { return nil }
        guard let name = first.header else { return nil }
        let inside = rest[0].side.letters
        let uses: Bool
        if first.variable != nil {
            uses = inside.contains(name)
        } else if let function = first.functionName {
            // `f(x) = x²` uses x, and `f(x) = f(x)` itself.
            uses = inside.contains(function.head)
        } else {
            uses = !first.letters.isDisjoint(with: inside)
        }
        return uses ? nil : (name, rest[0].side)
    }

    /// The name that a side of an equation is, where it is no expression to be solved: `x`,
    /// `f(x)`, the segment `AB`, the quotient `NO/BO` of segments, the point `(p, q)`, the ratio
    /// `V_1 : V_2`.
    var header: String? {
        if let variable { return variable }
        if let functionName { return functionName.name }
        switch self {
        case .scalar(let scalar):
            guard scalar.unit == nil, scalar.quotient.bottom == .one,
                let single = scalar.quotient.top.single, single.number.isOne,
                single.monomial.factors.count > 1,
                single.monomial.factors.allSatisfy({
                    $0.kernel.isCapital && $0.exponent.isInteger
                        && ($0.exponent.isOne || $0.exponent == .minusOne)
                })
            else { return nil }
            return single.monomial.description
        case .tuple(let parts), .ratio(let parts):
            let names = parts.compactMap(\.variable)
            return names.count == parts.count && names.count > 1 && Set(names).count == names.count
                ? description : nil
        default: return nil
        }
    }

    /// Whether it is a name, or a point of names, that may lie in a set: `x`, `(x, y)`.
    var namesElement: Bool {
        switch self {
        case .tuple(let parts), .list(let parts): parts.allSatisfy { $0.variable != nil }
        default: variable != nil
        }
    }

    /// Parts that go with several named values one by one: of a point, or of a bare list.
    func orderedParts(besides named: [(name: String, value: Value)]) -> [Value]? {
        guard named.count > 1 else { return nil }
        switch self {
        case .tuple(let parts): return parts
        case .list(let parts) where parts.allSatisfy({ $0.assignment == nil }): return parts
        default: return nil
        }
    }

    /// The assignments of a list of them, where all names differ.
    var assignments: [(name: String, value: Value)]? {
        if case .relation(.tuple(let names), let rest) = self, rest.count == 1,
            rest[0].sign == .equals, case .tuple(let values) = rest[0].side,
            names.count == values.count
        {
            // `(x, y) = (1, 2)`
            let named = zip(names, values).compactMap { name, value in
                name.variable.map { (name: $0, value: value) }
            }
            return named.count == names.count && Set(named.map(\.name)).count == names.count
                ? named : nil
        }
        guard case .list(let parts) = self else { return nil }
        let named = parts.compactMap(\.assignment)
        guard named.count == parts.count, Set(named.map(\.name)).count == named.count else {
            return nil
        }
        return named
    }
}

extension [(name: String, value: Value)] {
    /// Whether the names are one letter with several numbers, `x_1` and `x_2`: roots in any order.
    var areNumbered: Bool {
        guard count > 1, let base = first?.name.split(separator: "_").first else { return false }
        return allSatisfy { $0.name.contains("_") && $0.name.split(separator: "_").first == base }
    }
}

extension Quotient {
    /// The coefficients of the unit vectors i, j (and k) in bold or with a hat.
    func vectorComponents(_ count: Int) -> [Quotient]? {
        guard isWhole, (2...3).contains(count), top.constant.isZero else { return nil }
        let units = ["vec i", "vec j", "vec k"].prefix(count).map { Kernel(name: $0, kind: .free) }
        var components = [Polynomial](repeating: .zero, count: count)
        var budget = Budget(steps: 10_000)
        for term in top.terms {
            let rest = term.monomial.factors.filter { !units.contains($0.kernel) }
            guard rest.count + 1 == term.monomial.factors.count,
                let unit = term.monomial.factors.first(where: { units.contains($0.kernel) }),
                unit.exponent.isOne, let index = units.firstIndex(of: unit.kernel),
                let sum = try? components[index].adding(
                    Polynomial(Monomial(factors: rest), times: term.number), &budget)
            else { return nil }
            components[index] = sum
        }
        return components.map { Quotient($0) }
    }
}
