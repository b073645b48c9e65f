/// Builds the tree of an answer from its tokens: recursive descent, depth and nodes bounded.
struct Parser {
    var tokens: [Token]
    /// Where the answer ends, for spans.
    let endByte: Int
    var position = 0
    var depth = 0
    var budget: Budget
    /// Inside `|…|` a bar closes.
    var barDepth = 0
    /// For each integral that is being read, the variable of its differential, once seen.
    var differentials: [String?] = []

    init(tokens: [Token], endByte: Int, budget: Budget) {
        self.tokens = tokens
        self.endByte = endByte
        self.budget = budget
    }

    /// Reads all tokens as one answer.
    mutating func parseAnswer() throws(Refusal) -> Expression {
        guard !tokens.isEmpty else { throw .malformed("no answer", at: 0) }
        let answer = try parseList()
        guard position == tokens.count else { throw unexpected() }
        return answer
    }

    var current: Token? { position < tokens.count ? tokens[position] : nil }

    var symbol: Symbol? { position < tokens.count ? tokens[position].symbol : nil }

    var here: Int { position < tokens.count ? tokens[position].range.lowerBound : endByte }

    var lastEnd: Int { position > 0 ? tokens[position - 1].range.upperBound : 0 }

    mutating func accept(_ wanted: Symbol) -> Bool {
        guard symbol == wanted else { return false }
        position += 1
        return true
    }

    mutating func expect(_ wanted: Symbol) throws(Refusal) {
        guard accept(wanted) else { throw unexpected() }
    }

    func unexpected() -> Refusal {
        .malformed(position < tokens.count ? "unexpected sign" : "unexpected end", at: here)
    }

    func node(_ kind: Expression.Kind, from start: Int) throws(Refusal) -> Expression {
        let made = Expression(kind: kind, range: min(start, lastEnd)..<max(start, lastEnd))
        // Chains such as `1/2/3` nest without recursion here, but not in what follows.
        if made.height > Budget.depthLimit { throw .limit("depth") }
        return made
    }

    /// Pays for a node and for a level of the machine's stack.
    mutating func enter() throws(Refusal) {
        try budget.spend()
        depth += 1
        if depth > Budget.depthLimit { throw .limit("depth") }
    }

    // MARK: Lists and relations

    mutating func parseList() throws(Refusal) -> Expression {
        try enter()
        defer { depth -= 1 }
        let start = here
        var parts = [try parseRelation()]
        var joinedByOr = false
        var groups: [Int] = []
        while position < tokens.count {
            var separated = false
            while symbol == .comma || symbol == .semicolon {
                if symbol == .semicolon { groups.append(parts.count) }
                position += 1
                separated = true
            }
            if opensCondition {
                position += 1
                parts.append(try parseRelation())
                try expect(.close)
                continue
            }
            if accept(.and) {
                separated = true
            } else if accept(.or) {
                separated = true
                joinedByOr = true
            }
            guard separated else { break }
            // A comma may end the text or the line.
            if position == tokens.count, case .symbol(.comma) = tokens[position - 1].kind { break }
            parts.append(try parseRelation())
        }
        if parts.count == 1 { return parts[0] }
        if let systems = Self.systems(parts, at: groups) { parts = systems }
        return try node(.list(parts, joinedByOr: joinedByOr), from: start)
    }

    /// `p=5, q=2; p=7, q=2`: the equations between semicolons belong together.
    private static func systems(_ parts: [Expression], at ends: [Int]) -> [Expression]? {
        guard let first = ends.first, first > 1, first < parts.count,
            parts.allSatisfy({ $0.binding != nil })
        else { return nil }
        let bounds = [0] + ends.filter { $0 < parts.count } + [parts.count]
        var systems: [Expression] = []
        for (low, high) in zip(bounds, bounds.dropFirst()) {
            let system = Array(parts[low..<high])
            guard system.count == first, let head = system.first, let tail = system.last else {
                return nil
            }
            systems.append(
                Expression(
                    kind: .list(system, joinedByOr: false),
                    range: head.range.lowerBound..<tail.range.upperBound))
        }
        return systems
    }

