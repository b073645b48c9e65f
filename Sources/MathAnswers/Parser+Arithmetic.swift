/// Sums, products, powers, units and postfix signs.
extension Parser {
    mutating func parseSum() throws(Refusal) -> Expression {
        try enter()
        defer { depth -= 1 }
        let start = here
        let waiting = differentials.last
        var terms: [Expression] = []
        if let sign = symbol, sign == .plusMinus || sign == .minusPlus {
            position += 1
            let inner = try parseTerm()
            terms = [try node(.plusMinus(nil, inner, flipped: sign == .minusPlus), from: start)]
        } else {
            terms = [try parseTerm()]
        }
        while let sign = symbol {
            // The differential ends the integrand, but no sum that begins behind it.
            if differentials.last != waiting { break }
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
            case .word where integerCondition != nil: break factors
            case .word("to") where position + 1 < tokens.count && tokens[position + 1].isNumber:
                break factors
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
                    try budget.spend(word.utf8.count / 8)
                    factors = [try node(.word(word + " " + digits), from: start)]
                    continue
                }
                if factors.count == 1,
                    let sum = try parseSmallerUnit(after: factors[0], from: start)
                {
                    factors = [sum]
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
    var opensCondition: Bool {
        position + 2 < tokens.count && symbol == .open
            && tokens[position + 2].symbol == .element
    }

    /// The letter of "for integer n", "where k is an integer" where the rest of the text is that.
    var integerCondition: Expression? {
        guard case .word(let first)? = current?.kind, tokens.count - position <= 8 else {
            return nil
        }
        var letter: Expression?
        var saysInteger = false
        for token in tokens[position...] {
            switch token.kind {
            case .letter(let name):
                if name == "a" { continue }
                guard letter == nil, token.range.count <= 2 else { return nil }
                letter = Expression(kind: .letter(name), range: token.range)
            case .word(let word):
                saysInteger = saysInteger || word.lowercased().contains("integer")
            default: return nil
            }
        }
        let opening = first.lowercased()
        let opens = ["for", "where", "with", "any", "all", "integer"].contains(
            where: opening.hasPrefix)
        return saysInteger && opens ? letter : nil
    }

    func isModulus(at index: Int) -> Bool {
        index < tokens.count && tokens[index].kind == .symbol(.modulo)
    }

    func opensArguments(at index: Int) -> Bool {
        guard index < tokens.count else { return false }
        return tokens[index].kind == .symbol(.open) || tokens[index].kind == .symbol(.openGroup)
            || tokens[index].kind == .symbol(.openSet)
    }

    /// A factor that may have a sign: `5/-8`, `2*-3`.
    mutating func parseSigned() throws(Refusal) -> Expression {
        try enter()
        defer { depth -= 1 }
        let start = here
        if accept(.minus) { return try node(.negated(try parseSigned()), from: start) }
        if accept(.plus) { return try parseSigned() }
        return try parsePower()
    }

    func product(
        _ factors: [Expression], from start: Int
    ) throws(Refusal) -> Expression {
        if factors.isEmpty { return try node(.number(Numeral(value: .one)), from: start) }
        return factors.count == 1 ? factors[0] : try node(.product(factors), from: start)
    }

    /// Whether a token can begin a factor that is multiplied without a sign.
    func startsFactor(_ token: Token) -> Bool {
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
    mutating func parseUnit(
        of value: Expression, _ word: String, from start: Int
    ) throws(Refusal) -> Expression {
        if case .word(let before) = value.kind {
            try budget.spend(before.utf8.count / 8)
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

    /// `1 hour 30 minutes`: the quantity behind another one; nil where no unit follows.
    private mutating func parseSmallerUnit(
        after whole: Expression, from start: Int
    ) throws(Refusal) -> Expression? {
        guard position + 1 < tokens.count, case .word(let unit) = tokens[position + 1].kind,
            Unit.named(unit) != nil
        else { return nil }
        var terms: [Expression]
        switch whole.kind {
        case .quantity: terms = [whole]
        case .sum(let before) where before.count < 4 && before.allSatisfy(\.isQuantity):
            terms = before
        default: return nil
        }
        let inner = here
        let value = try parsePrimary()
        position += 1
        terms.append(try parseUnit(of: value, unit, from: inner))
        return try node(.sum(terms), from: start)
    }

    /// The unit in `/s` or `/\text{s}` behind a unit.
    var unitAfterSlash: String? {
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

    mutating func parseExponent() throws(Refusal) -> Expression {
        try enter()
        defer { depth -= 1 }
        let start = here
        if accept(.minus) { return try node(.negated(try parseExponent()), from: start) }
        if accept(.plus) { return try parseExponent() }
        let base = try parsePrimary()
        guard accept(.power) else { return base }
        return try node(.power(base, try parseExponent()), from: start)
    }

    mutating func parsePostfix() throws(Refusal) -> Expression {
        let start = here
        let value = try parsePrimary()
        return try parsePostfixSigns(of: value, from: start)
    }

    mutating func parsePostfixSigns(
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
    mutating func parseDegrees(
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
    mutating func degreeUnit() -> String {
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

    func isDegree(at index: Int) -> Bool {
        guard index < tokens.count else { return false }
        if tokens[index].kind == .symbol(.degree) { return true }
        return tokens[index].kind == .symbol(.openGroup) && index + 1 < tokens.count
            && tokens[index + 1].kind == .symbol(.degree)
    }
}
