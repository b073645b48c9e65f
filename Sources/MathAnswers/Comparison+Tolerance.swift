extension Comparison {
    /// Whether |answer − gold| ≤ max(absolute, relative · |gold|), proved; nil where one of them is no
    /// real number, or no precision tells.
    mutating func isNear(
        _ gold: Value.Scalar, _ answer: Value.Scalar, _ tolerance: MathOptions.Tolerance
    ) throws(Refusal) -> Bool? {
        let absolute = try rational(tolerance.absolute)
        let relative = try rational(tolerance.relative)
        if let a = gold.quotient.rational, let b = answer.quotient.rational {
            let distance = try b.adding(a.negated(), &budget).absolute
            let share = try a.absolute.multiplied(by: relative, &budget)
            if try distance.compared(to: absolute, &budget) <= 0 { return true }
            return try distance.compared(to: share, &budget) <= 0
        }
        let (x, g) = (answer.formula, gold.formula)
        guard let side = try sign(of: x.subtracting(g)), let goldSide = try sign(of: g) else {
            return nil
        }
        if side == 0 { return true }
        let distance = side > 0 ? x.subtracting(g) : g.subtracting(x)
        let bound = Formula(
            expression: .made(absolute, like: gold.formula.expression), branch: gold.formula.branch)
        if let room = try sign(of: bound.subtracting(distance)), room >= 0 { return true }
        let share = g.scaled(by: goldSide < 0 ? relative.negated() : relative)
        guard let room = try sign(of: share.subtracting(distance)) else { return nil }
        return room >= 0
    }

    /// A tolerance as its shortest decimal says, so that 0.1 is a tenth.
    private mutating func rational(_ value: Double) throws(Refusal) -> Rational {
        let parts = "\(value)".split(separator: "e")
        let digits = parts[0].split(separator: ".", omittingEmptySubsequences: false)
        let places = digits.count > 1 ? digits[1].utf8.count : 0
        let exponent = (parts.count > 1 ? Int64(parts[1]) ?? 0 : 0) - Int64(places)
        guard let integer = try ExactInteger(digits: Array(digits.joined().utf8), &budget) else {
            return .zero
        }
        let scale = try Rational(10).power(exponent, &budget)
        return try Rational(integer).multiplied(by: scale, &budget)
    }
}
