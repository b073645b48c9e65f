/// A rational number in lowest terms with a positive denominator.
struct Rational: Sendable, Hashable {
    let numerator: ExactInteger
    let denominator: ExactInteger

    static let zero = Rational(.zero)
    static let one = Rational(.one)
    static let minusOne = Rational(.small(-1))

    init(_ integer: ExactInteger) {
        numerator = integer
        denominator = .one
    }

    init(_ integer: Int) { self.init(.small(Int64(integer))) }

    private init(lowest numerator: ExactInteger, _ denominator: ExactInteger) {
        self.numerator = numerator
        self.denominator = denominator
    }

    /// The quotient of two integers, reduced.
    init(
        _ numerator: ExactInteger, over denominator: ExactInteger, _ budget: inout Budget
    ) throws(Refusal) {
        guard !denominator.isZero else { throw .undefined("quotient by zero") }
        let divisor = try numerator.gcd(denominator, &budget)
        var top = numerator
        var bottom = denominator
        if !divisor.isOne {
            top = try top.quotient(divisor, &budget)
            bottom = try bottom.quotient(divisor, &budget)
        }
        self.numerator = bottom.sign < 0 ? top.negated() : top
        self.denominator = bottom.absolute
    }

    var isZero: Bool { numerator.isZero }
    var isOne: Bool { self == .one }
    var isInteger: Bool { denominator.isOne }
    var sign: Int { numerator.sign }

    /// The value where it is an integer that fits a machine word.
    var int64: Int64? { isInteger ? numerator.int64 : nil }

    func negated() -> Rational { Rational(lowest: numerator.negated(), denominator) }
    var absolute: Rational { sign < 0 ? negated() : self }

    func adding(_ other: Rational, _ budget: inout Budget) throws(Refusal) -> Rational {
        if isInteger, other.isInteger {
            return Rational(try numerator.adding(other.numerator, &budget))
        }
        let left = try numerator.multiplied(by: other.denominator, &budget)
        let right = try other.numerator.multiplied(by: denominator, &budget)
        return try Rational(
            try left.adding(right, &budget),
            over: try denominator.multiplied(by: other.denominator, &budget), &budget)
    }

    func multiplied(by other: Rational, _ budget: inout Budget) throws(Refusal) -> Rational {
        let top = try numerator.multiplied(by: other.numerator, &budget)
        if isInteger, other.isInteger { return Rational(top) }
        return try Rational(
            top, over: try denominator.multiplied(by: other.denominator, &budget), &budget)
    }

    /// 1 / self.
    func inverted() throws(Refusal) -> Rational {
        guard !isZero else { throw .undefined("quotient by zero") }
        return sign < 0
            ? Rational(lowest: denominator.negated(), numerator.negated())
            : Rational(lowest: denominator, numerator)
    }

    func divided(by other: Rational, _ budget: inout Budget) throws(Refusal) -> Rational {
        try multiplied(by: try other.inverted(), &budget)
    }

    /// An integer power; negative exponents invert.
    func power(_ exponent: Int64, _ budget: inout Budget) throws(Refusal) -> Rational {
        if exponent == 0 || isOne { return .one }
        if exponent < 0 {
            guard exponent != .min else { throw .limit("exponent") }
            return try inverted().power(-exponent, &budget)
        }
        if isZero { return .zero }
        if self == .minusOne { return exponent % 2 == 0 ? .one : self }
        guard let count = UInt32(exactly: exponent) else { throw .limit("exponent") }
        return Rational(
            lowest: try numerator.power(count, &budget), try denominator.power(count, &budget))
    }

    /// −1, 0 or 1 as `self` is less than, equal to or greater than `other`.
    func compared(to other: Rational, _ budget: inout Budget) throws(Refusal) -> Int {
        if denominator == other.denominator { return numerator.compared(to: other.numerator) }
        let left = try numerator.multiplied(by: other.denominator, &budget)
        return left.compared(to: try other.numerator.multiplied(by: denominator, &budget))
    }

    /// `n` or `n/d`.
    var description: String {
        isInteger ? numerator.description : "\(numerator.description)/\(denominator.description)"
    }
}
