/// Turns the tree of an answer into its normal form.
struct Evaluator {
    var budget: Budget
    /// Which of the two values a `±` stands for: 1 or −1.
    private var branch = 1
    /// Values of bound variables.
    var environment: [String: Quotient] = [:]
    private(set) var sawPlusMinus = false

    init(budget: Budget) { self.budget = budget }

    /// The normal form; `±` gives the set of both values.
    mutating func normalForm(_ expression: Expression) throws(Refusal) -> Value {
        let first = try value(expression)
        guard sawPlusMinus else { return first }
        branch = -1
        let second = try value(expression)
        switch (first, second) {
        case (.list(let a), .list(let b)), (.set(let a), .set(let b)): return .set(unique(a + b))
        case (.relation(let left, let a), .relation(_, let b)) where a.count == 1 && b.count == 1:
            return .list([.relation(left, a), .relation(left, b)])
        default: return .set(unique([first, second]))
        }
    }

    func unique(_ values: [Value]) -> [Value] {
        var seen: Set<String> = []
        return values.filter { seen.insert($0.description).inserted }
    }

    private mutating func values(_ parts: [Expression]) throws(Refusal) -> [Value] {
        var result: [Value] = []
        for part in parts { result.append(try value(part)) }
        return result
    }

    mutating func value(_ expression: Expression) throws(Refusal) -> Value {
        try budget.spend()
        switch expression.kind {
        case .word(let word): return Self.word(word)
        case .infinity: return .infinity(negative: false)
        case .negated(let inner):
            if case .infinity = inner.kind { return .infinity(negative: true) }
            if case .quantity = inner.kind { return try negatedQuantity(inner) }
            if inner.holdsMatrix { return try matrixValue(expression) }
            return .scalar(try decimalScalar(expression))
        case .sum(let terms) where terms.count == 1: return try value(terms[0])
        case .sum(let terms) where terms.allSatisfy(\.isQuantity):
            return .scalar(try compoundQuantity(terms))
        case .sum, .product, .quotient, .power, .call("transpose", _):
            if expression.children.contains(where: \.holdsMatrix) {
                return try matrixValue(expression)
            }
            return .scalar(try decimalScalar(expression))
        case .emptySet: return .set([])
        case .set(let parts): return .set(unique(try values(parts)))
        case .list(let parts, let joinedByOr):
            if let family = try family(parts) { return family }
            let values = try values(parts)
            // `x > 1, x < 3` bounds x from both sides.
            let bounds = !joinedByOr && values.allSatisfy(\.isBound)
            return bounds ? .opaque("system", values) : .list(values)
        case .tuple(let parts): return .tuple(try values(parts))
        case .ratio(let parts): return .ratio(try values(parts))
        case .union(let parts): return .opaque("union", try values(parts))
        case .difference(let whole, let removed):
            return .opaque("difference", [try value(whole), try value(removed)])
        case .interval(let low, let high, let left, let right):
            return .interval(
                low: try value(low), high: try value(high), closedLeft: left, closedRight: right)
        case .relation(let first, let rest): return try relation(first, rest)
        case .matrix(let rows, isDeterminant: false): return try matrix(rows)
        case .percent(let inner):
            if case .percent = inner.kind {
                throw .malformed("two percent signs", at: expression.range.upperBound)
            }
            let hundredth = try Rational.one.divided(by: Rational(100), &budget)
            let quotient = try scalar(inner).multiplied(by: Quotient(hundredth), &budget)
            return .scalar(
                .init(quotient: quotient, formula: formula(expression), isPercent: true))
        case .quantity(let inner, let unit, let power):
            if case .word = inner.kind {
                throw .malformed("a unit without a value", at: inner.range.lowerBound)
            }
            guard case .scalar(let measured) = try value(inner) else {
                throw .malformed("a unit on no number", at: expression.range.lowerBound)
            }
            return .scalar(try measure(measured, unit, power))
        case .call("such that", let parts): return try builtSet(parts)
        case .call("cases", let pieces): return .opaque("cases", try values(pieces))
        case .call("residue", let parts): return try residue(parts)
        case .call("intersection", let parts):
            return .opaque("intersection", try values(parts))
        default: return .scalar(try decimalScalar(expression))
        }
    }

