/// A tree with the sign that its `±` stand for.
struct Formula: Sendable {
    var expression: Expression
    /// 1 or −1.
    var branch = 1

    /// The formula times a number.
    func scaled(by number: Rational) -> Formula {
        let factor = Expression.made(number, like: expression)
        return Formula(
            expression: .made(.product([factor, expression]), like: expression), branch: branch)
    }

    /// The formula minus another one, of the same branch.
    func subtracting(_ other: Formula) -> Formula {
        let minus = Expression.made(.negated(other.expression), like: other.expression)
        return Formula(
            expression: .made(.sum([expression, minus]), like: expression), branch: branch)
    }
}
