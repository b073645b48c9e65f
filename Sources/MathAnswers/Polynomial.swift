/// A sum of monomials with rational coefficients, in normal form: like terms collected, products
/// expanded, radicals of primes and powers of i reduced.
///
/// Two polynomials in variables and radicals of distinct primes are equal as functions exactly
/// where their normal forms are (Besicovitch: such radicals are independent over ℚ).
struct Polynomial: Sendable, Hashable {
    /// A monomial other than 1 with its coefficient, which is not 0.
    struct Term: Sendable, Hashable {
        let monomial: Monomial
        let number: Rational
    }

    /// The coefficient of 1.
    ///
    /// Numbers need nothing else, and no allocation.
    let constant: Rational
    /// Ascending by monomial, each once.
    let terms: [Term]

    static let zero = Polynomial(.zero)
    static let one = Polynomial(.one)

    private init(constant: Rational, terms: [Term]) {
        self.constant = constant
        self.terms = terms
    }

    init(_ number: Rational) { self.init(constant: number, terms: []) }

    init(_ kernel: Kernel) {
        let monomial = Monomial(factors: [.init(kernel: kernel, exponent: .one)])
        self.init(constant: .zero, terms: [Term(monomial: monomial, number: .one)])
    }

    init(_ monomial: Monomial, times number: Rational) {
        if monomial.factors.isEmpty || number.isZero {
            self.init(number)
        } else {
            self.init(constant: .zero, terms: [Term(monomial: monomial, number: number)])
        }
    }

    var isZero: Bool { terms.isEmpty && constant.isZero }

    /// The value where it is a number.
    var rational: Rational? { terms.isEmpty ? constant : nil }

    /// How many terms it has, the number included.
    var termCount: Int { terms.count + (constant.isZero ? 0 : 1) }

    /// All terms, the number as that of the monomial 1.
    var allTerms: [Term] {
        constant.isZero ? terms : [Term(monomial: .one, number: constant)] + terms
    }

    /// Its only term, where it has one.
    var single: Term? {
        if terms.isEmpty {
            return constant.isZero ? nil : Term(monomial: .one, number: constant)
        }
        return terms.count == 1 && constant.isZero ? terms[0] : nil
    }

    /// The coefficient of a monomial other than 1.
    func coefficient(of monomial: Monomial) -> Rational? {
        terms.first { $0.monomial == monomial }?.number
    }

    /// All kernels in it.
    var kernels: Set<Kernel> { Set(terms.flatMap { $0.monomial.factors.map(\.kernel) }) }

    /// Whether all kernels in it are such.
    func allKernels(_ isSuch: (Kernel) -> Bool) -> Bool {
        terms.allSatisfy { $0.monomial.factors.allSatisfy { isSuch($0.kernel) } }
    }

    /// The names of all variables in it, those inside function values too.
    var variableNames: Set<String> {
        var names: Set<String> = []
        for term in terms {
            for factor in term.monomial.factors where factor.kernel.kind == .free {
                factor.kernel.collectVariables(into: &names)
            }
        }
        return names
    }

    func negated() -> Polynomial {
        Polynomial(
            constant: constant.negated(),
            terms: terms.map { Term(monomial: $0.monomial, number: $0.number.negated()) })
    }

    func adding(_ other: Polynomial, _ budget: inout Budget) throws(Refusal) -> Polynomial {
        try budget.spend(1 + terms.count + other.terms.count)
        let constant = try constant.adding(other.constant, &budget)
        if other.terms.isEmpty { return Polynomial(constant: constant, terms: terms) }
        if terms.isEmpty { return Polynomial(constant: constant, terms: other.terms) }
        var merged: [Term] = []
        merged.reserveCapacity(terms.count + other.terms.count)
        var (i, j) = (0, 0)
        while i < terms.count, j < other.terms.count {
            let (a, b) = (terms[i], other.terms[j])
            if a.monomial == b.monomial {
                let sum = try a.number.adding(b.number, &budget)
                if !sum.isZero { merged.append(Term(monomial: a.monomial, number: sum)) }
                i += 1
                j += 1
            } else if a.monomial < b.monomial {
                merged.append(a)
                i += 1
            } else {
                merged.append(b)
                j += 1
            }
        }
        merged += terms[i...]
        merged += other.terms[j...]
        if merged.count > Budget.termLimit { throw .limit("terms") }
        return Polynomial(constant: constant, terms: merged)
    }

