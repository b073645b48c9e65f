extension Comparison {
    /// Two numbers or expressions: units, percent signs, exact arithmetic, decimal places.
    mutating func scalars(
        _ gold: Value.Scalar, _ answer: Value.Scalar
    ) throws(Refusal) -> Outcome {
        var gold = gold
        var answer = answer
        // Beside a quantity the letters of `5 m` and `5 m/s` are its unit.
        if gold.unit != nil, answer.unit == nil { answer = answer.withLettersAsUnit ?? answer }
        if answer.unit != nil, gold.unit == nil { gold = gold.withLettersAsUnit ?? gold }
        // Where numbers are compared within a tolerance, letters beside them are units.
        if options.tolerance != nil {
            gold = gold.withLettersAsUnit ?? gold
            answer = answer.withLettersAsUnit ?? answer
        }
        if let a = gold.unit, let b = answer.unit {
            let x = try Unit.read(a.name, power: a.power, &budget)
            let y = try Unit.read(b.name, power: b.power, &budget)
            guard x.dimensions == y.dimensions else { return .different("units") }
            if x.size != y.size {
                gold = try scaled(gold, by: x.size)
                answer = try scaled(answer, by: y.size)
            }
        }
        let outcome = try numbers(gold, answer)
        if outcome.isEqual || gold.isPercent == answer.isPercent { return outcome }
        // A bare 60 takes 60 %, and 60 % takes a bare 60.
        let hundred = Quotient(Rational(100))
        // Below 1 a bare number is the fraction itself: 0.5 is 50 %, not 0.5 %.
        guard let bare = (gold.isPercent ? answer : gold).quotient.rational,
            try bare.absolute.compared(to: .one, &budget) >= 0
        else { return outcome }
        let left = try gold.quotient.multiplied(by: gold.isPercent ? hundred : .one, &budget)
        let right = try answer.quotient.multiplied(by: answer.isPercent ? hundred : .one, &budget)
        return try left.equals(right, &budget) ? .equal("percent_sign") : outcome
    }

    private mutating func scaled(
        _ value: Value.Scalar, by size: Rational
    ) throws(Refusal) -> Value.Scalar {
        var value = value
        value.quotient = try value.quotient.multiplied(by: Quotient(size), &budget)
        value.formula = value.formula.scaled(by: size)
        return value
    }

    private mutating func numbers(
        _ gold: Value.Scalar, _ answer: Value.Scalar
    ) throws(Refusal) -> Outcome {
        if let tolerance = options.tolerance,
            let isNear = try isNear(gold, answer, tolerance)
        {
            return isNear ? .equal("within_tolerance") : .different("outside_tolerance")
        }
        let left = gold.quotient
        let right = answer.quotient
        if let a = left.rational, let b = right.rational {
            if a == b { return .equal("exact_number") }
            if let places = answer.places, gold.places == nil, try !isTerminating(a),
                try rounds(a, to: b, places: places)
            {
                return .equal("decimal_places")
            }
            if options.roundsToGold, let places = gold.places, (answer.places ?? .max) > places,
                try isRounding(of: b, to: a, places: places)
            {
                return .equal("rounded_to_gold")
            }
            return .different("exact_number")
        }
        if left == right { return .equal("normal_form") }
        if try left.equals(right, &budget) { return .equal("exact_arithmetic") }
        if try sameUpToConstant(left, right) { return .equal("arbitrary_constant") }
        let kernels = left.kernels.union(right.kernels)
        if answer.places == nil || !left.kernels.allSatisfy(\.isNumber),
            kernels.allSatisfy(\.isVariable)
        {
            return .different("exact_arithmetic")
        }
        if let places = answer.places, gold.places == nil, left.rational == nil,
            let decimal = right.rational,
            try rounds(gold.formula, to: decimal, places: places)
        {
            return .equal("decimal_places")
        }
        if let outcome = try antiderivatives(gold.formula, answer.formula) { return outcome }
        if try differByConstant(gold, answer) { return .equal("arbitrary_constant") }
        if kernels.contains(where: \.isUnexpanded),
            let outcome = try polynomials(gold.formula, answer.formula)
        {
            return outcome
        }
        return try balls(gold.formula, answer.formula)
    }

    /// An indefinite integral against an antiderivative with its constant: the derivative of
    /// the latter is compared with the integrand.
    ///
    /// Nil where neither is a lone integral.
    private mutating func antiderivatives(
        _ gold: Formula, _ answer: Formula
    ) throws(Refusal) -> Outcome? {
        guard
            let (integral, other) = gold.indefiniteIntegral.map({ ($0, answer) })
                ?? answer.indefiniteIntegral.map({ ($0, gold) }),
            other.indefiniteIntegral == nil
        else { return nil }
        guard ["C", "c", "K"].contains(where: other.expression.mentions) else {
            return .different("arbitrary_constant")
        }
        let slope = try other.expression.derivative(by: integral.variable, &budget)
        return try balls(
            Formula(expression: integral.body, branch: gold.branch),
            Formula(expression: slope, branch: answer.branch))
    }

    /// Whether `decimal` is the value of a real constant, correctly rounded to `places`, with
    /// enough places and digits.
    private mutating func rounds(
        _ exact: Formula, to decimal: Rational, places: Int
    ) throws(Refusal) -> Bool {
        guard try isLongEnough(decimal, places: places) else { return false }
        let half = try Rational.one.divided(
            by: Rational(2).multiplied(by: Rational(10).power(Int64(places), &budget), &budget),
            &budget)
        for (shift, side) in [(half.negated(), 1), (half, -1)] {
            let edge = Expression.made(try decimal.adding(shift, &budget), like: exact.expression)
            let distance = exact.subtracting(Formula(expression: edge))
            guard try sign(of: distance) == side else { return false }
        }
        return true
    }

    /// Whether a decimal has the places and the significant digits that the options ask for.
    private mutating func isLongEnough(
        _ decimal: Rational, places: Int
    ) throws(Refusal) -> Bool {
        guard places >= options.decimalPlaces, places <= 10_000 else { return false }
        let scale = try Rational(10).power(Int64(places), &budget)
        let scaled = try decimal.multiplied(by: scale, &budget)
        return scaled.isInteger
            && scaled.numerator.absolute.description.utf8.count >= options.decimalPlaces
    }

    /// Whether a rational is a terminating decimal: its denominator has no prime but 2 and 5.
    private mutating func isTerminating(_ number: Rational) throws(Refusal) -> Bool {
        var rest = number.denominator
        for prime in [ExactInteger.small(2), .small(5)] {
            while try rest.remainder(prime, &budget).isZero {
                rest = try rest.quotient(prime, &budget)
            }
        }
        return rest.isOne
    }

    /// Whether `decimal` is `exact` correctly rounded to `places`, with enough places and digits.
    private mutating func rounds(
        _ exact: Rational, to decimal: Rational, places: Int
    ) throws(Refusal) -> Bool {
        guard try isLongEnough(decimal, places: places) else { return false }
        return try isRounding(of: exact, to: decimal, places: places)
    }

    /// Whether |exact − decimal| ≤ half a unit of the last place.
    private mutating func isRounding(
        of exact: Rational, to decimal: Rational, places: Int
    ) throws(Refusal) -> Bool {
        guard places <= 10_000 else { return false }
        let distance = try exact.adding(decimal.negated(), &budget).absolute
        let doubled = try distance.multiplied(
            by: Rational(2).multiplied(by: Rational(10).power(Int64(places), &budget), &budget),
            &budget)
        return try doubled.compared(to: .one, &budget) <= 0
    }

    /// Whether the two differ by the name of an added constant only: `+C` and `+K`.
    private mutating func sameUpToConstant(
        _ a: Quotient, _ b: Quotient
    ) throws(Refusal) -> Bool {
        guard a.bottom == .one, b.bottom == .one,
            let (left, mine) = try withoutConstant(a.top),
            let (right, theirs) = try withoutConstant(b.top), mine != "k",
            mine != "c" || theirs == "C"
        else { return false }
        if left == right { return true }
        // A number more is another constant, where both have one of their own.
        guard mine == "C" || mine == "K", theirs == "C" || theirs == "K" else { return false }
        return try left.adding(right.negated(), &budget).rational != nil
    }

    /// Whether both are antiderivatives with an added constant and their difference without it is
    /// the same number everywhere: `\ln|x|+C` and `\ln|2x|+K`.
    private mutating func differByConstant(
        _ gold: Value.Scalar, _ answer: Value.Scalar
    ) throws(Refusal) -> Bool {
        guard gold.quotient.bottom == .one, answer.quotient.bottom == .one,
            let (_, mine) = try withoutConstant(gold.quotient.top), mine == "C" || mine == "K",
            let (_, theirs) = try withoutConstant(answer.quotient.top),
            theirs == "C" || theirs == "K"
        else { return false }
        let zero = Expression.made(.zero, like: gold.formula.expression)
        let difference = Formula(
            expression: gold.formula.expression.replacing(mine, with: zero), branch: 1
        ).subtracting(Formula(expression: answer.formula.expression.replacing(theirs, with: zero)))
        return try balls(difference, difference.elsewhere).isEqual
    }

    /// The polynomial without its term `C`, `K` or `c`, where that letter stands nowhere else.
    private mutating func withoutConstant(
        _ polynomial: Polynomial
    ) throws(Refusal) -> (Polynomial, String)? {
        for name in ["C", "K", "c", "k", "C_1"] {
            let constant = Kernel(name: name, kind: .free)
            let term = Polynomial(constant)
            guard let single = term.single,
                polynomial.coefficient(of: single.monomial)?.isOne == true
            else { continue }
            let rest = try polynomial.adding(term.negated(), &budget)
            // Only an added constant of a function of something is arbitrary.
            if !rest.kernels.contains(constant), rest.kernels.contains(where: \.isLetter) {
                return (rest, name)
            }
        }
        return nil
    }
}

