/// A sum of monomials with rational coefficients, in normal form: like terms collected, products
/// expanded, radicals of primes and powers of i reduced.
///
/// Two polynomials in variables and radicals of distinct primes are equal as functions exactly
/// where their normal forms are (Besicovitch: such radicals are independent over ℚ).
struct Polynomial: Sendable, Hashable {
    /// No coefficient is 0.
    private(set) var terms: [Monomial: Rational]

    static let zero = Polynomial(terms: [:])
    static let one = Polynomial(.one)

    init(terms: [Monomial: Rational]) { self.terms = terms }

    init(_ number: Rational) { terms = number.isZero ? [:] : [.one: number] }

    init(_ kernel: Kernel) {
        terms = [Monomial(factors: [.init(kernel: kernel, exponent: .one)]): .one]
    }

    init(_ monomial: Monomial, times number: Rational) {
        terms = number.isZero ? [:] : [monomial: number]
    }

    var isZero: Bool { terms.isEmpty }

    /// The value where it is a number.
    var rational: Rational? {
        if terms.isEmpty { return .zero }
        return terms.count == 1 ? terms[.one] : nil
    }

    /// Its only term, where it has one.
    var single: (monomial: Monomial, number: Rational)? {
        guard terms.count == 1, let first = terms.first else { return nil }
        return (first.key, first.value)
    }

    /// All kernels in it.
    var kernels: Set<Kernel> { Set(terms.keys.flatMap { $0.factors.map(\.kernel) }) }

    func negated() -> Polynomial { Polynomial(terms: terms.mapValues { $0.negated() }) }

    func adding(_ other: Polynomial, _ budget: inout Budget) throws(Refusal) -> Polynomial {
        var sum = self
        for (monomial, number) in other.terms { try sum.add(monomial, number, &budget) }
        return sum
    }

    func multiplied(by other: Polynomial, _ budget: inout Budget) throws(Refusal) -> Polynomial {
        guard terms.count * other.terms.count <= 64 * Budget.termLimit else {
            throw .limit("terms")
        }
        var product = Polynomial.zero
        for (a, m) in terms {
            for (b, n) in other.terms {
                let (monomial, factor) = try a.multiplied(by: b, &budget)
                let number = try m.multiplied(by: n, &budget)
                try product.add(monomial, try number.multiplied(by: factor, &budget), &budget)
            }
        }
        return product
    }

    /// A whole power by repeated squaring.
    func power(_ exponent: Int64, _ budget: inout Budget) throws(Refusal) -> Polynomial {
        if let (monomial, number) = single {
            let (raised, factor) = try monomial.power(
                Rational(.small(exponent)), &budget)
            let power = try number.power(exponent, &budget)
            return Polynomial(raised, times: try power.multiplied(by: factor, &budget))
        }
        guard exponent >= 0, exponent <= 64 || terms.isEmpty else { throw .limit("exponent") }
        if terms.isEmpty { return exponent == 0 ? .one : .zero }
        var result = Polynomial.one
        var square = self
        var rest = exponent
        while rest > 0 {
            if rest & 1 == 1 { result = try result.multiplied(by: square, &budget) }
            rest >>= 1
            if rest > 0 { square = try square.multiplied(by: square, &budget) }
        }
        return result
    }

    private mutating func add(
        _ monomial: Monomial, _ number: Rational, _ budget: inout Budget
    ) throws(Refusal) {
        try budget.spend()
        guard !number.isZero else { return }
        let sum = try terms[monomial]?.adding(number, &budget) ?? number
        terms[monomial] = sum.isZero ? nil : sum
        if terms.count > Budget.termLimit { throw .limit("terms") }
    }

    /// Terms in a fixed order: `2*x^2 + -3*x + 1`.
    var description: String {
        if terms.isEmpty { return "0" }
        let sorted = terms.map { (name: $0.key.description, number: $0.value) }
            .sorted { a, b in
                // Numbers last, longer names (higher powers, as a rule) first.
                a.name.isEmpty != b.name.isEmpty ? b.name.isEmpty : a.name < b.name
            }
        return sorted.map { term in
            if term.name.isEmpty { return term.number.description }
            if term.number.isOne { return term.name }
            return term.number == .minusOne
                ? "-" + term.name : "\(term.number.description)*\(term.name)"
        }.joined(separator: " + ")
    }
}
