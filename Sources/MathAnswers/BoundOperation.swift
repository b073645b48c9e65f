/// An operation that binds a variable: a sum, a product, an integral, a limit or a derivative.
struct BoundOperation: Sendable {
    /// Which operation.
    enum Kind: String, Sendable {
        case sum
        case product
        case integral
        case limit
        case derivative
    }

    /// From where a limit is taken.
    enum Side: Sendable {
        case both
        case above
        case below
    }

    var kind: Kind
    let variable: String
    /// The lower bound, or the point of a limit; nil for an indefinite integral.
    var low: Expression?
    var high: Expression?
    var side = Side.both
    /// How often a derivative is taken.
    var order = 1
    let body: Expression
}

extension Expression {
    /// A node that no text stands for, placed at another node's bytes.
    static func made(_ kind: Kind, like other: Expression) -> Expression {
        Expression(kind: kind, range: other.range)
    }

    /// A rational number that no text stands for.
    static func made(_ number: Rational, like other: Expression) -> Expression {
        made(.number(Numeral(value: number)), like: other)
    }

    /// False for ∞, true for −∞, nil for anything else.
    var infinitySign: Bool? {
        switch kind {
        case .infinity: return false
        case .negated(let inner):
            if case .infinity = inner.kind { return true }
            return nil
        case .sum(let terms) where terms.count == 1: return terms[0].infinitySign
        default: return nil
        }
    }

    /// The value where nothing but numerals, signs and quotients stand.
    func rational(_ budget: inout Budget) throws(Refusal) -> Rational? {
        switch kind {
        case .number(let numeral): return numeral.value
        case .negated(let inner): return try inner.rational(&budget)?.negated()
        case .quotient(let top, let bottom):
            guard let a = try top.rational(&budget), let b = try bottom.rational(&budget),
                !b.isZero
            else { return nil }
            return try a.divided(by: b, &budget)
        default: return nil
        }
    }

    /// The determinant's expansion along its first row; sizes up to 4.
    static func determinant(
        _ rows: [[Expression]], at range: Range<Int>
    ) throws(Refusal) -> Expression {
        guard let first = rows.first, rows.allSatisfy({ $0.count == rows.count }) else {
            throw .undefined("a determinant that is not square")
        }
        guard rows.count <= 4 else { throw .limit("matrix size") }
        if rows.count == 1 { return first[0] }
        var terms: [Expression] = []
        for (column, entry) in first.enumerated() {
            let rest = rows.dropFirst().map { row in
                row.enumerated().filter { $0.offset != column }.map(\.element)
            }
            let minor = try determinant(Array(rest), at: range)
            let term = Expression(kind: .product([entry, minor]), range: range)
            terms.append(column % 2 == 0 ? term : Expression(kind: .negated(term), range: range))
        }
        return Expression(kind: .sum(terms), range: range)
    }

    /// Whether a letter occurs in the tree outside of a scope that binds it.
    func mentions(_ name: String) -> Bool {
        if case .letter(name) = kind { return true }
        if case .bound(let operation) = kind {
            let outside = [operation.low, operation.high].compactMap { $0 }
            if outside.contains(where: { $0.mentions(name) }) { return true }
            return operation.variable != name && operation.body.mentions(name)
        }
        return children.contains { $0.mentions(name) }
    }
}