    func multiplied(by other: Polynomial, _ budget: inout Budget) throws(Refusal) -> Polynomial {
        if terms.isEmpty { return try other.scaled(by: constant, &budget) }
        if other.terms.isEmpty { return try scaled(by: other.constant, &budget) }
        guard termCount * other.termCount <= Budget.productLimit else { throw .limit("terms") }
        var constant = try constant.multiplied(by: other.constant, &budget)
        var products: [Term] = []
        products.reserveCapacity(termCount * other.termCount)
        for a in allTerms {
            for b in other.allTerms where !a.monomial.isOne || !b.monomial.isOne {
                try budget.spend()
                let (monomial, factor) = try a.monomial.multiplied(by: b.monomial, &budget)
                var number = try a.number.multiplied(by: b.number, &budget)
                if !factor.isOne { number = try number.multiplied(by: factor, &budget) }
                if monomial.isOne {
                    constant = try constant.adding(number, &budget)
                } else {
                    products.append(Term(monomial: monomial, number: number))
                }
            }
        }
        return Polynomial(
            constant: constant, terms: try Self.collected(products, &budget))
    }

    /// Like terms brought together, in order.
    private static func collected(
        _ products: [Term], _ budget: inout Budget
    ) throws(Refusal) -> [Term] {
        if products.count < 2 { return products.filter { !$0.number.isZero } }
        var result: [Term] = []
        for term in products.sorted(by: { $0.monomial < $1.monomial }) {
            guard let last = result.last, last.monomial == term.monomial else {
                if result.last?.number.isZero == true { result.removeLast() }
                result.append(term)
                continue
            }
            let sum = try last.number.adding(term.number, &budget)
            result[result.count - 1] = Term(monomial: term.monomial, number: sum)
        }
        if result.last?.number.isZero == true { result.removeLast() }
        if result.count > Budget.termLimit { throw .limit("terms") }
        return result
    }

    /// Every coefficient times a number.
    func scaled(by number: Rational, _ budget: inout Budget) throws(Refusal) -> Polynomial {
        if number.isZero { return .zero }
        if number.isOne { return self }
        let constant = try constant.multiplied(by: number, &budget)
        if terms.isEmpty { return Polynomial(constant) }
        var scaled: [Term] = []
        scaled.reserveCapacity(terms.count)
        for term in terms {
            scaled.append(
                Term(
                    monomial: term.monomial,
                    number: try term.number.multiplied(by: number, &budget)))
        }
        return Polynomial(constant: constant, terms: scaled)
    }

    /// A whole power by repeated squaring.
    func power(_ exponent: Int64, _ budget: inout Budget) throws(Refusal) -> Polynomial {
        if let single {
            let (raised, factor) = try single.monomial.power(Rational(.small(exponent)), &budget)
            let power = try single.number.power(exponent, &budget)
            return Polynomial(raised, times: try power.multiplied(by: factor, &budget))
        }
        guard exponent >= 0, exponent <= 64 || isZero else { throw .limit("exponent") }
        if isZero { return exponent == 0 ? .one : .zero }
        guard expandedCount(exponent) <= Budget.powerLimit else { throw .limit("terms") }
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

    /// How many terms a whole power has where none coincide: the ways to spread the exponent over
    /// the terms.
    private func expandedCount(_ exponent: Int64) -> Int {
        var count = 1
        for index in 1..<max(1, termCount) {
            count = count * (Int(exponent) + index) / index
            if count > Budget.powerLimit { break }
        }
        return count
    }

    /// Terms in a fixed order: `2*x^2 + -3*x + 1`.
    var description: String {
        if isZero { return "0" }
        let named = terms.map { (name: $0.monomial.description, number: $0.number) }
            .sorted { $0.name < $1.name }
        var parts = named.map { term in
            if term.number.isOne { return term.name }
            return term.number == .minusOne
                ? "-" + term.name : "\(term.number.description)*\(term.name)"
        }
        if !constant.isZero { parts.append(constant.description) }
        return parts.joined(separator: " + ")
    }
}
