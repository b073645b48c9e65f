extension Evaluator {
    /// A kernel that is only known by its name and arguments.
    func opaque(_ name: String) -> Quotient { Quotient(Kernel(name: name, kind: .free)) }

    // MARK: Powers

    mutating func power(_ base: Quotient, _ exponent: Quotient) throws(Refusal) -> Quotient {
        guard let number = exponent.rational else {
            if let turned = try eulerPower(base, exponent) { return turned }
            if base.rational?.isOne == true { return .one }
            return opaque("(\(base.description))^(\(exponent.description))")
        }
        if number.isInteger {
            if let value = base.rational {
                if value.isOne { return .one }
                if value == .minusOne { return Quotient(number.numerator.isEven ? .one : value) }
                if value.isZero {
                    guard number.sign > 0 else { throw .undefined("zero to no positive power") }
                    return .zero
                }
            }
            guard let count = number.int64 else { throw .limit("exponent") }
            return try wholePower(base, count)
        }
        return try radical(base, number)
    }

    /// A whole power, which stays a kernel where it is too large to be multiplied out.
    private mutating func wholePower(
        _ base: Quotient, _ exponent: Int64
    ) throws(Refusal) -> Quotient {
        do throws(Refusal) {
            return try base.power(exponent, &budget)
        } catch {
            guard base.rational == nil else { throw error }
            let kernel = try unexpanded(error, [base]) { base.description }
            let factor = Monomial.Factor(kernel: kernel, exponent: Rational(.small(exponent)))
            return Quotient(Polynomial(Monomial(factors: [factor]), times: .one))
        }
    }

    /// The sum of two values, which stays a kernel where it has too many terms.
    mutating func sum(_ a: Quotient, _ b: Quotient) throws(Refusal) -> Quotient {
        do throws(Refusal) {
            return try a.adding(b, &budget)
        } catch {
            return Quotient(
                try unexpanded(error, [a, b]) { "(\(a.description))+(\(b.description))" })
        }
    }

    /// The product of two values, which stays a kernel where it has too many terms.
    mutating func product(_ a: Quotient, _ b: Quotient) throws(Refusal) -> Quotient {
        do throws(Refusal) {
            return try a.multiplied(by: b, &budget)
        } catch {
            return Quotient(
                try unexpanded(error, [a, b]) { "(\(a.description))*(\(b.description))" })
        }
    }

    /// A kernel for what was too large to be expanded; rethrows what is no such error, and where
    /// the kernel's name would be too long itself.
    private mutating func unexpanded(
        _ error: Refusal, _ parts: [Quotient], _ name: () -> String
    ) throws(Refusal) -> Kernel {
        guard error == .limit("terms") || error == .limit("exponent") else { throw error }
        let size = parts.reduce(0) { $0 + $1.textSize }
        guard size <= 1 << 15 else { throw error }
        try budget.spend(size / 64)
        return Kernel(name: Kernel.unexpanded + name() + ")", kind: .free)
    }

    /// e^{iπr} for r a multiple of 1/2.
    private mutating func eulerPower(
        _ base: Quotient, _ exponent: Quotient
    ) throws(Refusal) -> Quotient? {
        guard base == opaque("e") else { return nil }
        let half = Quotient(Polynomial(Kernel.imaginary)).negated()
        let turns = try exponent.multiplied(by: half, &budget)
            .divided(by: opaque("pi"), &budget).multiplied(by: Quotient(Rational(2)), &budget)
        guard let quarter = turns.rational?.int64 else { return nil }
        return try Quotient(Kernel.imaginary).power(quarter, &budget)
    }

    /// base ^ exponent for an exponent that is no integer: real odd roots of negative numbers,
    /// the principal square root otherwise.
    private mutating func radical(
        _ base: Quotient, _ exponent: Rational
    ) throws(Refusal) -> Quotient {
        if base.isZero {
            guard exponent.sign > 0 else { throw .undefined("zero to no positive power") }
            return .zero
        }
        if let number = base.rational { return try radical(number, exponent) }
        guard base.bottom == .one, let single = base.top.single else {
            return try opaquePower(base, exponent)
        }
        let (monomial, number) = (single.monomial, single.number)
        // √(4x) = 2√x; √x and √(1/x) are powers of x, but √(x²) is not x.
        guard number.sign > 0, monomial.factors.count == 1, let factor = monomial.factors.first,
            factor.kernel.kind == .free,
            factor.exponent.isOne || factor.exponent == .minusOne
                || !factor.exponent.isInteger
        else { return try opaquePower(base, exponent) }
        let (raised, rest) = try monomial.power(exponent, &budget)
        let root = try radical(number, exponent)
        return try root.multiplied(by: Quotient(Polynomial(raised, times: rest)), &budget)
    }

    private mutating func opaquePower(
        _ base: Quotient, _ exponent: Rational
    ) throws(Refusal) -> Quotient {
        let kernel = Kernel(name: "(\(base.description))", kind: .free)
        let monomial = Monomial(factors: [.init(kernel: kernel, exponent: exponent)])
        return Quotient(Polynomial(monomial, times: .one))
    }

    private mutating func radical(
        _ number: Rational, _ exponent: Rational
    ) throws(Refusal) -> Quotient {
        if number.sign < 0 {
            let root = try radical(number.negated(), exponent)
            if !exponent.denominator.isEven {
                return exponent.numerator.isEven ? root : root.negated()
            }
            guard exponent.denominator == .small(2), let turns = exponent.numerator.int64 else {
                return try opaquePower(Quotient(number), exponent)
            }
            let turned = try Quotient(Kernel.imaginary).power(turns, &budget)
            return try root.multiplied(by: turned, &budget)
        }
        let top = try radical(number.numerator, exponent)
        if number.isInteger { return top }
        return try top.divided(by: try radical(number.denominator, exponent), &budget)
    }

    /// A positive integer to a rational power, as a number times radicals of primes.
    private mutating func radical(
        _ integer: ExactInteger, _ exponent: Rational
    ) throws(Refusal) -> Quotient {
        guard let degree = exponent.denominator.int64, degree <= 64 else {
            throw .limit("degree")
        }
        if integer.isOne { return .one }
        if integer.int64 == nil, let root = try integer.exactRoot(UInt32(degree), &budget) {
            guard let count = exponent.numerator.int64 else { throw .limit("exponent") }
            return Quotient(try Rational(root).power(count, &budget))
        }
        var product = Quotient.one
        for (prime, count) in try primes(of: integer) {
            let share = try exponent.multiplied(by: Rational(count), &budget)
            let kernel = Kernel(name: prime.description, kind: .prime(prime))
            let (monomial, number) = try Monomial(
                factors: [.init(kernel: kernel, exponent: .one)]
            ).power(share, &budget)
            product = try product.multiplied(
                by: Quotient(Polynomial(monomial, times: number)), &budget)
        }
        return product
    }

    /// Prime factors by trial division up to 10⁴; what is left counts as one prime, which keeps
    /// equalities true and may miss some.
    private mutating func primes(
        of integer: ExactInteger
    ) throws(Refusal) -> [(ExactInteger, Int)] {
        guard integer.bitCount <= 4096 else { throw .limit("bits") }
        if let small = integer.int64 { return try smallPrimes(of: small) }
        var rest = integer
        var found: [(ExactInteger, Int)] = []
        var divisor: Int64 = 2
        while divisor <= 10_000, !rest.isOne {
            if let small = rest.int64, divisor * divisor > small { break }
            let prime = ExactInteger.small(divisor)
            var count = 0
            while try divides(divisor, rest) {
                rest = try rest.quotient(prime, &budget)
                count += 1
            }
            if count > 0 { found.append((prime, count)) }
            divisor += divisor == 2 ? 1 : 2
        }
        if !rest.isOne { found.append((rest, 1)) }
        return found
    }

    private mutating func smallPrimes(
        of integer: Int64
    ) throws(Refusal) -> [(ExactInteger, Int)] {
        var rest = integer
        var found: [(ExactInteger, Int)] = []
        var divisor: Int64 = 2
        while divisor <= 10_000, divisor * divisor <= rest {
            var count = 0
            while rest % divisor == 0 {
                rest /= divisor
                count += 1
            }
            if count > 0 { found.append((.small(divisor), count)) }
            divisor += divisor == 2 ? 1 : 2
        }
        try budget.spend(Int(divisor) / 64)
        guard rest > 1 else { return found }
        // The square of a prime beyond the last divisor.
        if divisor > 10_000, let root = try ExactInteger.small(rest).exactRoot(2, &budget) {
            found.append((root, 2))
        } else {
            found.append((.small(rest), 1))
        }
        return found
    }

    private mutating func divides(
        _ divisor: Int64, _ integer: ExactInteger
    ) throws(Refusal) -> Bool {
        if let small = integer.int64 { return small % divisor == 0 }
        return try integer.remainder(.small(divisor), &budget).isZero
    }

    // MARK: Functions

    mutating func factorial(_ argument: Quotient) throws(Refusal) -> Quotient {
        guard let number = argument.rational else { return opaque("(\(argument.description))!") }
        guard number.isInteger, number.sign >= 0 else {
            throw .undefined("factorial of no natural number")
        }
        guard let count = number.int64, let n = UInt32(exactly: count) else {
            throw .limit("factorial")
        }
        return Quotient(Rational(try ExactInteger.factorial(n, &budget)))
    }

    mutating func call(_ name: String, _ arguments: [Expression]) throws(Refusal) -> Quotient {
        if name.hasPrefix("\\") || name == "from" || name == "to" {
            var texts: [String] = []
            for argument in arguments {
                if case .call(let side, let inner) = argument.kind, let only = inner.first,
                    side == "from" || side == "to"
                {
                    texts.append(side + " " + (try value(only).description))
                } else {
                    texts.append(try value(argument).description)
                }
            }
            return opaque(name + "(" + texts.joined(separator: ", ") + ")")
        }
        var values: [Quotient] = []
        for argument in arguments { values.append(try scalar(argument)) }
        return try apply(name, values)
    }

    private mutating func apply(_ name: String, _ values: [Quotient]) throws(Refusal) -> Quotient {
        if let value = try evaluated(name, values) { return value }
        return opaque(name + "(" + values.map(\.description).joined(separator: ", ") + ")")
    }

    /// The exact value of a function, or nil where it stays a kernel.
    private mutating func evaluated(
        _ name: String, _ values: [Quotient]
    ) throws(Refusal) -> Quotient? {
        guard let first = values.first else { return nil }
        let rationals = values.compactMap(\.rational)
        switch name {
        case "sqrt":
            let degree = values.count > 1 ? values[1] : Quotient(Rational(2))
            return try power(first, try Quotient.one.divided(by: degree, &budget))
        case "exp": return try power(opaque("e"), first)
        case "abs":
            if let number = first.rational { return Quotient(number.absolute) }
            let mirror = first.negated().description
            return opaque("abs(\(min(first.description, mirror)))")
        case "min", "max":
            guard rationals.count == values.count else { return nil }
            var best = rationals[0]
            for number in rationals.dropFirst() {
                let order = try number.compared(to: best, &budget)
                if name == "min" ? order < 0 : order > 0 { best = number }
            }
            return Quotient(best)
        case "gcd", "lcm":
            guard rationals.count == values.count, rationals.allSatisfy({ $0.isInteger }) else {
                return nil
            }
            return Quotient(Rational(try divisor(rationals.map(\.numerator), name == "lcm")))
        case "floor", "ceil":
            guard let number = first.rational else { return nil }
            let up = name == "ceil"
            let top = up ? number.numerator.negated() : number.numerator
            let whole = try top.quotient(number.denominator, &budget)
            return Quotient(Rational(up ? whole.negated() : whole))
        case "binom":
            guard rationals.count == 2, let n = rationals[0].int64, let k = rationals[1].int64
            else { return nil }
            guard n >= 0, k >= 0, let top = UInt32(exactly: n), let bottom = UInt32(exactly: k)
            else { throw .limit("binomial") }
            return Quotient(Rational(try ExactInteger.binomial(top, bottom, &budget)))
        case "Gamma":
            guard first.rational?.isInteger == true else { return nil }
            return try factorial(try first.adding(Quotient(.minusOne), &budget))
        case "double factorial":
            guard let number = first.rational else { return nil }
            guard number.isInteger, let count = number.int64, count >= -1 else {
                throw .undefined("a double factorial of no natural number")
            }
            guard count <= 2000 else { throw .limit("factorial") }
            var product = Rational.one
            for factor in stride(from: count, to: 1, by: -2) {
                product = try product.multiplied(by: Rational(Int(factor)), &budget)
            }
            return Quotient(product)
        case "mod":
            guard rationals.count == 2, rationals.allSatisfy(\.isInteger), rationals[1].sign > 0
            else { return nil }
            return Quotient(
                Rational(try rationals[0].numerator.remainder(rationals[1].numerator, &budget)))
        case "sgn":
            guard let number = first.rational else { return nil }
            return Quotient(Rational(number.sign))
        case "conj", "Re", "Im": return try complexPart(name, first)
        case "ln", "log", "lg": return try logarithm(name, values)
        case "arctan" where first.rational?.isOne == true: return try piOver(4)
        case "arcsin" where first.rational?.isOne == true: return try piOver(2)
        case "arctan" where first.isZero, "arcsin" where first.isZero, "sin" where first.isZero,
            "tan" where first.isZero:
            return .zero
        case "arccos" where first.isZero: return try piOver(2)
        case "cos" where first.isZero: return .one
        default: return nil
        }
    }

    /// The conjugate, real or imaginary part of a polynomial in i over the reals.
    private mutating func complexPart(
        _ name: String, _ value: Quotient
    ) throws(Refusal) -> Quotient? {
        guard value.bottom == .one, value.top.kernels.allSatisfy(\.isNumber) else { return nil }
        let i = Polynomial(Kernel.imaginary)
        var real = Polynomial.zero
        var imaginary = Polynomial.zero
        for term in value.top.allTerms {
            let (monomial, number) = (term.monomial, term.number)
            let rest = monomial.factors.filter { $0.kernel != .imaginary }
            let part = Polynomial(Monomial(factors: rest), times: number)
            if rest.count == monomial.factors.count {
                real = try real.adding(part, &budget)
            } else {
                imaginary = try imaginary.adding(part, &budget)
            }
        }
        switch name {
        case "Re": return Quotient(real)
        case "Im": return Quotient(imaginary)
        default:
            let turned = try imaginary.multiplied(by: i, &budget).negated()
            return Quotient(try real.adding(turned, &budget))
        }
    }

    private mutating func piOver(_ parts: Int) throws(Refusal) -> Quotient {
        try opaque("pi").divided(by: Quotient(Rational(parts)), &budget)
    }

    private mutating func divisor(
        _ integers: [ExactInteger], _ multiple: Bool
    ) throws(Refusal) -> ExactInteger {
        var result = integers[0].absolute
        for integer in integers.dropFirst() {
            let common = try result.gcd(integer, &budget)
            if multiple {
                if common.isZero { return .zero }
                result = try result.quotient(common, &budget)
                    .multiplied(by: integer.absolute, &budget)
            } else {
                result = common
            }
        }
        return result
    }

    /// Logarithms of positive rationals as sums over primes; `\log_b a` is ln a / ln b.
    private mutating func logarithm(
        _ name: String, _ values: [Quotient]
    ) throws(Refusal) -> Quotient {
        if values.count == 2 {
            let top = try logarithm("ln", [values[1]])
            return try top.divided(by: try logarithm("ln", [values[0]]), &budget)
        }
        guard let argument = values.first else { return opaque(name) }
        if name == "ln", argument == opaque("e") { return .one }
        guard let number = argument.rational else {
            return opaque("\(name)(\(argument.description))")
        }
        guard number.sign > 0 else { throw .undefined("logarithm of no positive number") }
        var sum = Quotient.zero
        for (part, sign) in [(number.numerator, 1), (number.denominator, -1)] {
            for (prime, count) in try primes(of: part) {
                let share = Quotient(Rational(sign * count))
                let kernel = opaque("\(name)(\(prime.description))")
                sum = try sum.adding(try share.multiplied(by: kernel, &budget), &budget)
            }
        }
        return sum
    }
}
