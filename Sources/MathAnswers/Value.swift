/// The normal form of an answer: what two answers are compared as.
indirect enum Value: Sendable {
    /// A number or an expression in variables, with what its notation tells.
    case scalar(Scalar)
    case infinity(negative: Bool)
    case word(String)
    case tuple([Value])
    /// Unordered, without repetition.
    case set([Value])
    /// Parts without a bracket: a set of roots, or the values of a point in order.
    case list([Value])
    case interval(low: Value, high: Value, closedLeft: Bool, closedRight: Bool)
    case relation(Value, [(sign: Symbol, side: Value)])
    case matrix([[Value]])
    case ratio([Value])
    /// A structure that is only compared by its parts' normal forms.
    case opaque(String, [Value])

    /// A quotient of polynomials and how it was written.
    struct Scalar: Sendable {
        var quotient: Quotient
        /// What is evaluated in balls where the normal form does not decide.
        var formula: Formula
        /// Decimal places, where it is one decimal numeral.
        var places: Int?
        var isPercent = false
        /// Unit and the unit's power, where one was written.
        var unit: (name: String, power: Int)?
    }

    /// Whether words stand in it, other than units.
    var holdsProse: Bool {
        switch self {
        case .word(let word): word.utf8.contains(ASCII.space) || word.utf8.count > 12
        case .scalar(let scalar): (scalar.unit?.name.utf8.count ?? 0) > 20
        case .infinity: false
        case .tuple(let parts), .set(let parts), .list(let parts), .ratio(let parts),
            .opaque(_, let parts):
            parts.contains(where: \.holdsProse)
        case .interval(let low, let high, _, _): low.holdsProse || high.holdsProse
        case .relation(let first, let rest):
            first.holdsProse || rest.contains { $0.side.holdsProse }
        case .matrix(let rows): rows.joined().contains(where: \.holdsProse)
        }
    }

    /// Whether it has no variable and no word, other than units.
    var isNumeric: Bool {
        switch self {
        case .word: false
        case .tuple(let parts), .set(let parts), .list(let parts), .ratio(let parts),
            .opaque(_, let parts):
            parts.allSatisfy(\.isNumeric)
        default: letters.isEmpty
        }
    }

    /// The scalar, where it is one.
    var scalar: Scalar? {
        if case .scalar(let scalar) = self { return scalar }
        return nil
    }

    /// The rational number, where it is one.
    var rational: Rational? { scalar?.quotient.rational }

    /// The name, where it is a lone variable.
    var variable: String? {
        guard let quotient = scalar?.quotient, quotient.bottom == .one,
            let single = quotient.top.single, single.number.isOne,
            single.monomial.factors.count == 1, let factor = single.monomial.factors.first,
            factor.exponent.isOne, factor.kernel.kind == .free,
            !factor.kernel.name.utf8.contains(0x28)
        else { return nil }
        return factor.kernel.name
    }

    /// The name and head of a function value that stands alone and is a name itself: `f(x)` of a
    /// function of no known meaning, `\sin A` and `|AB|` of a figure.
    ///
    /// `\ln x` and `|x|` are expressions in x, to be solved for it.
    var functionName: (name: String, head: String)? {
        guard let quotient = scalar?.quotient, quotient.bottom == .one,
            let single = quotient.top.single, single.number.isOne,
            single.monomial.factors.count == 1, let factor = single.monomial.factors.first,
            factor.exponent.isOne, factor.kernel.kind == .free
        else { return nil }
        let name = factor.kernel.name
        guard let open = name.firstIndex(of: "("), name.last == ")" else { return nil }
        let head = String(name[..<open])
        let argument = name[name.index(after: open)...].dropLast()
        if Self.figureFunctions.contains(head) {
            let isFigure =
                argument.allSatisfy { ("A"..."Z").contains($0) || $0 == "*" || $0 == "-" }
                || Vocabulary.letters.contains(String(argument))
            return isFigure && argument.contains(where: \.isLetter) ? (name, head) : nil
        }
        let base = head.prefix { $0 != "'" && $0 != "_" && $0 != "^" }
        let isLetter =
            base.utf8.count == 1 && base.utf8.allSatisfy(ASCII.isLetter)
            || Vocabulary.letters.contains(String(base)) && base != "Gamma"
        let rest = head[base.endIndex...]
        return isLetter && (rest.isEmpty || rest.first != "^" || rest == "^{-1}")
            ? (name, head) : nil
    }

    private static let figureFunctions: Set<String> = [
        "sin", "cos", "tan", "cot", "sec", "csc", "abs", "det", "arg",
    ]

    /// The variables in it.
    var letters: Set<String> {
        switch self {
        case .scalar(let scalar):
            scalar.quotient.top.variableNames.union(scalar.quotient.bottom.variableNames)
        case .infinity, .word: []
        case .tuple(let parts), .set(let parts), .list(let parts), .ratio(let parts),
            .opaque(_, let parts):
            parts.reduce(into: []) { $0.formUnion($1.letters) }
        case .interval(let low, let high, _, _): low.letters.union(high.letters)
        case .relation(let first, let rest):
            rest.reduce(into: first.letters) { $0.formUnion($1.side.letters) }
        case .matrix(let rows): rows.joined().reduce(into: []) { $0.formUnion($1.letters) }
        }
    }

    /// The normal form as text; equal texts are equal values.
    var description: String {
        switch self {
        case .scalar(let scalar):
            scalar.quotient.description
                + (scalar.unit.map { " \($0.name)" + ($0.power == 1 ? "" : "^\($0.power)") } ?? "")
        case .infinity(let negative): negative ? "-∞" : "∞"
        case .word(let word): word
        case .tuple(let parts): "(" + Self.join(parts) + ")"
        case .set(let parts): "{" + parts.map(\.description).sorted().joined(separator: ", ") + "}"
        case .list(let parts): Self.join(parts)
        case .interval(let low, let high, let left, let right):
            (left ? "[" : "(") + "\(low.description), \(high.description)" + (right ? "]" : ")")
        case .relation(let first, let rest):
            first.description + rest.map { " \($0.sign.rawValue) \($0.side.description)" }.joined()
        case .matrix(let rows): "[" + rows.map(Self.join).joined(separator: "; ") + "]"
        case .ratio(let parts): parts.map(\.description).joined(separator: " : ")
        case .opaque(let name, let parts): name + "(" + Self.join(parts) + ")"
        }
    }

    private static func join(_ parts: [Value]) -> String {
        parts.map(\.description).joined(separator: ", ")
    }
}
