/// Whether two normal forms are the same answer, and the rule that says so.
enum Outcome: Equatable, Sendable {
    case equal(String)
    /// Shown to differ.
    case different(String)
    /// Neither shown nor refuted.
    case undecided

    var isEqual: Bool {
        if case .equal = self { return true }
        return false
    }
}

/// Compares a gold answer's normal form with an answer's.
struct Comparison {
    let options: MathOptions
    var budget: Budget
    /// Steps of rigorous evaluation that are left.
    var ballSteps: Int64
    /// Chooses the points at which functions are compared.
    let texts: (gold: String, answer: String)
    /// Whether the first difference is to be told; that costs time.
    var explains = false
    /// Where the two part, in words, once something differed.
    var difference: String?
    /// Ends of the intervals that are being compared, ascending, where some are irrational.
    var ends: [Value.Scalar] = []
    /// Lists longer than this are compared in order only.
    static let longestList = 64

    mutating func compare(_ gold: Value, _ answer: Value) throws(Refusal) -> Outcome {
        try budget.spend()
        switch (gold, answer) {
        case (.scalar(let a), .scalar(let b)): return try scalars(a, b)
        case (.infinity(let a), .infinity(let b)): return same(a == b, "infinity")
        case (.word(let a), .word(let b)): return same(a == b, "words")
        case (.word(let word), .scalar), (.scalar, .word(let word)):
            // `\text{e}` is the letter e.
            let letter = gold.variable ?? answer.variable
            if word.utf8.count == 1, let letter { return same(letter == word, "words") }
        case (.ratio(let a), .ratio(let b)): return try ratios(a, b)
        case (.tuple(let parts), .scalar(let vector)), (.scalar(let vector), .tuple(let parts)):
            if let components = vector.quotient.vectorComponents(parts.count) {
                let values = components.map { component in
                    Value.scalar(.init(quotient: component, formula: vector.formula))
                }
                return try inOrder(parts, values, "vector_components")
            }
        case (.matrix(let a), .matrix(let b)):
            guard a.count == b.count, a.first?.count == b.first?.count else {
                return .different("matrix_size")
            }
            return try inOrder(Array(a.joined()), Array(b.joined()), "matrix_entries")
        case (.tuple(let a), .tuple(let b)): return try inOrder(a, b, "tuple_entries")
        case (.relation(let a, let rest), .relation(let b, let others)):
            return try relations((a, rest), (b, others))
        case (.relation, _), (_, .relation):
            if let outcome = try namedValue(gold, answer) { return outcome }
        default: break
        }
        if let outcome = try namedValues(gold, answer) { return outcome }
        if let outcome = try realSets(gold, answer) { return outcome }
        if let outcome = try members(gold, answer) { return outcome }
        if let outcome = try structures(gold, answer) { return outcome }
        return gold.isStructureComparable && answer.isStructureComparable
            ? .different("kind") : .undecided
    }

    /// Intervals with ends that are no numbers, pieces of a function, residue classes: by parts.
    private mutating func structures(
        _ gold: Value, _ answer: Value
    ) throws(Refusal) -> Outcome? {
        switch (gold, answer) {
        case (
            .interval(let low, let high, let left, let right),
            .interval(let otherLow, let otherHigh, let otherLeft, let otherRight)
        ):
            guard left == otherLeft, right == otherRight else { return .different("interval") }
            return try inOrder([low, high], [otherLow, otherHigh], "interval")
        case (.opaque(let name, let parts), .opaque(let otherName, let others)):
            guard name == otherName else { return nil }
            if name == "cases" { return try compare(.set(parts), .set(others)) }
            let outcome = try inOrder(parts, others, name)
            // Conditions may be written in many ways.
            if case .different = outcome, name != "residue" { return .undecided }
            return outcome
        default: return nil
        }
    }

    func same(_ isEqual: Bool, _ rule: String) -> Outcome {
        isEqual ? .equal(rule) : .different(rule)
    }

    // MARK: Structures

    /// Pairs in order: equal where all are, different where one is.
    mutating func inOrder(
        _ gold: [Value], _ answer: [Value], _ rule: String
    ) throws(Refusal) -> Outcome {
        guard gold.count == answer.count else { return .different(rule) }
        var undecided = false
        for (index, (a, b)) in zip(gold, answer).enumerated() {
            switch try compare(a, b) {
            case .equal: continue
            case .different:
                if explains {
                    let deeper = difference.map { ", \($0)" } ?? ""
                    difference =
                        "part \(index + 1): \(a.description) against \(b.description)" + deeper
                }
                return .different(rule)
            case .undecided: undecided = true
            }
        }
        return undecided ? .undecided : .equal(rule)
    }

