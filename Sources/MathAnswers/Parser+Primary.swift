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

    private mutating func parseNumber(
        _ numeral: Numeral, from start: Int
    ) throws(Refusal) -> Expression {
        let whole = try node(.number(numeral), from: start)
        if symbol == .lowered { return try parseBase(numeral, from: start) }
        guard numeral.digits != nil, let fraction = try parseMixedFraction() else { return whole }
        return try node(.sum([whole, fraction]), from: start)
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
    private mutating func parseBase(
        _ numeral: Numeral, from start: Int
    ) throws(Refusal) -> Expression {
        guard let digits = numeral.digits else { throw unexpected() }
        return try parseBase(digits: digits, from: start)
    }

    /// The base behind the digits, and the number that they are in it.
    private mutating func parseBase(
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
    private mutating func parseLetteredBase(from start: Int) throws(Refusal) -> Expression? {
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

    private mutating func parseLetter(
        _ name: String, from start: Int
    ) throws(Refusal) -> Expression {
        if name == "C", symbol == .open, let choose = try parseChoose(from: start) {
            return choose
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
    private static func namesFunction(_ name: String) -> Bool {
        guard name.utf8.count <= 2, let first = name.utf8.first else { return false }
        switch first {
        case 0x66...0x68, 0x46...0x48, 0x50, 0x51:
            return name.utf8.count == 1 || name.utf8.last == 0x27
        default: return false
        }
    }

    /// `C(8, 3)`: a binomial; nil where the bracket holds anything else.
    private mutating func parseChoose(from start: Int) throws(Refusal) -> Expression? {
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
            case .symbol(.plus) where braced: name += "+"
            case .symbol(.minus) where braced: name += "-"
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

    private mutating func parseFunctionBracket(
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

    /// What braces hold: a list, or a TeX infix `a \over b`, `n \choose k`.
    private mutating func parseGroup(from start: Int) throws(Refusal) -> Expression {
        if accept(.closeGroup) {
            // `{}_8C_3`: a binomial with its numbers lowered.
            guard accept(.lowered) else { throw .malformed("empty braces", at: start) }
            let top = try parsePrimary()
            guard current?.kind == .letter("C") else { throw unexpected() }
            position += 1
            try expect(.lowered)
            return try node(.call("binom", [top, try parsePrimary()]), from: start)
        }
        var inner = try parseList()
        if accept(.choose) {
            inner = try node(.call("binom", [inner, try parseList()]), from: start)
        } else if current?.kind == .command("over") {
            position += 1
            inner = try node(.quotient(inner, try parseList()), from: start)
        }
        try expect(.closeGroup)
        return inner
    }

    /// A set by its members, or `\{x \mid x > 3\}` by its condition.
    private mutating func parseBraces(from start: Int) throws(Refusal) -> Expression {
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

    private mutating func parseRound(
        isSquare: Bool, from start: Int
    ) throws(Refusal) -> Expression {
        let parts = try parseParts()
        let closesSquare = symbol == .closeSquare
        guard closesSquare || symbol == .close else { throw unexpected() }
        position += 1
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

    private func digit(_ byte: UInt8, from start: Int) throws(Refusal) -> Expression {
        let text = String(decoding: [byte], as: UTF8.self)
        let numeral = Numeral(value: Rational(Int(byte) - 0x30), digits: text)
        return try node(.number(numeral), from: start)
    }

    private mutating func parseCommand(
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
        guard Vocabulary.functions[name] != nil || name == "Re" || name == "Im" else {
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

    private mutating func parseDeterminant(from start: Int) throws(Refusal) -> Expression {
        let argument = try parsePrimary()
        guard case .matrix(let rows, _) = argument.kind else {
            return try node(.call("\\det", [argument]), from: start)
        }
        return try node(.matrix(rows, isDeterminant: true), from: start)
    }

    private static let inverted: Set<String> = [
        "sin", "cos", "tan", "cot", "sec", "csc", "sinh", "cosh", "tanh",
    ]

    private mutating func parseArguments() throws(Refusal) -> [Expression] {
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

    private mutating func parseBareOrBracketed() throws(Refusal) -> Expression {
        let arguments = try parseArguments()
        guard arguments.count == 1 else { throw unexpected() }
        return arguments[0]
    }

    /// The base of a logarithm; of unbraced digits TeX lowers the first one only.
    private mutating func parseLowered() throws(Refusal) -> Expression {
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
    private mutating func parseBareArgument() throws(Refusal) -> Expression {
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
        return try node(.call("sqrt", [radicand] + (degree.map { [$0] } ?? [])), from: start)
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
                arguments.append(try node(.call(isPower ? "to" : "from", [side]), from: start))
            } else if symbol == .openGroup {
                arguments.append(try parsePrimary())
            } else {
                break
            }
        }
        return try node(.call("\\" + name, arguments), from: start)
    }

    private mutating func parsePrimaryOrRelation() throws(Refusal) -> Expression {
        guard accept(.openGroup) else { return try parsePrimary() }
        let inner = try parseList()
        try expect(.closeGroup)
        return inner
    }

    /// `\begin{pmatrix} a & b \\ c & d \end{pmatrix}` and its like, `cases`, aligned equations.
    private mutating func parseEnvironment(from start: Int) throws(Refusal) -> Expression {
        let name = try parseEnvironmentName()
        let isMatrix = name.hasSuffix("matrix") || name == "array"
        guard isMatrix || ["cases", "aligned", "align", "gathered", "split"].contains(name) else {
            throw .malformed("the environment \(name)", at: start)
        }
        if name == "array", accept(.openGroup) {
            while position < tokens.count, !accept(.closeGroup) { position += 1 }
        }
        let outerBars = barDepth
        barDepth = 0
        defer { barDepth = outerBars }
        var rows: [[Expression]] = [[]]
        while current?.kind != .command("end") {
            guard position < tokens.count else { throw unexpected() }
            if !isMatrix, name != "cases", accept(.column) { continue }
            rows[rows.count - 1].append(try isMatrix ? parseRelation() : parseCase())
            if isMatrix || name == "cases" {
                if accept(.column) { continue }
            } else if accept(.column) {
                // `x &= 2`: the sign after the mark goes on with the relation.
                rows[rows.count - 1].append(
                    try parseContinuation(of: rows[rows.count - 1].removeLast()))
            }
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
        if isMatrix {
            return try node(.matrix(rows, isDeterminant: name == "vmatrix"), from: start)
        }
        if width == 1 { return try node(.list(rows.map { $0[0] }, joinedByOr: false), from: start) }
        var pieces: [Expression] = []
        for row in rows { pieces.append(try node(.tuple(row), from: start)) }
        return try node(.call("cases", pieces), from: start)
    }

    /// One entry of `cases`: a value or a condition, without "if" and a comma at its end.
    private mutating func parseCase() throws(Refusal) -> Expression {
        while case .word(let word)? = current?.kind,
            ["if", "for", "when", "where"].contains(word.lowercased())
        {
            position += 1
        }
        let start = here
        if case .word(let word)? = current?.kind {
            position += 1
            return try node(.word(word.lowercased() == "else" ? "otherwise" : word), from: start)
        }
        let entry = try parseRelation()
        while accept(.comma) || accept(.semicolon) {}
        return entry
    }

    private mutating func parseContinuation(
        of first: Expression
    ) throws(Refusal) -> Expression {
        guard let sign = symbol, sign.isRelation else { throw unexpected() }
        position += 1
        let side = try parseSum()
        return try node(
            .relation(first, [.init(sign: sign, side: side)]), from: first.range.lowerBound)
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
