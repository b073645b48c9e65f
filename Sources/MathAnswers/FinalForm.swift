extension Expression {
    /// Whether it is one number with nothing left to work out: a numeral, its negative, a fraction of
    /// two integers, a mixed number, a percentage, a power of ten, with or without a unit.
    ///
    /// A relation is judged by its last side: `x = 2 + 3` is not finished, `2 + 3 = 5` is.
    var isFinalNumber: Bool {
        switch kind {
        case .number: true
        case .negated(let inner), .percent(let inner), .quantity(let inner, _, _):
            inner.isFinalNumber
        case .quotient(let top, let bottom): top.isSignedInteger && bottom.isSignedInteger
        // A mixed number.
        case .sum(let terms):
            terms.count == 2 && terms[0].isPlainInteger && terms[1].isFraction
        case .set(let parts), .list(let parts, _), .tuple(let parts):
            parts.count == 1 && parts[0].isFinalNumber
        case .product(let factors):
            // 3 × 10⁻⁴.
            factors.count == 2 && factors[0].isSignedNumeral && factors[1].isPowerOfTen
        case .power: isPowerOfTen
        case .relation(_, let rest): rest.last?.side.isFinalNumber ?? false
        default: false
        }
    }

    private var isFraction: Bool {
        switch kind {
        case .quotient(let top, let bottom): top.isPlainInteger && bottom.isPlainInteger
        case .number(let numeral): numeral.digits == nil
        default: false
        }
    }

    private var isSignedNumeral: Bool {
        switch kind {
        case .number: true
        case .negated(let inner): inner.isSignedNumeral
        default: false
        }
    }

    private var isSignedInteger: Bool {
        if case .negated(let inner) = kind { return inner.isSignedInteger }
        return isPlainInteger
    }

    private var isPowerOfTen: Bool {
        guard case .power(let base, let exponent) = kind, case .number(let numeral) = base.kind
        else { return false }
        return numeral.value == Rational(10) && exponent.isSignedInteger
    }
}
