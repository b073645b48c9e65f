extension BoundOperation {
    /// A derivative carried out.
    func derived(_ budget: inout Budget) throws(Refusal) -> Expression {
        guard order <= 8 else { throw .limit("order") }
        var result = body
        for _ in 0..<order { result = try result.derivative(by: variable, &budget) }
        guard let point = low else { return result }
        return result.replacing(variable, with: point)
    }
}

extension Expression {
    /// The derivative by a variable, by the rules of calculus and without simplification.
    func derivative(by name: String, _ budget: inout Budget) throws(Refusal) -> Expression {
        try budget.spend(4)
        guard mentions(name) else { return Self.made(.zero, like: self) }
        func made(_ kind: Kind) -> Expression { Self.made(kind, like: self) }
        switch kind {
        case .letter: return Self.made(.one, like: self)
        case .negated(let inner): return made(.negated(try inner.derivative(by: name, &budget)))
        case .percent(let inner): return made(.percent(try inner.derivative(by: name, &budget)))
        case .sum(let terms):
            var parts: [Expression] = []
            for term in terms where term.mentions(name) {
                parts.append(try term.derivative(by: name, &budget))
            }
            return made(.sum(parts))
        case .product(let factors):
            var parts: [Expression] = []
            for index in factors.indices where factors[index].mentions(name) {
                var factors = factors
                factors[index] = try factors[index].derivative(by: name, &budget)
                parts.append(made(.product(factors)))
            }
            return made(.sum(parts))
        case .quotient(let top, let bottom):
            // (u'v − uv') / v²
            let first = made(.product([try top.derivative(by: name, &budget), bottom]))
            let second = made(.product([top, try bottom.derivative(by: name, &budget)]))
            return made(
                .quotient(
                    made(.sum([first, made(.negated(second))])),
                    made(.power(bottom, Self.made(Rational(2), like: self)))))
        case .power(let base, let exponent):
            if !exponent.mentions(name) {
                // n uⁿ⁻¹ u'
                let lower = made(.sum([exponent, Self.made(.minusOne, like: self)]))
                let power: Expression
                if let number = try exponent.rational(&budget) {
                    power = Self.made(try number.adding(.minusOne, &budget), like: self)
                } else {
                    power = lower
                }
                return made(
                    .product([
                        exponent, made(.power(base, power)),
                        try base.derivative(by: name, &budget),
                    ]))
            }
            // uᵛ (v ln u)'
            let logarithm = made(.call("ln", [base]))
            let inner = try made(.product([exponent, logarithm])).derivative(by: name, &budget)
            return made(.product([self, inner]))
        case .call(let function, let arguments):
            return try callDerivative(function, arguments, by: name, &budget)
        default: throw .malformed("no derivative of this", at: range.lowerBound)
        }
    }

    private func callDerivative(
        _ function: String, _ arguments: [Expression], by name: String, _ budget: inout Budget
    ) throws(Refusal) -> Expression {
        func made(_ kind: Kind) -> Expression { Self.made(kind, like: self) }
        func number(_ value: Int) -> Expression { Self.made(Rational(value), like: self) }
        func call(_ name: String) -> Expression { made(.call(name, [arguments[0]])) }
        func square(_ value: Expression) -> Expression { made(.power(value, number(2))) }
        func over(_ bottom: Expression) -> Expression { made(.quotient(number(1), bottom)) }
        func oneMinus(_ value: Expression) -> Expression {
            made(.sum([number(1), made(.negated(value))]))
        }
        func root(_ value: Expression) -> Expression { made(.call("sqrt", [value])) }
        guard let x = arguments.first else { throw .malformed("no argument", at: range.lowerBound) }
        if function == "sqrt" {
            let degree = arguments.count > 1 ? arguments[1] : number(2)
            return try made(.power(x, over(degree))).derivative(by: name, &budget)
        }
        if function == "log" || function == "lg", arguments.count == 2 {
            return try made(
                .quotient(made(.call("ln", [arguments[1]])), made(.call("ln", [arguments[0]])))
            ).derivative(by: name, &budget)
        }
        let outer: Expression
        switch function {
        case "exp": outer = self
        case "ln": outer = over(x)
        case "log", "lg":
            let unit = made(.call(function, [made(.letter("e"))]))
            outer = made(.quotient(unit, x))
        case "sin": outer = call("cos")
        case "cos": outer = made(.negated(call("sin")))
        case "tan": outer = square(call("sec"))
        case "cot": outer = made(.negated(square(call("csc"))))
        case "sec": outer = made(.product([call("sec"), call("tan")]))
        case "csc": outer = made(.negated(made(.product([call("csc"), call("cot")]))))
        case "arcsin": outer = over(root(oneMinus(square(x))))
        case "arccos": outer = made(.negated(over(root(oneMinus(square(x))))))
        case "arctan": outer = over(made(.sum([number(1), square(x)])))
        case "arccot": outer = made(.negated(over(made(.sum([number(1), square(x)])))))
        case "sinh": outer = call("cosh")
        case "cosh": outer = call("sinh")
        case "tanh": outer = oneMinus(square(call("tanh")))
        case "arcsinh": outer = over(root(made(.sum([square(x), number(1)]))))
        case "arccosh": outer = over(root(made(.sum([square(x), number(-1)]))))
        case "arctanh": outer = over(oneMinus(square(x)))
        case "abs": outer = call("sgn")
        default: throw .malformed("no derivative of \(function)", at: range.lowerBound)
        }
        return made(.product([outer, try x.derivative(by: name, &budget)]))
    }

    /// The tree with a variable replaced where it is not bound.
    func replacing(_ name: String, with other: Expression) -> Expression {
        if case .letter(name) = kind { return other }
        if case .bound(let operation) = kind, operation.variable == name { return self }
        return mapChildren { $0.replacing(name, with: other) }
    }
}