    /// Sets, lists of roots and single values: equal where each has its partner.
    private mutating func members(
        _ gold: Value, _ answer: Value
    ) throws(Refusal) -> Outcome? {
        guard let a = gold.members, let b = answer.members, gold.isPlural || answer.isPlural else {
            return nil
        }
        guard a.count <= Self.longestList, b.count <= Self.longestList else {
            return try inOrder(a, b, "set_members")
        }
        var undecided = false
        for (one, other, swapped) in [(a, b, false), (b, a, true)] {
            for member in one {
                var found = false
                var maybe = false
                for candidate in other {
                    switch try swapped ? compare(candidate, member) : compare(member, candidate) {
                    case .equal: found = true
                    case .undecided: maybe = true
                    case .different: continue
                    }
                    if found { break }
                }
                if found { continue }
                if !maybe {
                    if explains {
                        let side = swapped ? "gold" : "answer"
                        difference = "\(member.description) has no partner in the \(side)"
                    }
                    return .different("set_members")
                }
                undecided = true
            }
        }
        return undecided ? .undecided : .equal("set_members")
    }

    private mutating func ratios(_ a: [Value], _ b: [Value]) throws(Refusal) -> Outcome {
        // "3:45 pm" is a time, and so is "3:45", which no one would leave as a ratio.
        if (a + b).contains(where: { $0.scalar?.unit != nil }) || Self.isTime(a) {
            return try inOrder(a, b, "time")
        }
        let left = a.compactMap { $0.scalar?.quotient }
        let right = b.compactMap { $0.scalar?.quotient }
        guard left.count == a.count, right.count == b.count else { return .undecided }
        guard a.count == b.count, let first = left.first, let second = right.first else {
            return .different("ratio")
        }
        guard !(left + right).contains(where: \.isZero) else {
            return try inOrder(a, b, "ratio")
        }
        for (x, y) in zip(left, right) {
            let over = try x.multiplied(by: second, &budget)
            let under = try y.multiplied(by: first, &budget)
            guard try over.equals(under, &budget) else { return .different("ratio") }
        }
        return .equal("ratio")
    }

    private static func isTime(_ parts: [Value]) -> Bool {
        guard parts.count == 2, let hour = parts[0].rational?.int64,
            let minute = parts[1].rational?.int64, (0...24).contains(hour),
            (10...59).contains(minute)
        else { return false }
        return (2...24).contains { hour % $0 == 0 && minute % $0 == 0 }
    }

    // MARK: Named values

    /// `x = 7` against `7`, `f(x) = …` against `…`: the name is dropped on one side only.
    private mutating func namedValue(
        _ gold: Value, _ answer: Value
    ) throws(Refusal) -> Outcome? {
        if let (_, value) = gold.assignment {
            if case .list = answer { return nil }
            return try compare(value, answer)
        }
        if let (_, value) = answer.assignment {
            if case .list = gold { return nil }
            return try compare(gold, value)
        }
        if let value = try chainValue(answer) { return try compare(gold, value) }
        if let value = try chainValue(gold) { return try compare(value, answer) }
        return nil
    }

    /// The value of `x = 2 + 4 = 6`, where all sides after a lone variable are equal.
    private mutating func chainValue(_ value: Value) throws(Refusal) -> Value? {
        guard case .relation(let first, let rest) = value, rest.count > 1,
            let name = first.variable,
            let last = rest.last?.side
        else { return nil }
        for comparison in rest {
            guard comparison.sign == .equals, !comparison.side.letters.contains(name),
                let side = comparison.side.scalar, let end = last.scalar,
                try side.quotient.equals(end.quotient, &budget)
            else { return nil }
        }
        return last
    }

    /// `x=2, y=-5` against the same in another order, or against the point (2, -5).
    private mutating func namedValues(
        _ gold: Value, _ answer: Value
    ) throws(Refusal) -> Outcome? {
        switch (gold.assignments, answer.assignments) {
        case (let a?, let b?):
            guard Set(a.map(\.name)) == Set(b.map(\.name)) else { return .different("names") }
            let sortedA = a.sorted { $0.name < $1.name }.map(\.value)
            let sortedB = b.sorted { $0.name < $1.name }.map(\.value)
            return try inOrder(sortedA, sortedB, "named_values")
        case (let a?, nil):
            if a.areNumbered, case .list(let parts) = answer {
                return try compare(.set(a.map(\.value)), .set(parts))
            }
            guard let parts = answer.orderedParts(besides: a) else { return nil }
            return try inOrder(a.map(\.value), parts, "named_values")
        case (nil, let b?):
            if b.areNumbered, case .list(let parts) = gold {
                return try compare(.set(parts), .set(b.map(\.value)))
            }
            guard let parts = gold.orderedParts(besides: b) else { return nil }
            return try inOrder(parts, b.map(\.value), "named_values")
        default: return nil
        }
    }