    mutating func parseRelation() throws(Refusal) -> Expression {
        try enter()
        defer { depth -= 1 }
        let start = here
        if let sign = symbol, sign == .equals || sign == .element || sign == .approximately,
            position == 0
        {
            // "= 7" and "∈ [0,1]" answer a question that named the left side.
            position += 1
        }
        let first = try parseUnion()
        var rest: [Expression.Comparison] = []
        while let sign = symbol, sign.isRelation {
            position += 1
            let side = try parseUnion()
            // What a value is about is no part of the answer: `\sqrt2 \approx 1.41`.
            if sign == .approximately, !isLoneLetter(first) || !rest.isEmpty { continue }
            let plain = sign == .approximately ? Symbol.equals : sign
            rest.append(Expression.Comparison(sign: plain, side: side))
        }
        return rest.isEmpty ? first : try node(.relation(first, rest), from: start)
    }

    private func isLoneLetter(_ expression: Expression) -> Bool {
        if case .letter = expression.kind { return true }
        return false
    }

    private mutating func parseUnion() throws(Refusal) -> Expression {
        let start = here
        var parts = [try parseRatio()]
        while true {
            if accept(.union) {
                parts.append(try parseRatio())
            } else if accept(.without) {
                let removed = try parseRatio()
                let whole = parts.count == 1 ? parts[0] : try node(.union(parts), from: start)
                parts = [try node(.difference(whole, removed), from: start)]
            } else if accept(.intersection) {
                let other = try parseRatio()
                let whole = parts.count == 1 ? parts[0] : try node(.union(parts), from: start)
                parts = [try node(.call("intersection", [whole, other]), from: start)]
            } else {
                return parts.count == 1 ? parts[0] : try node(.union(parts), from: start)
            }
        }
    }

    private mutating func parseRatio() throws(Refusal) -> Expression {
        let start = here
        var parts = [try parseSum()]
        while accept(.colon) { parts.append(try parseSum()) }
        return parts.count == 1 ? parts[0] : try node(.ratio(parts), from: start)
    }

    // MARK: Arithmetic

    mutating func parseSum() throws(Refusal) -> Expression {
        try enter()
        defer { depth -= 1 }
        let start = here
        var terms: [Expression] = []
        if let sign = symbol, sign == .plusMinus || sign == .minusPlus {
            position += 1
            let inner = try parseTerm()
            terms = [try node(.plusMinus(nil, inner, flipped: sign == .minusPlus), from: start)]
        } else {
            terms = [try parseTerm()]
        }
        while let sign = symbol {
            // The differential ends the integrand.
            if let seen = differentials.last, seen != nil { break }
            let signStart = here
            switch sign {
            case .plus:
                position += 1
                terms.append(try parseTerm())
            case .minus:
                position += 1
                let term = try parseTerm()
                terms.append(try node(.negated(term), from: signStart))
            case .plusMinus, .minusPlus:
                position += 1
                let second = try parseTerm()
                let first = terms.count == 1 ? terms[0] : try node(.sum(terms), from: start)
                let kind = Expression.Kind.plusMinus(first, second, flipped: sign == .minusPlus)
                terms = [try node(kind, from: start)]
            default:
                return terms.count == 1 ? terms[0] : try node(.sum(terms), from: start)
            }
        }
        return terms.count == 1 ? terms[0] : try node(.sum(terms), from: start)
    }

