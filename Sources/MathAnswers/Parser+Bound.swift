/// Sums, products, integrals, limits, derivatives and residues.
extension Parser {
    /// Whether `d x` stands here, inside an integral.
    var startsDifferential: Bool {
        guard !differentials.isEmpty, current?.kind == .letter("d"),
            position + 1 < tokens.count, case .letter = tokens[position + 1].kind
        else { return false }
        return true
    }

    /// Takes `dx` where an integral waits for it.
    mutating func acceptDifferential() -> Bool {
        guard startsDifferential, differentials.last == .some(nil),
            case .letter(let name) = tokens[position + 1].kind
        else { return false }
        differentials[differentials.count - 1] = name
        position += 2
        return true
    }

    /// `\sum_{k=1}^{n} k^2`, `\prod`, `\int_0^1 f\,dx`, `\lim_{x \to 0} f`.
    mutating func parseBound(
        _ name: String, from start: Int
    ) throws(Refusal) -> Expression {
        try enter()
        defer { depth -= 1 }
        var lower: Expression?
        var upper: Expression?
        var side = BoundOperation.Side.both
        while symbol == .lowered || symbol == .power {
            let isLower = symbol == .lowered
            position += 1
            if isLower {
                (lower, side) = try parseLowerBound()
            } else {
                upper = try parseUpperBound()
            }
        }
        switch name {
        case "int": return try parseIntegral(lower, upper, from: start)
        case "lim":
            guard let (variable, point) = lower?.binding else {
                throw .malformed("a limit without x → a", at: start)
            }
            let body = try parseSum()
            return try node(
                .bound(
                    BoundOperation(
                        kind: .limit, variable: variable, low: point, side: side, body: body)),
                from: start)
        default:
            let outer = differentials
            differentials = []
            let body = try parseTerm()
            differentials = outer
            guard let (variable, low, high) = Self.range(lower, upper) else {
                let parts = [lower, upper].compactMap { $0 } + [body]
                return try node(.call("\\" + name, parts), from: start)
            }
            return try node(
                .bound(
                    BoundOperation(
                        kind: name == "sum" ? .sum : .product, variable: variable, low: low,
                        high: high, body: body)), from: start)
        }
    }

    /// Variable and ends of `k=1` with an upper bound, or of `1 \le k \le n`.
    private static func range(
        _ lower: Expression?, _ upper: Expression?
    ) -> (String, Expression, Expression)? {
        guard let lower else { return nil }
        if let upper, let (variable, low) = lower.binding { return (variable, low, upper) }
        guard upper == nil, case .relation(let low, let rest) = lower.kind, rest.count == 2,
            case .letter(let variable) = rest[0].side.kind,
            rest.allSatisfy({ $0.sign == .lessOrEqual })
        else { return nil }
        return (variable, low, rest[1].side)
    }

    private mutating func parseLowerBound() throws(Refusal) -> (Expression, BoundOperation.Side) {
        let start = here
        guard accept(.openGroup) else { return (try parsePrimary(), .both) }
        var side = BoundOperation.Side.both
        var bound = try parseRelation()
        if accept(.arrow) {
            let point = try parseLimitPoint(&side)
            bound = try node(
                .relation(bound, [.init(sign: .equals, side: point)]), from: start)
        }
        try expect(.closeGroup)
        return (bound, side)
    }

    /// `0`, `0^+`, `\infty`, `a^-`.
    private mutating func parseLimitPoint(
        _ side: inout BoundOperation.Side
    ) throws(Refusal) -> Expression {
        // The sign of `0^+` stands at the end, perhaps in braces.
        for index in position..<tokens.count
        where tokens[index].kind == .symbol(.power) && index + 1 < tokens.count {
            let braced = tokens[index + 1].kind == .symbol(.openGroup)
            let at = braced ? index + 2 : index + 1
            guard at < tokens.count else { break }
            let after = braced ? at + 2 : at + 1
            guard after <= tokens.count,
                after == tokens.count
                    || tokens[after].kind == .symbol(.closeGroup)
            else { continue }
            if tokens[at].kind == .symbol(.plus) {
                side = .above
            } else if tokens[at].kind == .symbol(.minus) {
                side = .below
            } else {
                continue
            }
            tokens.removeSubrange(index..<after)
            break
        }
        return try parseSum()
    }

