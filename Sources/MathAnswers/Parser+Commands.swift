/// Functions and LaTeX commands with their arguments.
extension Parser {
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

    mutating func parseFraction(from start: Int) throws(Refusal) -> Expression {
        // `\frac12`: one numeral whose two digits are the two arguments.
        if case .number(let numeral)? = current?.kind, let digits = numeral.digits {
            let bytes = Array(digits.utf8)
            let next = position + 1 < tokens.count ? tokens[position + 1].kind : nil
            if bytes.count == 2 || (bytes.count > 2 && next != .symbol(.openGroup)) {
                position += 1
                let top = try digit(bytes[0], from: start)
                guard bytes.count == 2 else {
                    throw .malformed("digits that need braces", at: start)
                }
                return try node(.quotient(top, try digit(bytes[1], from: start)), from: start)
            }
        }
        let top = try parseArgument()
        // `\frac9{14}`, `\frac1{2}3`: the rest follows as a factor.
        let bottom = try parseArgument()
        return try node(.quotient(top, bottom), from: start)
    }

    func digit(_ byte: UInt8, from start: Int) throws(Refusal) -> Expression {
        let text = String(decoding: [byte], as: UTF8.self)
        let numeral = Numeral(value: Rational(Int(byte) - 0x30), digits: text)
        return try node(.number(numeral), from: start)
    }

    mutating func parseCommand(
        _ name: String, from start: Int
    ) throws(Refusal) -> Expression {
        switch name {
        case "frac":
            if let operation = try parseDerivative(from: start) { return operation }
            return try parseFraction(from: start)
        case "sqrt": return try parseRoot(from: start)
        case "cbrt":
            let radicand = try parseArgument()
            let three = try node(.number(Numeral(value: Rational(3))), from: start)
            return try node(.call("sqrt", [radicand, three]), from: start)
        case "binom" where symbol != .open:
            let top = try parseArgument()
            return try node(.call("binom", [top, try parseArgument()]), from: start)
        case "sum", "prod", "int", "lim": return try parseBound(name, from: start)
        case "pmod": return try parseResidue(nil, from: start)
        case "det": return try parseDeterminant(from: start)
        case "angle", "measuredangle", "triangle", "overarc", "widearc":
            // `\angle ABC` is one name.
            var name = name == "triangle" ? "△" : "∠"
            while case .letter(let letter)? = current?.kind, letter.utf8.count == 1 {
                name += letter
                position += 1
            }
            return try node(.letter(name), from: start)
        case "overline" where symbol == .openGroup:
            let inner = try parsePrimary()
            return try node(.call("conj", [inner]), from: start)
        case "cis":
            // cis θ = e^{iθ}
            let angle = try parseBareOrBracketed()
            let turn = try node(
                .product([try node(.letter("i"), from: start), angle]), from: start)
            return try node(.power(try node(.letter("e"), from: start), turn), from: start)
        case "begin": return try parseEnvironment(from: start)
        case "end": throw unexpected()
        default: break
        }
        guard Vocabulary.functions[name] != nil else {
            return try parseUnknown(name, from: start)
        }
        var base: Expression?
        var exponent: Expression?
        if name == "log", accept(.lowered) { base = try parseLowered() }
        if accept(.power) { exponent = try parsePrimary() }
        if name == "log", base == nil, accept(.lowered) { base = try parseLowered() }
        var arguments: [Expression] = base.map { [$0] } ?? []
        arguments += try parseArguments()
        // `\sin^{-1}` is the inverse function, not the reciprocal.
        if let inverse = exponent, inverse.isMinusOne, Self.inverted.contains(name) {
            return try node(.call("arc" + name, arguments), from: start)
        }
        let call = try node(.call(name, arguments), from: start)
        guard let exponent else { return call }
        return try node(.power(call, exponent), from: start)
    }

