extension Parser {
    /// A number, a letter, a bracket or a function with its arguments.
    mutating func parsePrimary() throws(Refusal) -> Expression {
        try enter()
        defer { depth -= 1 }
        let start = here
        guard let token = current else { throw unexpected() }
        if symbol == nil, let number = try parseLetteredBase(from: start) { return number }
        position += 1
        switch token.kind {
        case .number(let numeral): return try parseNumber(numeral, from: start)
        case .letter(let name): return try parseLetter(name, from: start)
        case .word(let word): return try node(.word(word), from: start)
        case .command(let name): return try parseCommand(name, from: start)
        case .symbol(let symbol): return try parseBracket(symbol, from: start)
        }
    }

    // MARK: Numbers and letters

    mutating func parseNumber(
        _ numeral: Numeral, from start: Int
    ) throws(Refusal) -> Expression {
        let whole = try node(.number(numeral), from: start)
        if symbol == .lowered { return try parseBase(numeral, from: start) }
        guard numeral.digits != nil, let fraction = try parseMixedFraction() else { return whole }
        return try node(.sum([whole, fraction]), from: start)
    }

    /// The fraction of a mixed number, `\frac25` or ` 1/4` after an integer; nil where none is.
    mutating func parseMixedFraction() throws(Refusal) -> Expression? {
        let start = here
        guard let token = current else { return nil }
        switch token.kind {
        case .command("frac"):
            let before = position
            position += 1
            let fraction = try parseFraction(from: start)
            if case .quotient(let top, let bottom) = fraction.kind, top.isPlainInteger,
                bottom.isPlainInteger
            {
                return fraction
            }
            position = before
            return nil
        case .number(let top) where top.digits == nil && top.places == nil:
            // A vulgar fraction such as ½.
            guard !top.value.isInteger else { return nil }
            position += 1
            return try node(.number(top), from: start)
        case .number(let top) where token.spaced && position + 2 < tokens.count:
            guard tokens[position + 1].kind == .symbol(.over),
                case .number(let bottom) = tokens[position + 2].kind, top.digits != nil,
                bottom.digits != nil
            else { return nil }
            position += 1
            let numerator = try node(.number(top), from: start)
            position += 2
            let denominator = try node(.number(bottom), from: tokens[position - 1].range.lowerBound)
            return try node(.quotient(numerator, denominator), from: start)
        default: return nil
        }
    }

    /// `101_2`, `101_{2}`, `101_{\text{two}}`.
    mutating func parseBase(
        _ numeral: Numeral, from start: Int
    ) throws(Refusal) -> Expression {
        guard let digits = numeral.digits else { throw unexpected() }
        return try parseBase(digits: digits, from: start)
    }

    /// The base behind the digits, and the number that they are in it.
    mutating func parseBase(
        digits: String, from start: Int
    ) throws(Refusal) -> Expression {
        position += 1
        let braced = accept(.openGroup)
        let radix: Int
        switch current?.kind {
        case .number(let base)? where (2...36).contains(base.value.int64 ?? 0):
            radix = Int(base.value.int64 ?? 0)
        case .word(let name)? where Self.baseNames[name.lowercased()] != nil:
            radix = Self.baseNames[name.lowercased()] ?? 10
        default: throw unexpected()
        }
        position += 1
        if braced { try expect(.closeGroup) }
        let values = digits.utf8.map { $0 <= 0x39 ? Int($0) - 0x30 : Int($0 | 0x20) - 0x61 + 10 }
        guard values.allSatisfy({ $0 < radix }),
            let value = try ExactInteger(digits: digits.utf8, base: radix, &budget)
        else { throw .malformed("a digit that the base lacks", at: start) }
        return try node(.number(Numeral(value: Rational(value))), from: start)
    }

    private static let baseNames = [
        "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
        "ten": 10, "eleven": 11, "twelve": 12, "sixteen": 16,
    ]