    /// Two relations: the same named value, or the same equation up to a factor.
    private mutating func relations(
        _ gold: (first: Value, rest: [(sign: Symbol, side: Value)]),
        _ answer: (first: Value, rest: [(sign: Symbol, side: Value)])
    ) throws(Refusal) -> Outcome {
        let goldValue = Value.relation(gold.first, gold.rest)
        let answerValue = Value.relation(answer.first, answer.rest)
        if let a = goldValue.assignment, let b = answerValue.assignment {
            if a.name == b.name { return try compare(a.value, b.value) }
            // y = 2x and x = y/2 are one line, but x = 7 and y = 7 are two values.
            if a.value.letters.isEmpty || b.value.letters.isEmpty { return .different("names") }
        }
        if let outcome = try realSets(goldValue, answerValue) { return outcome }
        if let outcome = try inequalities(gold, answer) { return outcome }
        guard gold.rest.count == 1, answer.rest.count == 1, gold.rest[0].sign == .equals,
            answer.rest[0].sign == .equals, let a = try zeroForm(gold.first, gold.rest[0].side),
            let b = try zeroForm(answer.first, answer.rest[0].side)
        else { return .undecided }
        // 0 = 0 and 7 = 6 hold always or never: no answer.
        if a.isZero || b.isZero || a.rational != nil || b.rational != nil {
            return .different("trivial_equation")
        }
        guard try proportional(a, b) else {
            return a.kernels.union(b.kernels).allSatisfy(\.isVariable)
                ? .different("equation") : .undecided
        }
        return .equal("equation")
    }

    /// Two inequalities in several variables: the same up to a factor that keeps or turns the sign.
    private mutating func inequalities(
        _ gold: (first: Value, rest: [(sign: Symbol, side: Value)]),
        _ answer: (first: Value, rest: [(sign: Symbol, side: Value)])
    ) throws(Refusal) -> Outcome? {
        guard gold.rest.count == 1, answer.rest.count == 1, gold.rest[0].sign != .equals,
            answer.rest[0].sign != .equals,
            let a = try zeroForm(gold.first, gold.rest[0].side),
            let b = try zeroForm(answer.first, answer.rest[0].side),
            a.variableNames.count > 1, let term = a.terms.first, let partner = b.terms.first,
            term.monomial == partner.monomial
        else { return nil }
        let factor = try partner.number.divided(by: term.number, &budget)
        guard try a.scaled(by: factor, &budget) == b else {
            return a.allKernels(\.isVariable) && b.allKernels(\.isVariable)
                ? .different("inequality") : nil
        }
        let sign = gold.rest[0].sign
        return same(
            answer.rest[0].sign == (factor.sign > 0 ? sign : sign.mirrored), "inequality")
    }

    private mutating func zeroForm(_ a: Value, _ b: Value) throws(Refusal) -> Polynomial? {
        guard let left = a.scalar, let right = b.scalar else { return nil }
        return try left.quotient.adding(right.quotient.negated(), &budget).top
    }

    /// Whether one polynomial is a rational multiple of the other.
    private mutating func proportional(
        _ a: Polynomial, _ b: Polynomial
    ) throws(Refusal) -> Bool {
        guard a.terms.count == b.terms.count, let term = a.terms.first,
            let partner = b.terms.first, term.monomial == partner.monomial
        else { return false }
        let factor = try partner.number.divided(by: term.number, &budget)
        return try a.scaled(by: factor, &budget) == b
    }
}

extension Kernel {
    /// Whether it is a plain variable, of which nothing else is known: distinct polynomials in
    /// such kernels are distinct functions.
    var isVariable: Bool {
        switch kind {
        case .imaginary, .prime: return true
        case .free:
            if name == "e" { return false }
            return name.utf8.allSatisfy { ASCII.isLetter($0) || ASCII.isDigit($0) || $0 == 0x5F }
        }
    }
}

extension Value {
    /// Whether "different kind" is a proof that two values differ.
    var isStructureComparable: Bool {
        switch self {
        case .opaque, .relation: false
        default: true
        }
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
        let uses =
            first.variable == nil ? !first.letters.isDisjoint(with: inside) : inside.contains(name)
        return uses ? nil : (name, rest[0].side)
    }

    /// The name that a side of an equation is, where it is no expression to be solved: `x`,
    /// `f(x)`, the segment `AB`, the quotient `NO/BO` of segments, the point `(p, q)`, the ratio
    /// `V_1 : V_2`.
    var header: String? {
        if let variable { return variable }
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