    mutating func parseDeterminant(from start: Int) throws(Refusal) -> Expression {
        let argument = try parsePrimary()
        guard case .matrix(let rows, _) = argument.kind else {
            return try node(.call("\\det", [argument]), from: start)
        }
        return try node(.matrix(rows, isDeterminant: true), from: start)
    }

    private static let inverted: Set<String> = [
        "sin", "cos", "tan", "cot", "sec", "csc", "sinh", "cosh", "tanh",
    ]

    mutating func parseArguments() throws(Refusal) -> [Expression] {
        let closing: Symbol
        switch symbol {
        case .open: closing = .close
        case .openGroup: closing = .closeGroup
        case .openSet: closing = .closeSet
        case .openSquare: closing = .closeSquare
        default: return [try parseBareArgument()]
        }
        let before = position
        position += 1
        let parts = try parseParts()
        try expect(closing)
        // `\sin{\left(x\right)}` is done; `\ln{2}x` too. `\sin (x)^2` is left to the caller.
        if parts.isEmpty { position = before }
        return parts
    }

    mutating func parseBareOrBracketed() throws(Refusal) -> Expression {
        let arguments = try parseArguments()
        guard arguments.count == 1 else { throw unexpected() }
        return arguments[0]
    }

    /// The base of a logarithm; of unbraced digits TeX lowers the first one only.
    mutating func parseLowered() throws(Refusal) -> Expression {
        let start = here
        guard case .number(let numeral)? = current?.kind, let digits = numeral.digits,
            digits.utf8.count > 1, let token = current
        else { return try parsePrimary() }
        let head = digits.prefix(1)
        let rest = digits.dropFirst()
        guard let first = Int(head),
            let tail = try ExactInteger(digits: rest.utf8, &budget)
        else { throw unexpected() }
        let literal = Numeral(value: Rational(tail), digits: String(rest))
        tokens[position] = Token(kind: .number(literal), range: token.range, spaced: false)
        return try node(
            .number(Numeral(value: Rational(first), digits: String(head))), from: start)
    }

    /// The argument of `\sin 2x`: factors up to the next sign, function or bracket.
    mutating func parseBareArgument() throws(Refusal) -> Expression {
        let start = here
        if accept(.minus) { return try node(.negated(try parseBareArgument()), from: start) }
        var factors = [try parsePower()]
        while let token = current {
            switch token.kind {
            case .letter where !startsDifferential: factors.append(try parsePower())
            case .command("frac"), .command("sqrt"):
                // `\sin 2\sqrt x`, but not `\sin x\frac12`.
                guard case .number? = factors.first?.kind, factors.count == 1 else {
                    return factors.count == 1
                        ? factors[0] : try node(.product(factors), from: start)
                }
                factors.append(try parsePower())
            default:
                return factors.count == 1 ? factors[0] : try node(.product(factors), from: start)
            }
        }
        return factors.count == 1 ? factors[0] : try node(.product(factors), from: start)
    }

    mutating func parseRoot(from start: Int) throws(Refusal) -> Expression {
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
        return try node(.call("sqrt", [radicand] + (degree.map { [$0] } ?? [])), from: start)
    }

    /// A command that is not known: its braced arguments, kept so that equal text stays equal.
    mutating func parseUnknown(
        _ name: String, from start: Int
    ) throws(Refusal) -> Expression {
        var arguments: [Expression] = []
        while arguments.count < 4 {
            if symbol == .lowered || symbol == .power {
                let isPower = symbol == .power
                position += 1
                let side = try parsePrimaryOrRelation()
                arguments.append(try node(.call(isPower ? "to" : "from", [side]), from: start))
            } else if symbol == .openGroup {
                arguments.append(try parsePrimary())
            } else {
                break
            }
        }
        return try node(.call("\\" + name, arguments), from: start)
    }

    mutating func parsePrimaryOrRelation() throws(Refusal) -> Expression {
        guard accept(.openGroup) else { return try parsePrimary() }
        let inner = try parseList()
        try expect(.closeGroup)
        return inner
    }
}
