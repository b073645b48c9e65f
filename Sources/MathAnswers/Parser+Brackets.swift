/// Brackets of every kind: groups, sets, tuples, intervals, bars, floors.
extension Parser {
    mutating func parseBracket(
        _ symbol: Symbol, from start: Int
    ) throws(Refusal) -> Expression {
        switch symbol {
        case .infinity: return try node(.infinity, from: start)
        case .emptySet: return try node(.emptySet, from: start)
        case .openGroup:
            return try parseGroup(from: start)
        case .openSet: return try parseBraces(from: start)
        case .open, .openSquare: return try parseRound(isSquare: symbol == .openSquare, from: start)
        case .bar:
            barDepth += 1
            defer { barDepth -= 1 }
            return try parseFunctionBracket("abs", .bar, from: start)
        case .openBar:
            let outerBars = barDepth
            barDepth = 0
            defer { barDepth = outerBars }
            return try parseFunctionBracket("abs", .closeBar, from: start)
        case .openFloor: return try parseFunctionBracket("floor", .closeFloor, from: start)
        case .openCeiling: return try parseFunctionBracket("ceil", .closeCeiling, from: start)
        case .openAngle:
            let parts = try parseParts()
            try expect(.closeAngle)
            return try node(.tuple(parts), from: start)
        case .currency:
            guard case .word(let name)? = current?.kind else { throw unexpected() }
            position += 1
            let amount = try parsePrimary()
            return try node(.quantity(amount, unit: name, power: 1), from: start)
        default:
            position -= 1
            throw unexpected()
        }
    }

    mutating func parseFunctionBracket(
        _ name: String, _ close: Symbol, from start: Int
    ) throws(Refusal) -> Expression {
        let inner = try parseSum()
        // `|A|` of a matrix is its determinant.
        try expect(close)
        if name == "abs", case .matrix(let rows, false) = inner.kind {
            return try node(.matrix(rows, isDeterminant: true), from: start)
        }
        return try node(.call(name, [inner]), from: start)
    }

    /// What braces hold.
    mutating func parseGroup(from start: Int) throws(Refusal) -> Expression {
        if accept(.closeGroup) {
            // `{}_8C_3`: a binomial with its numbers lowered.
            guard accept(.lowered) else { throw .malformed("empty braces", at: start) }
            let top = try parsePrimary()
            guard current?.kind == .letter("C") else { throw unexpected() }
            position += 1
            try expect(.lowered)
            return try node(.call("binom", [top, try parsePrimary()]), from: start)
        }
        let inner = try parseInfix(from: start)
        try expect(.closeGroup)
        return inner
    }

    /// A list, or one over another: `a \over b`, `n \choose k`.
    mutating func parseInfix(from start: Int) throws(Refusal) -> Expression {
        let inner = try parseList()
        if accept(.choose) {
            return try node(.call("binom", [inner, try parseList()]), from: start)
        }
        guard accept(.infixFraction) else { return inner }
        return try node(.quotient(inner, try parseList()), from: start)
    }

    /// A set by its members, or `\{x \mid x > 3\}` by its condition.
    mutating func parseBraces(from start: Int) throws(Refusal) -> Expression {
        if accept(.closeSet) { return try node(.emptySet, from: start) }
        let outerBars = barDepth
        // A bar before the condition closes nothing.
        barDepth = 1
        let first = try parseRelation()
        barDepth = outerBars
        if accept(.bar) || accept(.colon) {
            let condition = try parseList()
            try expect(.closeSet)
            return try node(.call("such that", [first, condition]), from: start)
        }
        if case .relation(let left, let rest) = first.kind, rest[0].sign == .element,
            case .ratio(let sides) = rest[0].side.kind, sides.count == 2, rest.count > 1
        {
            // `\{x \in \mathbb{R} : 0 < x < 1\}`
            let member = Expression.Comparison(sign: .element, side: sides[0])
            let head = try node(.relation(left, [member]), from: left.range.lowerBound)
            let condition = try node(
                .relation(sides[1], Array(rest.dropFirst())), from: sides[1].range.lowerBound)
            try expect(.closeSet)
            return try node(.call("such that", [head, condition]), from: start)
        }
        if case .relation(let left, let rest) = first.kind, case .ratio(let sides) = left.kind,
            sides.count == 2
        {
            // `\{x : x > 3\}`: the colon was read as a ratio.
            var condition = try node(.relation(sides[1], rest), from: sides[1].range.lowerBound)
            let joinedByOr = symbol == .or
            if accept(.comma) || accept(.and) || accept(.or) {
                condition = try node(
                    .list([condition, try parseList()], joinedByOr: joinedByOr), from: start)
            }
            try expect(.closeSet)
            return try node(.call("such that", [sides[0], condition]), from: start)
        }
        var parts = [first]
        while accept(.comma) || accept(.semicolon) || accept(.and) {
            parts.append(try parseRelation())
        }
        try expect(.closeSet)
        return try node(.set(parts), from: start)
    }

    mutating func parseParts() throws(Refusal) -> [Expression] {
        let outerBars = barDepth
        barDepth = 0
        defer { barDepth = outerBars }
        var parts = [try parseRelation()]
        while accept(.comma) || accept(.semicolon) { parts.append(try parseRelation()) }
        return parts
    }

    /// The rows of `[[1, 2], [3, 4]]`; nil where not every part is a row in square brackets.
    private func squareRows(_ parts: [Expression]) -> [[Expression]]? {
        var rows: [[Expression]] = []
        for part in parts {
            switch part.kind {
            case .interval(let low, let high, closedLeft: true, closedRight: true):
                rows.append([low, high])
            case .tuple(let entries):
                guard token(at: part.range.lowerBound)?.symbol == .openSquare else { return nil }
                rows.append(entries)
            default: return nil
            }
        }
        return rows.allSatisfy { $0.count == rows[0].count } ? rows : nil
    }

    /// The token that begins at a byte.
    private func token(at byte: Int) -> Token? {
        var (low, high) = (0, tokens.count)
        while low < high {
            let middle = (low + high) / 2
            if tokens[middle].range.lowerBound < byte { low = middle + 1 } else { high = middle }
        }
        return low < tokens.count ? tokens[low] : nil
    }

    mutating func parseRound(
        isSquare: Bool, from start: Int
    ) throws(Refusal) -> Expression {
        let parts = try parseParts()
        let closesSquare = symbol == .closeSquare
        guard closesSquare || symbol == .close else { throw unexpected() }
        position += 1
        if isSquare, closesSquare, parts.count > 1, let rows = squareRows(parts) {
            return try node(.matrix(rows, isDeterminant: false), from: start)
        }
        if parts.count == 1, isSquare == closesSquare { return parts[0] }
        if parts.count == 2, isSquare || closesSquare {
            return try node(
                .interval(
                    parts[0], parts[1], closedLeft: isSquare, closedRight: closesSquare),
                from: start)
        }
        guard isSquare == closesSquare else { throw .malformed("brackets that differ", at: start) }
        return try node(.tuple(parts), from: start)
    }
}