    mutating func parseTerm() throws(Refusal) -> Expression {
        try enter()
        defer { depth -= 1 }
        let start = here
        if accept(.minus) { return try node(.negated(try parseTerm()), from: start) }
        if accept(.plus) { return try parseTerm() }
        // `\int dx`: the integrand is 1.
        var factors: [Expression] = []
        if !acceptDifferential() { factors = [try parsePower()] }
        factors: while let token = current {
            try budget.spend()
            if acceptDifferential() { continue }
            if startsDifferential { break factors }
            switch token.kind {
            case .symbol(.times):
                position += 1
                factors.append(try parseSigned())
            case .symbol(.modulo):
                position += 1
                let left = try product(factors, from: start)
                factors = [try node(.call("mod", [left, try parseSigned()]), from: start)]
            case .command("pmod"):
                position += 1
                factors = [try parseResidue(try product(factors, from: start), from: start)]
            case .symbol(.open) where isModulus(at: position + 1):
                position += 2
                factors = [try parseResidue(try product(factors, from: start), from: start)]
                try expect(.close)
            case .symbol(.over):
                position += 1
                let top = try product(factors, from: start)
                factors = [try node(.quotient(top, try parseSigned()), from: start)]
            case .word(let word):
                position += 1
                factors = [try parseUnit(of: try product(factors, from: start), word, from: start)]
            case .command("min") where !opensArguments(at: position + 1):
                position += 1
                factors = [try parseUnit(of: try product(factors, from: start), "min", from: start)]
            case .symbol(.open) where opensCondition: break factors
            case .number(let numeral):
                // "June 20" is text, "5 6" is no product.
                if factors.count == 1, case .word(let word) = factors[0].kind {
                    position += 1
                    let digits = numeral.digits ?? numeral.value.description
                    factors = [try node(.word(word + " " + digits), from: start)]
                    continue
                }
                if position > 0, case .number = tokens[position - 1].kind { throw unexpected() }
                factors.append(try parsePower())
            default:
                guard startsFactor(token) else { return try product(factors, from: start) }
                factors.append(try parsePower())
            }
        }
        return try product(factors, from: start)
    }

    /// Whether `(k ∈ …)` stands here: a condition on what precedes it.
    private var opensCondition: Bool {
        position + 2 < tokens.count && symbol == .open
            && tokens[position + 2].symbol == .element
    }

    private func isModulus(at index: Int) -> Bool {
        index < tokens.count && tokens[index].kind == .symbol(.modulo)
    }

    private func opensArguments(at index: Int) -> Bool {
        guard index < tokens.count else { return false }
        return tokens[index].kind == .symbol(.open) || tokens[index].kind == .symbol(.openGroup)
            || tokens[index].kind == .symbol(.openSet)
    }

    /// A factor that may have a sign: `5/-8`, `2*-3`.
    private mutating func parseSigned() throws(Refusal) -> Expression {
        try enter()
        defer { depth -= 1 }
        let start = here
        if accept(.minus) { return try node(.negated(try parseSigned()), from: start) }
        if accept(.plus) { return try parseSigned() }
        return try parsePower()
    }

    private func product(
        _ factors: [Expression], from start: Int
    ) throws(Refusal) -> Expression {
        if factors.isEmpty { return try node(.number(Numeral(value: .one)), from: start) }
        return factors.count == 1 ? factors[0] : try node(.product(factors), from: start)
    }

    /// Whether a token can begin a factor that is multiplied without a sign.
    private func startsFactor(_ token: Token) -> Bool {
        switch token.kind {
        case .command("end"): false
        case .letter, .command(_): true
        case .symbol(.open), .symbol(.openGroup), .symbol(.infinity), .symbol(.openBar),
            .symbol(.openFloor), .symbol(.openCeiling):
            true
        case .symbol(.openSquare): false
        case .symbol(.bar): barDepth == 0
        default: false
        }
    }

    /// A word after a value: its unit, perhaps with a power; more words go on with it.
    private mutating func parseUnit(
        of value: Expression, _ word: String, from start: Int
    ) throws(Refusal) -> Expression {
        if case .word(let before) = value.kind {
            return try node(.word(before + " " + word), from: start)
        }
        var unit = word
        var power = 1
        while let token = current {
            if case .word(let more) = token.kind {
                unit += " " + more
                position += 1
            } else if let more = unitAfterSlash {
                unit += "/" + more
                position += 2
            } else {
                break
            }
        }
        if accept(.power) {
            let braced = accept(.openGroup)
            guard case .number(let exponent)? = current?.kind, let count = exponent.value.int64,
                (1...3).contains(count)
            else { throw unexpected() }
            position += 1
            if braced { try expect(.closeGroup) }
            // `m/s^2` is m/(s²); the power of a lone unit is that of the quantity.
            if unit.utf8.contains(0x2F) {
                unit += "^\(count)"
            } else {
                power = Int(count)
                if let more = unitAfterSlash {
                    unit += "^\(count)/" + more
                    power = 1
                    position += 2
                }
            }
        }
        return try node(.quantity(value, unit: unit, power: power), from: start)
    }