extension Value.Scalar {
    /// The quantity that `5 m`, `5 m^2` or `5 m/s` is where its letters are units, or nil where
    /// they are none.
    var withLettersAsUnit: Value.Scalar? {
        guard quotient.isWhole, let term = quotient.top.single, !term.monomial.isOne else {
            return nil
        }
        var name = ""
        var divisors = ""
        for factor in term.monomial.factors {
            guard factor.kernel.kind == .free, factor.kernel.name.utf8.count == 1,
                Unit.named(factor.kernel.name) != nil, factor.exponent.isInteger
            else { return nil }
            let exponent = factor.exponent.absolute
            let power = exponent.isOne ? "" : "^\(exponent.description)"
            if factor.exponent.sign > 0 {
                name += (name.isEmpty ? "" : " ") + factor.kernel.name + power
            } else {
                divisors += "/" + factor.kernel.name + power
            }
        }
        guard !name.isEmpty else { return nil }
        return Value.Scalar(
            quotient: Quotient(term.number),
            formula: Formula(expression: .made(term.number, like: formula.expression)),
            unit: (name + divisors, 1))
    }
}

extension Formula {
    /// The integral that the whole formula is, where it has no bounds.
    var indefiniteIntegral: BoundOperation? {
        guard case .bound(let operation) = expression.kind, operation.kind == .integral,
            operation.low == nil
        else { return nil }
        return operation
    }
}

extension Kernel {
    /// Whether it is a number: a radical, i, π or e.
    var isNumber: Bool {
        switch kind {
        case .imaginary, .prime: true
        case .free: name == "pi" || name == "e"
        }
    }

    /// Whether it is a variable that a function may depend on.
    var isLetter: Bool { kind == .free && !isNumber }
}