    private mutating func parseUpperBound() throws(Refusal) -> Expression {
        let start = here
        if accept(.minus) { return try node(.negated(try parsePrimary()), from: start) }
        // `\int_0^12x`: of unbraced digits TeX raises the first only; people mean them all.
        return try parsePrimary()
    }

    private mutating func parseIntegral(
        _ lower: Expression?, _ upper: Expression?, from start: Int
    ) throws(Refusal) -> Expression {
        differentials.append(nil)
        let body = try parseSum()
        guard let found = differentials.popLast(), let variable = found else {
            throw .malformed("an integral without dx", at: start)
        }
        guard (lower == nil) == (upper == nil) else { throw unexpected() }
        return try node(
            .bound(
                BoundOperation(
                    kind: .integral, variable: variable, low: lower, high: upper, body: body)),
            from: start)
    }

    // MARK: Derivatives

    /// `\frac{d}{dx} f`, `\frac{d^2}{dx^2} f`, `\frac{dy}{dx}`; nil where the fraction is none.
    mutating func parseDerivative(from start: Int) throws(Refusal) -> Expression? {
        let before = position
        guard let (order, function) = acceptDerivativeTop(),
            let variable = acceptDerivativeBottom(order: order)
        else {
            position = before
            return nil
        }
        if let function {
            return try node(.letter("d\(function)/d\(variable)"), from: start)
        }
        guard position < tokens.count else {
            return try node(.letter("d/d\(variable)"), from: start)
        }
        let body = try parseTerm()
        return try node(
            .bound(
                BoundOperation(kind: .derivative, variable: variable, order: order, body: body)),
            from: start)
    }

    private mutating func acceptD() -> Bool {
        guard current?.kind == .letter("d") || current?.kind == .letter("partial") else {
            return false
        }
        position += 1
        return true
    }

    private mutating func acceptOrder() -> Int? {
        guard accept(.power) else { return 1 }
        let braced = accept(.openGroup)
        guard case .number(let numeral)? = current?.kind, let order = numeral.value.int64,
            (1...8).contains(order)
        else { return nil }
        position += 1
        return !braced || accept(.closeGroup) ? Int(order) : nil
    }

    /// `{d}`, `{d^2}`, `{dy}`.
    private mutating func acceptDerivativeTop() -> (order: Int, function: String?)? {
        guard accept(.openGroup), acceptD(), let order = acceptOrder() else { return nil }
        var function: String?
        if case .letter(let name)? = current?.kind {
            function = name
            position += 1
        }
        return accept(.closeGroup) ? (order, function) : nil
    }

    /// `{dx}`, `{dx^2}`.
    private mutating func acceptDerivativeBottom(order: Int) -> String? {
        guard accept(.openGroup), acceptD(), case .letter(let variable)? = current?.kind else {
            return nil
        }
        position += 1
        guard acceptOrder() == order, accept(.closeGroup) else { return nil }
        return variable
    }

    // MARK: Residues

    /// `3 \pmod{7}`: a residue class.
    mutating func parseResidue(
        _ value: Expression?, from start: Int
    ) throws(Refusal) -> Expression {
        let modulus = try parsePrimary()
        guard let value else { throw .malformed("a modulus without a residue", at: start) }
        return try node(.call("residue", [value, modulus]), from: start)
    }
}

extension Expression {
    /// Variable and value of `k = 1`.
    var binding: (String, Expression)? {
        guard case .relation(let first, let rest) = kind, rest.count == 1,
            rest[0].sign == .equals, case .letter(let name) = first.kind
        else { return nil }
        return (name, rest[0].side)
    }
}