    /// The unit in `/s` or `/\text{s}` behind a unit.
    private var unitAfterSlash: String? {
        guard symbol == .over, position + 1 < tokens.count else { return nil }
        switch tokens[position + 1].kind {
        case .word(let name), .letter(let name), .command(let name):
            return Unit.named(name) == nil ? nil : name
        default: return nil
        }
    }

    mutating func parsePower() throws(Refusal) -> Expression {
        try enter()
        defer { depth -= 1 }
        let start = here
        var value = try parsePostfix()
        if symbol == .power, !isDegree(at: position + 1) {
            position += 1
            let exponent = try parseExponent()
            value = try node(.power(value, exponent), from: start)
            value = try parsePostfixSigns(of: value, from: start)
        }
        return value
    }

    private mutating func parseExponent() throws(Refusal) -> Expression {
        try enter()
        defer { depth -= 1 }
        let start = here
        if accept(.minus) { return try node(.negated(try parseExponent()), from: start) }
        if accept(.plus) { return try parseExponent() }
        let base = try parsePrimary()
        guard accept(.power) else { return base }
        return try node(.power(base, try parseExponent()), from: start)
    }

    private mutating func parsePostfix() throws(Refusal) -> Expression {
        let start = here
        let value = try parsePrimary()
        return try parsePostfixSigns(of: value, from: start)
    }

    private mutating func parsePostfixSigns(
        of value: Expression, from start: Int
    ) throws(Refusal) -> Expression {
        var value = value
        while let sign = symbol {
            try budget.spend()
            switch sign {
            case .factorial:
                position += 1
                let kind: Expression.Kind =
                    accept(.factorial) ? .call("double factorial", [value]) : .factorial(value)
                value = try node(kind, from: start)
            case .percent:
                position += 1
                value = try node(.percent(value), from: start)
            case .degree:
                position += 1
                value = try parseDegrees(value, from: start)
            case .power where isDegree(at: position + 1):
                position += 1
                let braced = accept(.openGroup)
                try expect(.degree)
                if braced { try expect(.closeGroup) }
                value = try parseDegrees(value, from: start)
            default: return value
            }
        }
        return value
    }

    /// A value in degrees, with the minutes and seconds of `45^\circ 30' 15''`.
    private mutating func parseDegrees(
        _ degrees: Expression, from start: Int
    ) throws(Refusal) -> Expression {
        let unit = degreeUnit()
        var terms = [degrees]
        for (primes, parts) in [(1, 60), (2, 3600)] where unit == "degree" {
            guard case .number? = current?.kind, position + primes < tokens.count,
                (1...primes).allSatisfy({ tokens[position + $0].symbol == .prime }),
                position + primes + 1 == tokens.count
                    || tokens[position + primes + 1].symbol != .prime
            else { continue }
            let amount = try parsePrimary()
            position += primes
            let divisor = try node(.number(Numeral(value: Rational(parts))), from: start)
            terms.append(try node(.quotient(amount, divisor), from: start))
        }
        let value = terms.count == 1 ? degrees : try node(.sum(terms), from: start)
        return try node(.quantity(value, unit: unit, power: 1), from: start)
    }

    /// The unit of a degree sign: an angle, or a temperature where its letter follows.
    private mutating func degreeUnit() -> String {
        switch current?.kind {
        case .letter("C")?, .word("C")?, .word("Celsius")?: break
        case .letter("F")?, .word("F")?, .word("Fahrenheit")?:
            position += 1
            return "fahrenheit"
        default: return "degree"
        }
        position += 1
        return "celsius"
    }

    private func isDegree(at index: Int) -> Bool {
        guard index < tokens.count else { return false }
        if tokens[index].kind == .symbol(.degree) { return true }
        return tokens[index].kind == .symbol(.openGroup) && index + 1 < tokens.count
            && tokens[index + 1].kind == .symbol(.degree)
    }
}
