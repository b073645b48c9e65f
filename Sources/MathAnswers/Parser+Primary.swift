extension Parser {
    /// A number, a letter, a bracket or a function with its arguments.
    mutating func parsePrimary() throws(Refusal) -> Expression {
        try enter()
        defer { depth -= 1 }
        let start = here
        guard let token = current else { throw unexpected() }
        position += 1
        switch token.kind {
        case .number(let numeral): return try parseNumber(numeral, from: start)
        case .letter(let name): return try parseLetter(name, from: start)
        case .word(let word): return node(.word(word), from: start)
        case .command(let name): return try parseCommand(name, from: start)
        case .symbol(let symbol): return try parseBracket(symbol, from: start)
        }
    }

    // MARK: Numbers and letters

    private mutating func parseNumber(
        _ numeral: Numeral, from start: Int
    ) throws(Refusal) -> Expression {
        let whole = node(.number(numeral), from: start)
        if symbol == .lowered { return try parseBase(numeral, from: start) }
        guard numeral.digits != nil, let fraction = try parseMixedFraction() else { return whole }
        return node(.sum([whole, fraction]), from: start)
    }

    /// The fraction of a mixed number, `\frac25` or ` 1/4` after an integer; nil where none is.
    private mutating func parseMixedFraction() throws(Refusal) -> Expression? {
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
            return node(.number(top), from: start)
        case .number(let top) where token.spaced && position + 2 < tokens.count:
            guard tokens[position + 1].kind == .symbol(.over),
                case .number(let bottom) = tokens[position + 2].kind, top.digits != nil,
                bottom.digits != nil
            else { return nil }
            position += 1
            let numerator = node(.number(top), from: start)
            position += 2
            let denominator = node(.number(bottom), from: tokens[position - 1].range.lowerBound)
            return node(.quotient(numerator, denominator), from: start)
        default: return nil
        }
    }

    /// `101_2`, `101_{2}`, `101_{\text{two}}` is not read.
    private mutating func parseBase(
        _ numeral: Numeral, from start: Int
    ) throws(Refusal) -> Expression {
        position += 1
        let braced = accept(.openGroup)
        guard case .number(let base)? = current?.kind, let digits = numeral.digits,
            let radix = base.value.int64, (2...36).contains(radix), radix <= 10
        else { throw unexpected() }
        position += 1
        if braced { try expect(.closeGroup) }
        guard digits.utf8.allSatisfy({ Int64($0 - 0x30) < radix }),
            let value = try ExactInteger(digits: digits.utf8, base: Int(radix), &budget)
        else { throw .malformed("a digit that the base lacks", at: start) }
        return node(.number(Numeral(value: Rational(value))), from: start)
    }

    private mutating func parseLetter(
        _ name: String, from start: Int
    ) throws(Refusal) -> Expression {
        var name = name
        while accept(.prime) { name += "'" }
        if accept(.lowered) { name += "_" + (try parseSubscript()) }
        // `f(x)` and `P(A)`: a function of that name; other letters are factors.
        if "fghFGHPQ".contains(name.prefix(1)), name.count <= 2, symbol == .open,
            current?.spaced == false, isSimpleArgument
        {
            position += 1
            let argument = try parseSum()
            try expect(.close)
            return node(.call(name, [argument]), from: start)
        }
        return node(.letter(name), from: start)
    }

    private var isSimpleArgument: Bool {
        guard position + 2 < tokens.count, tokens[position + 2].kind == .symbol(.close) else {
            return false
        }
        switch tokens[position + 1].kind {
        case .letter, .number: return true
        default: return false
        }
    }

    private mutating func parseSubscript() throws(Refusal) -> String {
        let braced = accept(.openGroup)
        var name = ""
        repeat {
            guard let token = current else { throw unexpected() }
            switch token.kind {
            case .letter(let text), .word(let text): name += text
            case .number(let numeral): name += numeral.value.description
            case .symbol(.comma) where braced: name += ","
            default: throw unexpected()
            }
            position += 1
        } while braced && symbol != .closeGroup
        if braced { try expect(.closeGroup) }
        return name
    }

    // MARK: Brackets

    private mutating func parseBracket(
        _ symbol: Symbol, from start: Int
    ) throws(Refusal) -> Expression {
        switch symbol {
        case .infinity: return node(.infinity, from: start)
        case .emptySet: return node(.emptySet, from: start)
        case .openGroup:
            let inner = try parseList()
            try expect(.closeGroup)
            return inner
        case .openSet:
            if accept(.closeSet) { return node(.emptySet, from: start) }
            let parts = try parseParts()
            try expect(.closeSet)
            return node(.set(parts), from: start)
        case .open, .openSquare: return try parseRound(isSquare: symbol == .openSquare, from: start)
        case .bar:
            barDepth += 1
            defer { barDepth -= 1 }
            let inner = try parseSum()
            try expect(.bar)
            return node(.call("abs", [inner]), from: start)
        default:
            position -= 1
            throw unexpected()
        }
    }

    mutating func parseParts() throws(Refusal) -> [Expression] {
        let outerBars = barDepth
        barDepth = 0
        defer { barDepth = outerBars }
        var parts = [try parseRelation()]
        while accept(.comma) || accept(.semicolon) { parts.append(try parseRelation()) }
        return parts
    }

    private mutating func parseRound(
        isSquare: Bool, from start: Int
    ) throws(Refusal) -> Expression {
        let parts = try parseParts()
        let closesSquare = symbol == .closeSquare
        guard closesSquare || symbol == .close else { throw unexpected() }
        position += 1
        if parts.count == 1, isSquare == closesSquare { return parts[0] }
        if parts.count == 2, isSquare || closesSquare {
            return node(
                .interval(
                    parts[0], parts[1], closedLeft: isSquare, closedRight: closesSquare),
                from: start)
        }
        guard isSquare == closesSquare else { throw .malformed("brackets that differ", at: start) }
        return node(.tuple(parts), from: start)
    }

    // MARK: Commands

    /// A braced argument, or one token as TeX takes it.
    mutating func parseArgument() throws(Refusal) -> Expression {
        let start = here
        guard let token = current else { throw unexpected() }
        if case .number(let numeral) = token.kind, let digits = numeral.digits,
            digits.utf8.count > 1
        {
            throw .malformed("digits that need braces", at: start)
        }
        return try parsePrimary()
    }

    private mutating func parseFraction(from start: Int) throws(Refusal) -> Expression {
        // `\frac12`: one numeral whose two digits are the two arguments.
        if case .number(let numeral)? = current?.kind, let digits = numeral.digits {
            let bytes = Array(digits.utf8)
            let next = position + 1 < tokens.count ? tokens[position + 1].kind : nil
            if bytes.count == 2 || (bytes.count > 2 && next != .symbol(.openGroup)) {
                position += 1
                let top = digit(bytes[0], from: start)
                guard bytes.count == 2 else {
                    throw .malformed("digits that need braces", at: start)
                }
                return node(.quotient(top, digit(bytes[1], from: start)), from: start)
            }
        }
        let top = try parseArgument()
        // `\frac9{14}`, `\frac1{2}3`: the rest follows as a factor.
        let bottom = try parseArgument()
        return node(.quotient(top, bottom), from: start)
    }

    private func digit(_ byte: UInt8, from start: Int) -> Expression {
        let text = String(decoding: [byte], as: UTF8.self)
        let numeral = Numeral(value: Rational(Int(byte) - 0x30), digits: text)
        return node(.number(numeral), from: start)
    }

    private mutating func parseCommand(
        _ name: String, from start: Int
    ) throws(Refusal) -> Expression {
        switch name {
        case "frac": return try parseFraction(from: start)
        case "sqrt": return try parseRoot(from: start)
        case "binom", "dbinom", "tbinom":
            let top = try parseArgument()
            return node(.call("binom", [top, try parseArgument()]), from: start)
        case "begin": return try parseEnvironment(from: start)
        case "end": throw unexpected()
        default: break
        }
        guard Vocabulary.functions.contains(name) else {
            return try parseUnknown(name, from: start)
        }
        var arguments: [Expression] = []
        var exponent: Expression?
        if name == "log", accept(.lowered) { arguments.append(try parsePrimary()) }
        if accept(.power) { exponent = try parsePrimary() }
        if accept(.open) {
            arguments += try parseParts()
            try expect(.close)
        } else if accept(.openGroup) {
            arguments += try parseParts()
            try expect(.closeGroup)
        } else if accept(.openSet) {
            arguments += try parseParts()
            try expect(.closeSet)
        } else {
            arguments.append(try parseBareArgument())
        }
        // `\sin^{-1}` is the inverse function, not the reciprocal.
        if let inverse = exponent, inverse.isMinusOne, ["sin", "cos", "tan"].contains(name) {
            return node(.call("arc" + name, arguments), from: start)
        }
        let call = node(.call(name, arguments), from: start)
        return exponent.map { node(.power(call, $0), from: start) } ?? call
    }

    /// The argument of `\sin 2x`: factors up to the next sign, function or bracket.
    private mutating func parseBareArgument() throws(Refusal) -> Expression {
        let start = here
        var factors = [try parsePower()]
        while let token = current {
            switch token.kind {
            case .letter: factors.append(try parsePower())
            default:
                return factors.count == 1 ? factors[0] : node(.product(factors), from: start)
            }
        }
        return factors.count == 1 ? factors[0] : node(.product(factors), from: start)
    }

    private mutating func parseRoot(from start: Int) throws(Refusal) -> Expression {
        var degree: Expression?
        if accept(.openSquare) {
            degree = try parseSum()
            try expect(.closeSquare)
        }
        let radicand: Expression
        if accept(.open) {
            radicand = try parseSum()
            try expect(.close)
        } else {
            radicand = try parsePrimary()
        }
        return node(.call("sqrt", [radicand] + (degree.map { [$0] } ?? [])), from: start)
    }

    /// A command that is not known: its braced arguments, kept so that equal text stays equal.
    private mutating func parseUnknown(
        _ name: String, from start: Int
    ) throws(Refusal) -> Expression {
        var arguments: [Expression] = []
        while arguments.count < 4 {
            if symbol == .lowered || symbol == .power {
                let isPower = symbol == .power
                position += 1
                let side = try parsePrimaryOrRelation()
                arguments.append(node(.call(isPower ? "to" : "from", [side]), from: start))
            } else if symbol == .openGroup {
                arguments.append(try parsePrimary())
            } else {
                break
            }
        }
        return node(.call("\\" + name, arguments), from: start)
    }

    private mutating func parsePrimaryOrRelation() throws(Refusal) -> Expression {
        guard accept(.openGroup) else { return try parsePrimary() }
        let inner = try parseList()
        try expect(.closeGroup)
        return inner
    }

    /// `\begin{pmatrix} a & b \\ c & d \end{pmatrix}` and its like.
    private mutating func parseEnvironment(from start: Int) throws(Refusal) -> Expression {
        let name = try parseEnvironmentName()
        guard name.hasSuffix("matrix") || name == "array" else {
            throw .malformed("the environment \(name)", at: start)
        }
        if name == "array", accept(.openGroup) {
            while position < tokens.count, !accept(.closeGroup) { position += 1 }
        }
        var rows: [[Expression]] = [[]]
        while current?.kind != .command("end") {
            guard position < tokens.count else { throw unexpected() }
            rows[rows.count - 1].append(try parseRelation())
            if accept(.column) { continue }
            if accept(.row) {
                if current?.kind != .command("end") { rows.append([]) }
            } else if current?.kind != .command("end") {
                throw unexpected()
            }
        }
        position += 1
        guard try parseEnvironmentName() == name else { throw unexpected() }
        guard let width = rows.first?.count, rows.allSatisfy({ $0.count == width }) else {
            throw .malformed("rows of different lengths", at: start)
        }
        return node(.matrix(rows, isDeterminant: name == "vmatrix"), from: start)
    }

    private mutating func parseEnvironmentName() throws(Refusal) -> String {
        try expect(.openGroup)
        var name = ""
        while let token = current, symbol != .closeGroup {
            switch token.kind {
            case .letter(let text), .word(let text): name += text
            default: throw unexpected()
            }
            position += 1
        }
        try expect(.closeGroup)
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

    /// Whether it is an unsigned integer numeral.
    var isPlainInteger: Bool {
        if case .number(let numeral) = kind { return numeral.digits != nil }
        return false
    }
}