    /// `k\pi, k \in \mathbb{Z}`: the values that a whole number runs through, whatever its name.
    private mutating func family(_ parts: [Expression]) throws(Refusal) -> Value? {
        guard parts.count > 1, let last = parts.last,
            case .relation(let first, let rest) = last.kind, rest.count == 1,
            rest[0].sign == .element, case .letter(let name) = first.kind,
            case .letter(let set) = rest[0].side.kind, set == "𝔹Z" || set == "𝔹N",
            environment[name] == nil
        else { return nil }
        environment[name] = Quotient(Kernel(name: "⟨n⟩", kind: .free))
        defer { environment[name] = nil }
        let members = try values(Array(parts.dropLast()))
        let plain = members.map { $0.assignment?.value ?? $0 }
        return .opaque("family over " + set.dropFirst(), plain)
    }

    /// `\{x \mid condition\}`: the set that the condition on a lone variable bounds.
    private mutating func builtSet(_ parts: [Expression]) throws(Refusal) -> Value {
        let head = parts[0]
        let condition = parts[1]
        var domain: Value?
        let member: Expression
        if case .relation(let first, let rest) = head.kind, rest.count == 1,
            rest[0].sign == .element
        {
            member = first
            domain = try value(rest[0].side)
        } else {
            member = head
        }
        let bounds = try value(condition)
        guard case .letter = member.kind, domain == nil || domain?.variable == "ℝ" else {
            return .opaque("such that", [try value(head), bounds])
        }
        // Conditions between commas hold together.
        if case .list(let all, let joinedByOr) = condition.kind, !joinedByOr {
            let conditions = try values(all)
            if conditions.allSatisfy(\.namesRealSet) { return .opaque("intersection", conditions) }
        }
        return bounds
    }

    /// A residue class by its smallest natural member.
    private mutating func residue(_ parts: [Expression]) throws(Refusal) -> Value {
        guard let number = try scalar(parts[0]).rational,
            let modulus = try scalar(parts[1]).rational, number.isInteger, modulus.isInteger,
            modulus.sign > 0
        else { return .opaque("residue", try values(parts)) }
        let least = try number.numerator.remainder(modulus.numerator, &budget)
        let value = Value.scalar(
            .init(
                quotient: Quotient(Rational(least)),
                formula: formula(.made(Rational(least), like: parts[0]))))
        return .opaque("residue", [value, try self.value(parts[1])])
    }

    /// A number with the words behind it: number words multiply, "percent" divides, the rest is
    /// the unit.
    private mutating func measure(
        _ measured: Value.Scalar, _ unit: String, _ power: Int
    ) throws(Refusal) -> Value.Scalar {
        var result = measured
        var words = unit.split(separator: " ")[...]
        while let word = words.first, let size = Self.numberWords[word.lowercased()] {
            result.quotient = try result.quotient.multiplied(by: Quotient(Rational(size)), &budget)
            result.formula = result.formula.scaled(by: Rational(size))
            result.places = nil
            words = words.dropFirst()
        }
        if let word = words.first?.lowercased(), words.count == 1,
            let parts = Self.fractionWords[word.hasSuffix("s") ? String(word.dropLast()) : word]
        {
            let share = try Rational.one.divided(by: Rational(parts), &budget)
            result.quotient = try result.quotient.multiplied(by: Quotient(share), &budget)
            result.formula = result.formula.scaled(by: share)
            words = []
        }
        if let word = words.first?.lowercased(), words.count == 1,
            word == "squared" || word == "cubed"
        {
            throw .malformed("a power in words", at: 0)
        }
        if let first = words.first?.lowercased(), first == "percent" || first == "pct" {
            let hundredth = try Rational.one.divided(by: Rational(100), &budget)
            result.quotient = try result.quotient.multiplied(by: Quotient(hundredth), &budget)
            result.formula = result.formula.scaled(by: hundredth)
            result.isPercent = true
            words = words.dropFirst()
        }
        if words.contains(where: { Self.valueWords.contains($0.lowercased()) }) {
            throw .malformed("words that say another value", at: 0)
        }
        // "12 square units" leaves the unit open.
        if let last = words.last?.lowercased(), last == "unit" || last == "units" {
            words = []
        }
        if !words.isEmpty {
            let name = words.joined(separator: " ")
            // "$5 per hour" goes on from the currency.
            if let currency = measured.unit?.name, name.hasPrefix("per ") || name.hasPrefix("/") {
                result.unit = (currency + " " + name, power)
            } else {
                result.unit = (name, power)
            }
        }
        return result
    }