    /// Digits and capital letters that stand together before a base above ten, such as `2BF_{16}`;
    /// nil where none do.
    mutating func parseLetteredBase(from start: Int) throws(Refusal) -> Expression? {
        var digits = ""
        var sawLetter = false
        var index = position
        while index < tokens.count, index == position || !tokens[index].spaced {
            if case .number(let numeral) = tokens[index].kind, let text = numeral.digits {
                digits += text
            } else if case .letter(let text) = tokens[index].kind, text.utf8.count == 1,
                let byte = text.utf8.first, byte >= 0x41, byte <= 0x5A
            {
                digits += text
                sawLetter = true
            } else {
                break
            }
            index += 1
        }
        guard sawLetter, digits.utf8.count > 1, index + 1 < tokens.count,
            tokens[index].kind == .symbol(.lowered)
        else { return nil }
        let next = tokens[index + 1].kind == .symbol(.openGroup) ? index + 2 : index + 1
        guard next < tokens.count, case .number(let base) = tokens[next].kind,
            let radix = base.value.int64, (11...36).contains(radix)
        else { return nil }
        position = index
        return try parseBase(digits: digits, from: start)
    }

    mutating func parseLetter(
        _ name: String, from start: Int
    ) throws(Refusal) -> Expression {
        if name == "C", symbol == .open, let choose = try parseChoose(from: start) {
            return choose
        }
        if name == "Gamma", accept(.open) {
            let argument = try parseSum()
            try expect(.close)
            return try node(.call(name, [argument]), from: start)
        }
        var name = name
        while accept(.prime) { name += "'" }
        if accept(.lowered) { name += "_" + (try parseSubscript()) }
        // `f(x)` and `P(A)`: a function of that name; other letters are factors.
        if symbol == .open, Self.namesFunction(name),
            current?.spaced == false, isSimpleArgument
        {
            position += 1
            let argument = try parseSum()
            try expect(.close)
            return try node(.call(name, [argument]), from: start)
        }
        return try node(.letter(name), from: start)
    }

    /// f, g, h, F, G, H, P or Q, perhaps with a prime.
    static func namesFunction(_ name: String) -> Bool {
        guard name.utf8.count <= 2, let first = name.utf8.first else { return false }
        switch first {
        case 0x66...0x68, 0x46...0x48, 0x50, 0x51:
            return name.utf8.count == 1 || name.utf8.last == 0x27
        default: return false
        }
    }

    /// `C(8, 3)`: a binomial; nil where the bracket holds anything else.
    mutating func parseChoose(from start: Int) throws(Refusal) -> Expression? {
        guard position + 4 < tokens.count, tokens[position + 2].symbol == .comma,
            tokens[position + 4].symbol == .close
        else { return nil }
        position += 1
        let top = try parsePrimary()
        try expect(.comma)
        let bottom = try parsePrimary()
        try expect(.close)
        return try node(.call("binom", [top, bottom]), from: start)
    }

    var isSimpleArgument: Bool {
        guard position + 2 < tokens.count, tokens[position + 2].kind == .symbol(.close) else {
            return false
        }
        switch tokens[position + 1].kind {
        case .letter, .number: return true
        default: return false
        }
    }

    mutating func parseSubscript() throws(Refusal) -> String {
        let braced = accept(.openGroup)
        var name = ""
        repeat {
            guard let token = current else { throw unexpected() }
            switch token.kind {
            case .letter(let text), .word(let text): name += text
            case .number(let numeral): name += numeral.value.description
            case .symbol(.comma) where braced: name += ","
            case .symbol(.plus) where braced: name += "+"
            case .symbol(.minus) where braced: name += "-"
            default: throw unexpected()
            }
            position += 1
        } while braced && symbol != .closeGroup
        if braced { try expect(.closeGroup) }
        return name
    }
}

extension Expression {
    /// Whether it is −1 as written.
    var isMinusOne: Bool {
        if case .negated(let inner) = kind, case .number(let numeral) = inner.kind {
            return numeral.value.isOne
        }
        return false
    }

    /// Whether it is a number with its unit.
    var isQuantity: Bool {
        if case .quantity = kind { return true }
        return false
    }

    /// Whether it is an unsigned integer numeral.
    var isPlainInteger: Bool {
        if case .number(let numeral) = kind { return numeral.digits != nil }
        return false
    }
}
