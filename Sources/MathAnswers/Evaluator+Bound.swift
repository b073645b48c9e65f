extension Evaluator {
    /// Terms of one sum or product that are added up exactly.
    private static let longestSum: Int64 = 2000

    /// A sum, product, integral, limit or derivative: its exact value where arithmetic gives one,
    /// otherwise a kernel named by its parts.
    mutating func bound(_ operation: BoundOperation) throws(Refusal) -> Quotient {
        switch operation.kind {
        case .derivative:
            if let derived = try? operation.derived(&budget) { return try scalar(derived) }
        case .sum, .product:
            if let value = try folded(operation) { return value }
        case .integral:
            if let value = try polynomialIntegral(operation) { return value }
        case .limit: break
        }
        return try named(operation)
    }

    private mutating func folded(_ operation: BoundOperation) throws(Refusal) -> Quotient? {
        guard let low = operation.low, let high = operation.high, low.infinitySign == nil,
            high.infinitySign == nil, let first = try scalar(low).rational,
            let last = try scalar(high).rational
        else { return nil }
        guard first.isInteger, last.isInteger else { throw .undefined("a sum between fractions") }
        guard let start = first.int64, let end = last.int64,
            !end.subtractingReportingOverflow(start).overflow, end - start < Self.longestSum
        else { throw .limit("terms") }
        let outer = environment[operation.variable]
        defer { environment[operation.variable] = outer }
        var result = operation.kind == .sum ? Quotient.zero : .one
        guard start <= end else { return result }
        for index in start...end {
            environment[operation.variable] = Quotient(Rational(.small(index)))
            let term = try scalar(operation.body)
            result =
                operation.kind == .sum
                ? try result.adding(term, &budget) : try result.multiplied(by: term, &budget)
        }
        return result
    }

    /// A definite integral of a polynomial in the bound variable.
    private mutating func polynomialIntegral(
        _ operation: BoundOperation
    ) throws(Refusal) -> Quotient? {
        guard let low = operation.low, let high = operation.high, low.infinitySign == nil,
            high.infinitySign == nil
        else { return nil }
        let kernel = boundKernel(operation)
        let integrand = try body(of: operation, kernel)
        guard integrand.bottom == .one else { return nil }
        let ends = (try scalar(high), try scalar(low))
        var sum = Quotient.zero
        for term in integrand.top.allTerms {
            let (monomial, number) = (term.monomial, term.number)
            var exponent = Rational.zero
            var rest: [Monomial.Factor] = []
            for factor in monomial.factors {
                if factor.kernel == kernel {
                    exponent = factor.exponent
                } else if factor.kernel.name.contains(kernel.name) {
                    return nil
                } else {
                    rest.append(factor)
                }
            }
            guard exponent.isInteger, let count = exponent.int64, count >= 0, count < 1000 else {
                return nil
            }
            let share = try number.divided(by: Rational(Int(count) + 1), &budget)
            let difference = try ends.0.power(count + 1, &budget)
                .adding(try ends.1.power(count + 1, &budget).negated(), &budget)
            let factor = Quotient(Polynomial(Monomial(factors: rest), times: share))
            sum = try sum.adding(try difference.multiplied(by: factor, &budget), &budget)
        }
        return sum
    }

    /// A name that no text can hold, the same for all names of the variable.
    private func boundKernel(_ operation: BoundOperation) -> Kernel {
        Kernel(name: "⟨\(operation.kind.rawValue) \(environment.count)⟩", kind: .free)
    }

    private mutating func body(
        of operation: BoundOperation, _ kernel: Kernel
    ) throws(Refusal) -> Quotient {
        let outer = environment[operation.variable]
        defer { environment[operation.variable] = outer }
        environment[operation.variable] = Quotient(kernel)
        return try scalar(operation.body)
    }

    private mutating func named(_ operation: BoundOperation) throws(Refusal) -> Quotient {
        var parts = [try body(of: operation, boundKernel(operation)).description]
        for end in [operation.low, operation.high] {
            guard let end else { continue }
            if let negative = end.infinitySign {
                parts.append(negative ? "-∞" : "∞")
            } else {
                parts.append(try scalar(end).description)
            }
        }
        let side = operation.side == .both ? "" : operation.side == .above ? ", above" : ", below"
        return opaque(
            "\(operation.kind.rawValue)(" + parts.joined(separator: ", ") + side
                + (operation.low == nil ? ", \(operation.variable)" : "") + ")")
    }
}