    /// `1 hour 30 minutes` in its first unit.
    private mutating func compoundQuantity(
        _ terms: [Expression]
    ) throws(Refusal) -> Value.Scalar {
        var total: (value: Value.Scalar, sum: Rational, unit: Unit)?
        for term in terms {
            guard case .scalar(let part) = try value(term), let number = part.quotient.rational,
                let name = part.unit
            else { throw .malformed("a unit on no number", at: term.range.lowerBound) }
            let unit = try Unit.read(name.name, power: name.power, &budget)
            let size = try number.multiplied(by: unit.size, &budget)
            guard let before = total else {
                total = (part, size, unit)
                continue
            }
            guard unit.dimensions == before.unit.dimensions else {
                throw .malformed("a sum of different units", at: term.range.lowerBound)
            }
            total = (before.value, try before.sum.adding(size, &budget), before.unit)
        }
        guard let total else { throw .malformed("no quantity", at: 0) }
        var result = total.value
        let sum = try total.sum.divided(by: total.unit.size, &budget)
        result.quotient = Quotient(sum)
        result.formula = formula(.made(sum, like: terms[0]))
        result.places = nil
        return result
    }

    private static let numberWords: [String: Int] = [
        "hundred": 100, "thousand": 1000, "million": 1_000_000, "billion": 1_000_000_000,
        "trillion": 1_000_000_000_000, "dozen": 12,
    ]

    /// Words behind a number that are no dressing: they change the value, deny it or add another.
    private static let valueWords: Set<String> = Set(numberNames.keys).union([
        "or", "plus", "minus", "divided", "multiplied", "factorial", "half", "halves", "thirds",
        "quarters", "fourths", "fifths", "sixths", "sevenths", "eighths", "ninths", "point",
        "choose", "infinity", "infinite", "not", "wrong", "incorrect", "impossible", "false",
        "none", "exist", "tens", "hundreds", "score", "lakh", "lakhs", "crore", "mille", "base",
        "below", "above", "greater", "cannot", "never", "isn't",
    ])

    /// Numbers in words.
    static let numberNames: [String: Int] = [
        "zero": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7,
        "eight": 8, "nine": 9, "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13,
        "fourteen": 14, "fifteen": 15, "sixteen": 16, "seventeen": 17, "eighteen": 18,
        "nineteen": 19, "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60,
        "seventy": 70, "eighty": 80, "ninety": 90,
    ]

    private static let fractionWords: [String: Int] = [
        "tenth": 10, "hundredth": 100, "thousandth": 1000, "millionth": 1_000_000,
        "billionth": 1_000_000_000,
    ]

    private mutating func negatedQuantity(_ inner: Expression) throws(Refusal) -> Value {
        guard case .scalar(var measured) = try value(inner) else {
            throw .malformed("a unit on no number", at: inner.range.lowerBound)
        }
        measured.quotient = measured.quotient.negated()
        measured.formula = measured.formula.scaled(by: .minusOne)
        return .scalar(measured)
    }

    private static func word(_ word: String) -> Value {
        var folded = word.lowercased()
        for article in ["a ", "an ", "the "] where folded.hasPrefix(article) {
            folded.removeFirst(article.count)
        }
        if folded == "infinity" || folded == "positive infinity" {
            return .infinity(negative: false)
        }
        if folded == "negative infinity" { return .infinity(negative: true) }
        if allReals.contains(folded) {
            let letter = Expression(kind: .letter("ℝ"), range: 0..<0)
            return .scalar(
                .init(
                    quotient: Quotient(Kernel(name: "ℝ", kind: .free)),
                    formula: Formula(expression: letter)))
        }
        if let number = numberNames[folded] {
            let numeral = Expression.Kind.number(Numeral(value: Rational(number)))
            return .scalar(
                .init(
                    quotient: Quotient(Rational(number)),
                    formula: Formula(expression: Expression(kind: numeral, range: 0..<0))))
        }
        for opening in ["there are ", "there is ", "it has ", "has "]
        where folded.hasPrefix(opening) {
            folded.removeFirst(opening.count)
        }
        if folded == "dne" { folded = "does not exist" }
        return noSolution.contains(folded) ? .set([]) : .word(folded)
    }

    private static let allReals: Set<String> = [
        "all real numbers", "all reals", "all real", "real numbers", "set of all real numbers",
        "set of real numbers", "every real number",
    ]

    private static let noSolution: Set<String> = [
        "no solution", "no solutions", "no real solution", "no real solutions", "empty set",
    ]

