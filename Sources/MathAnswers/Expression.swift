/// An answer as it was written: a tree whose nodes know their bytes.
struct Expression: Sendable {
    /// What stands at the node.
    indirect enum Kind: Sendable {
        case number(Numeral)
        /// A variable or a named constant.
        case letter(String)
        /// Prose, compared case-folded.
        case word(String)
        case infinity
        case emptySet
        case sum([Expression])
        case negated(Expression)
        case product([Expression])
        case quotient(Expression, Expression)
        case power(Expression, Expression)
        /// `a ± b`; the first is nil for a bare `±b`. `flipped` is `∓`.
        case plusMinus(Expression?, Expression, flipped: Bool)
        case factorial(Expression)
        case percent(Expression)
        /// A value with a unit or a counted noun, and the unit's power.
        case quantity(Expression, unit: String, power: Int)
        /// A function or an unknown command with its arguments.
        case call(String, [Expression])
        /// A sum, product, integral, limit or derivative.
        case bound(BoundOperation)
        /// `first op second op third …`.
        case relation(Expression, [Comparison])
        /// Parts between commas, "and", "or", without a bracket.
        case list([Expression], joinedByOr: Bool)
        case tuple([Expression])
        case set([Expression])
        case interval(Expression, Expression, closedLeft: Bool, closedRight: Bool)
        case union([Expression])
        case difference(Expression, Expression)
        case ratio([Expression])
        case matrix([[Expression]], isDeterminant: Bool)
    }

    /// One sign of a relation with what follows it.
    struct Comparison: Sendable {
        let sign: Symbol
        let side: Expression
    }

    let kind: Kind
    /// Byte range in the answer.
    let range: Range<Int>
    /// Levels of nodes, this one included.
    let height: Int

    init(kind: Kind, range: Range<Int>) {
        self.kind = kind
        self.range = range
        height = 1 + Self.height(below: kind)
    }

    private static func height(below kind: Kind) -> Int {
        func highest(_ parts: [Expression]) -> Int {
            parts.reduce(0) { max($0, $1.height) }
        }
        return switch kind {
        case .number, .letter, .word, .infinity, .emptySet: 0
        case .negated(let inner), .factorial(let inner), .percent(let inner),
            .quantity(let inner, _, _):
            inner.height
        case .sum(let parts), .product(let parts), .call(_, let parts), .list(let parts, _),
            .tuple(let parts), .set(let parts), .union(let parts), .ratio(let parts):
            highest(parts)
        case .quotient(let a, let b), .power(let a, let b), .difference(let a, let b),
            .interval(let a, let b, _, _):
            max(a.height, b.height)
        case .plusMinus(let first, let second, _): max(first?.height ?? 0, second.height)
        case .bound(let operation):
            max(
                operation.body.height, operation.low?.height ?? 0, operation.high?.height ?? 0)
        case .relation(let first, let rest):
            rest.reduce(first.height) { max($0, $1.side.height) }
        case .matrix(let rows, _): rows.reduce(0) { max($0, highest($1)) }
        }
    }
}

extension Expression {
    /// The tree as indented lines: name, bytes, children below.
    func outline(_ text: [UInt8], indent: Int = 0) -> [String] {
        let bounds = range.clamped(to: 0..<text.count)
        let source = String(decoding: text[bounds], as: UTF8.self)
        let (name, children) = parts
        let line = String(repeating: "  ", count: indent) + "\(name) [\(range)] \(source)"
        return [line] + children.flatMap { $0.outline(text, indent: indent + 1) }
    }

    /// The node's name and children.
    private var parts: (String, [Expression]) {
        switch kind {
        case .number(let numeral): ("number \(numeral.value.description)", [])
        case .letter(let name): ("letter \(name)", [])
        case .word: ("word", [])
        case .infinity: ("infinity", [])
        case .emptySet: ("empty set", [])
        case .sum(let terms): ("sum", terms)
        case .negated(let inner): ("negated", [inner])
        case .product(let factors): ("product", factors)
        case .quotient(let top, let bottom): ("quotient", [top, bottom])
        case .power(let base, let exponent): ("power", [base, exponent])
        case .plusMinus(let first, let second, _):
            ("plus or minus", (first.map { [$0] } ?? []) + [second])
        case .factorial(let inner): ("factorial", [inner])
        case .percent(let inner): ("percent", [inner])
        case .quantity(let inner, let unit, let power): ("quantity in \(unit)^\(power)", [inner])
        case .call(let name, let arguments): ("call \(name)", arguments)
        case .bound(let operation):
            (
                "\(operation.kind.rawValue) over \(operation.variable)",
                [operation.low, operation.high].compactMap { $0 } + [operation.body]
            )
        case .relation(let first, let rest):
            ("relation " + rest.map(\.sign.rawValue).joined(), [first] + rest.map(\.side))
        case .list(let parts, let joinedByOr): (joinedByOr ? "list with or" : "list", parts)
        case .tuple(let parts): ("tuple", parts)
        case .set(let parts): ("set", parts)
        case .interval(let low, let high, let left, let right):
            ("interval \(left ? "[" : "(")\(right ? "]" : ")")", [low, high])
        case .union(let parts): ("union", parts)
        case .difference(let whole, let removed): ("difference", [whole, removed])
        case .ratio(let parts): ("ratio", parts)
        case .matrix(let rows, let isDeterminant):
            (isDeterminant ? "determinant" : "matrix", rows.flatMap { $0 })
        }
    }
}

extension Expression {
    /// The nodes below.
    var children: [Expression] { parts.1 }

    /// The node with other nodes below it, in the order of `children`.
    func mapChildren(_ change: (Expression) -> Expression) -> Expression {
        let changed: Kind =
            switch kind {
            case .number, .letter, .word, .infinity, .emptySet: kind
            case .negated(let inner): .negated(change(inner))
            case .sum(let terms): .sum(terms.map(change))
            case .product(let factors): .product(factors.map(change))
            case .quotient(let top, let bottom): .quotient(change(top), change(bottom))
            case .power(let base, let exponent): .power(change(base), change(exponent))
            case .plusMinus(let first, let second, let flipped):
                .plusMinus(first.map(change), change(second), flipped: flipped)
            case .factorial(let inner): .factorial(change(inner))
            case .percent(let inner): .percent(change(inner))
            case .quantity(let inner, let unit, let power):
                .quantity(change(inner), unit: unit, power: power)
            case .call(let name, let arguments): .call(name, arguments.map(change))
            case .bound(let operation):
                .bound(
                    BoundOperation(
                        kind: operation.kind, variable: operation.variable,
                        low: operation.low.map(change), high: operation.high.map(change),
                        side: operation.side, order: operation.order,
                        body: change(operation.body)))
            case .relation(let first, let rest):
                .relation(
                    change(first), rest.map { Comparison(sign: $0.sign, side: change($0.side)) })
            case .list(let parts, let joinedByOr): .list(parts.map(change), joinedByOr: joinedByOr)
            case .tuple(let parts): .tuple(parts.map(change))
            case .set(let parts): .set(parts.map(change))
            case .interval(let low, let high, let left, let right):
                .interval(change(low), change(high), closedLeft: left, closedRight: right)
            case .union(let parts): .union(parts.map(change))
            case .difference(let whole, let removed): .difference(change(whole), change(removed))
            case .ratio(let parts): .ratio(parts.map(change))
            case .matrix(let rows, let isDeterminant):
                .matrix(rows.map { $0.map(change) }, isDeterminant: isDeterminant)
            }
        return Expression(kind: changed, range: range)
    }
}
