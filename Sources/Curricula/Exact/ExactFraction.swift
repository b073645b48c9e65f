/// A fraction of 64-bit whole numbers in lowest terms, whose arithmetic says when it leaves them.
package struct ExactFraction: Sendable, Equatable, CustomStringConvertible {
    /// The numerator.
    package let top: Int64
    /// The denominator, above 0.
    package let bottom: Int64

    /// The fraction in lowest terms; nil for a bottom of 0 or a number at the edge of 64 bits.
    package init?(_ top: Int64, _ bottom: Int64) {
        guard bottom != 0, top != .min, bottom != .min else { return nil }
        let divisor = greatestCommonDivisor(top, bottom)
        let sign: Int64 = bottom < 0 ? -1 : 1
        self.top = sign * top / divisor
        self.bottom = sign * bottom / divisor
    }

    /// A whole number, above `Int64.min`.
    package init(whole: Int64) {
        top = whole
        bottom = 1
    }

    /// `5/6`, or `5` for a whole number.
    package var description: String { bottom == 1 ? String(top) : "\(top)/\(bottom)" }

    /// The other sign.
    package var negated: ExactFraction? { ExactFraction(-top, bottom) }

    /// The sum, or nil where it leaves 64 bits.
    package func plus(_ other: ExactFraction) -> ExactFraction? {
        let (left, over1) = top.multipliedReportingOverflow(by: other.bottom)
        let (right, over2) = other.top.multipliedReportingOverflow(by: bottom)
        let (sum, over3) = left.addingReportingOverflow(right)
        let (product, over4) = bottom.multipliedReportingOverflow(by: other.bottom)
        return over1 || over2 || over3 || over4 ? nil : ExactFraction(sum, product)
    }

    /// The difference, or nil where it leaves 64 bits.
    package func minus(_ other: ExactFraction) -> ExactFraction? {
        other.negated.flatMap(plus)
    }

    /// The product, or nil where it leaves 64 bits.
    package func times(_ other: ExactFraction) -> ExactFraction? {
        let (tops, over1) = top.multipliedReportingOverflow(by: other.top)
        let (bottoms, over2) = bottom.multipliedReportingOverflow(by: other.bottom)
        return over1 || over2 ? nil : ExactFraction(tops, bottoms)
    }

    /// The quotient, or nil for one by zero or where it leaves 64 bits.
    package func divided(by other: ExactFraction) -> ExactFraction? {
        ExactFraction(other.bottom, other.top).flatMap(times)
    }
}

/// The greatest common divisor by Euclid's algorithm, at least 1 unless both are 0; neither may be
/// the least number.
func greatestCommonDivisor<Number: SignedInteger>(_ first: Number, _ second: Number) -> Number {
    var (a, b) = (abs(first), abs(second))
    while b != 0 { (a, b) = (b, a % b) }
    return a
}