    private mutating func relation(
        _ first: Expression, _ rest: [Expression.Comparison]
    ) throws(Refusal) -> Value {
        let left = try value(first)
        if rest.count == 1, rest[0].sign == .element, left.namesElement {
            return try value(rest[0].side)
        }
        var sides: [(sign: Symbol, side: Value)] = []
        for comparison in rest {
            sides.append((comparison.sign, try value(comparison.side)))
        }
        return .relation(left, sides)
    }

    private mutating func matrix(_ rows: [[Expression]]) throws(Refusal) -> Value {
        var entries: [[Value]] = []
        for row in rows { entries.append(try values(row)) }
        if entries.allSatisfy({ $0.count == 1 }), entries.count > 1 {
            // A column vector is a point.
            return .tuple(entries.compactMap(\.first))
        }
        return .matrix(entries)
    }

    /// By cofactors of the first row; sizes up to 5.
    private mutating func determinant(_ rows: [[Expression]]) throws(Refusal) -> Quotient {
        var entries: [[Quotient]] = []
        for row in rows {
            var line: [Quotient] = []
            for entry in row { line.append(try scalar(entry)) }
            entries.append(line)
        }
        guard rows.allSatisfy({ $0.count == rows.count }) else {
            throw .undefined("a determinant that is not square")
        }
        guard rows.count <= 5 else { throw .limit("matrix size") }
        return try minor(entries)
    }

    private mutating func minor(_ rows: [[Quotient]]) throws(Refusal) -> Quotient {
        guard let first = rows.first else { return .one }
        var sum = Quotient.zero
        for (column, entry) in first.enumerated() {
            let rest = rows.dropFirst().map { row in
                row.enumerated().filter { $0.offset != column }.map(\.element)
            }
            var term = try entry.multiplied(by: try minor(rest), &budget)
            if column % 2 == 1 { term = term.negated() }
            sum = try sum.adding(term, &budget)
        }
        return sum
    }

    /// A scalar that remembers being a lone decimal numeral.
    private mutating func decimalScalar(
        _ expression: Expression
    ) throws(Refusal) -> Value.Scalar {
        var inner = expression
        while case .negated(let next) = inner.kind { inner = next }
        var places: Int?
        if case .number(let numeral) = inner.kind { places = numeral.places }
        return Value.Scalar(
            quotient: try scalar(expression), formula: formula(expression), places: places)
    }

    /// The tree with the branch that is being evaluated.
    private func formula(_ expression: Expression) -> Formula {
        Formula(expression: expression, branch: branch)
    }

    // MARK: Scalars

    mutating func scalar(_ expression: Expression) throws(Refusal) -> Quotient {
        try budget.spend()
        switch expression.kind {
        case .number(let numeral): return Quotient(numeral.value)
        case .letter(let name) where environment[name] != nil:
            return environment[name] ?? .zero
        case .letter("i"): return Quotient(Kernel.imaginary)
        case .letter(let name): return Quotient(Kernel(name: name, kind: .free))
        case .negated(let inner): return try scalar(inner).negated()
        case .sum(let terms):
            var total = Quotient.zero
            for term in terms { total = try sum(total, try scalar(term)) }
            return total
        case .product(let factors):
            var total = Quotient.one
            for factor in factors { total = try product(total, try scalar(factor)) }
            return total
        case .quotient(let top, let bottom):
            return try scalar(top).divided(by: try scalar(bottom), &budget)
        case .power(let base, let exponent):
            return try power(try scalar(base), try scalar(exponent))
        case .plusMinus(let first, let second, let flipped):
            sawPlusMinus = true
            let added = try scalar(second)
            let signed = (branch > 0) != flipped ? added : added.negated()
            guard let first else { return signed }
            return try scalar(first).adding(signed, &budget)
        case .factorial(let inner): return try factorial(try scalar(inner))
        case .percent(let inner):
            return try scalar(inner).divided(by: Quotient(Rational(100)), &budget)
        case .call(let name, let arguments): return try call(name, arguments)
        case .bound(let operation): return try bound(operation)
        case .quantity(let inner, "degree", _):
            return try scalar(inner).multiplied(by: opaque("pi"), &budget)
                .divided(by: Quotient(Rational(180)), &budget)
        case .matrix(let rows, isDeterminant: true): return try determinant(rows)
        default:
            throw .malformed("no number or expression", at: expression.range.lowerBound)
        }
    }
}
