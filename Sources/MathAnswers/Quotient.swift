/// A quotient of two polynomials: the values that arithmetic is exact on.
struct Quotient: Sendable, Hashable {
    let top: Polynomial
    /// Not zero; 1 where the denominator is a single term, which moves into `top`.
    let bottom: Polynomial

    static let zero = Quotient(Polynomial.zero)
    static let one = Quotient(Polynomial.one)

    init(_ polynomial: Polynomial) {
        top = polynomial
        bottom = .one
    }

    init(_ number: Rational) { self.init(Polynomial(number)) }
    init(_ kernel: Kernel) { self.init(Polynomial(kernel)) }

    init(
        _ top: Polynomial, over bottom: Polynomial, _ budget: inout Budget
    ) throws(Refusal) {
        guard !bottom.isZero else { throw .undefined("quotient by zero") }
        if top.isZero || (bottom.terms.isEmpty && bottom.constant.isOne) {
            self.top = top
            self.bottom = .one
        } else if bottom.single != nil {
            self.top = try top.multiplied(by: try bottom.power(-1, &budget), &budget)
            self.bottom = .one
        } else {
            self.top = top
            self.bottom = bottom
        }
    }

    /// The value where it is a number.
    var rational: Rational? { isWhole ? top.rational : nil }

    /// Whether the denominator is 1; a denominator of one term never stays.
    var isWhole: Bool { bottom.terms.isEmpty }

    var isZero: Bool { top.isZero }

    /// All kernels in it.
    var kernels: Set<Kernel> { top.kernels.union(bottom.kernels) }

    /// About the length of `description`, which costs less to know than to write.
    var textSize: Int {
        (top.terms + bottom.terms).reduce(8) { sum, term in
            let bits = term.number.numerator.bitCount + term.number.denominator.bitCount
            return term.monomial.factors.reduce(sum + 4 + bits / 3) {
                $0 + $1.kernel.name.utf8.count + 2
            }
        }
    }

    func negated() -> Quotient { Quotient(unchecked: top.negated(), bottom) }

    private init(unchecked top: Polynomial, _ bottom: Polynomial) {
        self.top = top
        self.bottom = bottom
    }

    func adding(_ other: Quotient, _ budget: inout Budget) throws(Refusal) -> Quotient {
        if isWhole, other.isWhole { return Quotient(try top.adding(other.top, &budget)) }
        if bottom == other.bottom {
            return try Quotient(try top.adding(other.top, &budget), over: bottom, &budget)
        }
        let left = try top.multiplied(by: other.bottom, &budget)
        let right = try other.top.multiplied(by: bottom, &budget)
        return try Quotient(
            try left.adding(right, &budget),
            over: try bottom.multiplied(by: other.bottom, &budget), &budget)
    }

    func multiplied(by other: Quotient, _ budget: inout Budget) throws(Refusal) -> Quotient {
        if isWhole, other.isWhole { return Quotient(try top.multiplied(by: other.top, &budget)) }
        return try Quotient(
            try top.multiplied(by: other.top, &budget),
            over: try bottom.multiplied(by: other.bottom, &budget), &budget)
    }

    func divided(by other: Quotient, _ budget: inout Budget) throws(Refusal) -> Quotient {
        guard !other.isZero else { throw .undefined("quotient by zero") }
        if isWhole, let divisor = other.rational {
            return Quotient(
                try top.scaled(by: Rational.one.divided(by: divisor, &budget), &budget))
        }
        return try Quotient(
            try top.multiplied(by: other.bottom, &budget),
            over: try bottom.multiplied(by: other.top, &budget), &budget)
    }

    func power(_ exponent: Int64, _ budget: inout Budget) throws(Refusal) -> Quotient {
        if exponent < 0 {
            guard exponent != .min else { throw .limit("exponent") }
            return try Quotient.one.divided(by: self, &budget).power(-exponent, &budget)
        }
        if isWhole { return Quotient(try top.power(exponent, &budget)) }
        return try Quotient(
            try top.power(exponent, &budget), over: try bottom.power(exponent, &budget), &budget)
    }

    /// Whether both are the same quotient: a/b = c/d where ad = bc.
    func equals(_ other: Quotient, _ budget: inout Budget) throws(Refusal) -> Bool {
        if self == other { return true }
        if bottom == other.bottom { return top == other.top }
        return try top.multiplied(by: other.bottom, &budget)
            == other.top.multiplied(by: bottom, &budget)
    }

    var description: String {
        isWhole ? top.description : "(\(top.description)) / (\(bottom.description))"
    }
}
