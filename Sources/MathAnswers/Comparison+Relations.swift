/// Named values, equations and inequalities.
extension Comparison {
    /// `x = 7` against `7`, `f(x) = …` against `…`: the name is dropped on one side only.
    mutating func namedValue(
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

    /// The value of `x = 2 + 4 = 6`, where all sides after a lone variable are equal, and of
    /// `2 + 4 = 6`, where all sides are equal numbers.
    mutating func chainValue(_ value: Value) throws(Refusal) -> Value? {
        guard case .relation(let first, let rest) = value, let last = rest.last?.side else {
            return nil
        }
        let name = first.variable
        if name == nil {
            // `6 = 6` works nothing out and is no answer.
            guard first.letters.isEmpty, let start = first.scalar, let end = last.scalar,
                !start.formula.expression.isFinalNumber,
                try start.quotient.equals(end.quotient, &budget)
            else { return nil }
        } else if rest.count == 1 {
            return nil
        }
        for comparison in rest {
            guard comparison.sign == .equals,
                name.map({ !comparison.side.letters.contains($0) }) ?? true,
                let side = comparison.side.scalar, let end = last.scalar,
                try side.quotient.equals(end.quotient, &budget)
            else { return nil }
        }
        return last
    }

    /// `x=2, y=-5` against the same in another order, or against the point (2, -5).
    mutating func namedValues(
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
    mutating func relations(
        _ gold: (first: Value, rest: [(sign: Symbol, side: Value)]),
        _ answer: (first: Value, rest: [(sign: Symbol, side: Value)])
    ) throws(Refusal) -> Outcome {
        let goldValue = Value.relation(gold.first, gold.rest)
        let answerValue = Value.relation(answer.first, answer.rest)
        if goldValue.assignments != nil, answerValue.assignments != nil,
            let outcome = try namedValues(goldValue, answerValue)
        {
            return outcome
        }
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
            if !a.allKernels(\.isLetter) || !b.allKernels(\.isLetter),
                let left = gold.first.formula(minus: gold.rest[0].side),
                let right = answer.first.formula(minus: answer.rest[0].side)
            {
                return try multiples(left, right)
            }
            return a.kernels.union(b.kernels).allSatisfy(\.isVariable)
                ? .different("equation") : .undecided
        }
        return .equal("equation")
    }

    /// Two inequalities in several variables: the same up to a factor that keeps or turns the sign.
    mutating func inequalities(
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

    mutating func zeroForm(_ a: Value, _ b: Value) throws(Refusal) -> Polynomial? {
        guard let left = a.scalar, let right = b.scalar else { return nil }
        return try left.quotient.adding(right.quotient.negated(), &budget).top
    }

    /// Whether one function is a constant multiple of the other: f(p) g(q) = g(p) f(q) at any two
    /// points.
    private mutating func multiples(_ f: Formula, _ g: Formula) throws(Refusal) -> Outcome {
        let zero = Formula(expression: .made(.zero, like: f.expression))
        guard case .different = try balls(f, zero), case .different = try balls(g, zero) else {
            return .undecided
        }
        let (fThere, gThere) = (f.elsewhere, g.elsewhere)
        switch try balls(f.times(gThere), g.times(fThere)) {
        case .equal: return .equal("equation")
        case .different: return .different("equation")
        case .undecided: return .undecided
        }
    }

    /// Whether one polynomial is a rational multiple of the other.
    mutating func proportional(
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
    /// The difference of two scalars as a tree.
    func formula(minus other: Value) -> Formula? {
        guard let left = scalar, let right = other.scalar else { return nil }
        return left.formula.subtracting(right.formula)
    }
}

extension Formula {
    /// The product of two formulas of the same branch.
    func times(_ other: Formula) -> Formula {
        Formula(
            expression: .made(.product([expression, other.expression]), like: expression),
            branch: branch)
    }

    /// The same formula in variables of other names, so that both may be taken at different
    /// points.
    var elsewhere: Formula {
        var moved = expression
        for name in expression.freeLetters {
            moved = moved.replacing(name, with: .made(.letter(name + "\u{1}"), like: expression))
        }
        return Formula(expression: moved, branch: branch)
    }
}

extension Expression {
    /// The letters in the tree that are neither bound nor constants.
    var freeLetters: Set<String> {
        switch kind {
        case .letter(let name): return ["e", "i", "pi"].contains(name) ? [] : [name]
        case .bound(let operation):
            let outside = [operation.low, operation.high].compactMap { $0 }
            return outside.reduce(
                into: operation.body.freeLetters.subtracting([operation.variable])
            ) { $0.formUnion($1.freeLetters) }
        default:
            return children.reduce(into: []) { $0.formUnion($1.freeLetters) }
        }
    }
}
