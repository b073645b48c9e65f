/// Cuts an answer into tokens, over its bytes; what only dresses (`$`, `\,`, `\left`, markdown,
/// currency signs) yields no token.
struct Lexer {
    let bytes: UnsafeBufferPointer<UInt8>
    let end: Int
    var position: Int
    var budget: Budget
    var tokens: [Token] = []
    var spaced = false
    /// How many round, square and set brackets are open: in them a comma separates.
    var bracketDepth = 0
    var environmentDepth = 0
    /// How deep `\text{…}` is nested.
    let nesting: Int

    init(
        _ bytes: UnsafeBufferPointer<UInt8>, range: Range<Int>, budget: Budget, nesting: Int = 0
    ) {
        self.bytes = bytes
        self.budget = budget
        self.nesting = nesting
        position = range.lowerBound
        end = range.upperBound
    }

    /// Reads to the end.
    mutating func run() throws(Refusal) {
        while position < end {
            try budget.spend()
            try step()
        }
    }

    func peek(_ offset: Int = 0) -> UInt8 {
        position + offset < end ? bytes[position + offset] : 0
    }

    mutating func emit(_ kind: Token.Kind, length: Int) {
        tokens.append(Token(kind: kind, range: position..<position + length, spaced: spaced))
        position += length
        spaced = false
    }

    mutating func skip(_ length: Int = 1) {
        position += length
        spaced = true
    }

    mutating func step() throws(Refusal) {
        let byte = bytes[position]
        if ASCII.isDigit(byte) || (byte == ASCII.dot && ASCII.isDigit(peek(1))) {
            return try lexNumber()
        }
        if ASCII.isLetter(byte) { return lexLetters() }
        if byte >= 0x80 { return try lexUnicode() }
        if let symbol = Self.plainSymbols[Int(byte)] {
            if symbol == .times, peek(1) == ASCII.star { return emit(.symbol(.power), length: 2) }
            track(symbol)
            return emit(.symbol(symbol), length: 1)
        }
        switch byte {
        case ASCII.backslash: try lexCommand()
        case ASCII.dollar, 0x60, 0x7E: skip()
        case ASCII.less:
            emit(.symbol(peek(1) == 0x3D ? .lessOrEqual : .less), length: peek(1) == 0x3D ? 2 : 1)
        case 0x3E:
            emit(
                .symbol(peek(1) == 0x3D ? .greaterOrEqual : .greater),
                length: peek(1) == 0x3D ? 2 : 1)
        case 0x21:
            emit(.symbol(peek(1) == 0x3D ? .notEqual : .factorial), length: peek(1) == 0x3D ? 2 : 1)
        case ASCII.dot where peek(1) == ASCII.dot && peek(2) == ASCII.dot:
            emit(.symbol(.ellipsis), length: 3)
        case ASCII.dot where restIsBlank(from: position + 1): skip()
        case _ where ASCII.isSpace(byte): skip()
        default: throw .malformed("unexpected character", at: position)
        }
    }

    func restIsBlank(from start: Int) -> Bool {
        (start..<end).allSatisfy { ASCII.isSpace(bytes[$0]) || bytes[$0] == ASCII.dollar }
    }

    mutating func track(_ symbol: Symbol) {
        switch symbol {
        case .open, .openSquare, .openSet: bracketDepth += 1
        case .close, .closeSquare, .closeSet: bracketDepth = max(0, bracketDepth - 1)
        default: break
        }
    }

    /// Symbols of one ASCII byte.
    private static let plainSymbols: [Symbol?] = {
        var table = [Symbol?](repeating: nil, count: 256)
        let known: [Symbol] = [
            .plus, .minus, .times, .over, .colon, .power, .lowered, .percent, .prime, .comma,
            .semicolon, .equals, .open, .close, .openSquare, .closeSquare, .openGroup,
            .closeGroup, .bar, .column,
        ]
        for symbol in known {
            if let byte = symbol.rawValue.utf8.first { table[Int(byte)] = symbol }
        }
        return table
    }()

    // MARK: Letters

    mutating func lexLetters() {
        var length = 1
        while ASCII.isLetter(peek(length)) { length += 1 }
        if length == 1 {
            return emit(.letter(String(decoding: [bytes[position]], as: UTF8.self)), length: 1)
        }
        let run = bytes.text(position..<position + length)
        let lower = run.lowercased()
        if lower == "and" || lower == "or" {
            emit(.symbol(lower == "and" ? .and : .or), length: length)
        } else if lower == "pi" {
            emit(.letter("pi"), length: length)
        } else if lower == "infinity" || lower == "inf" || lower == "oo" {
            emit(.symbol(.infinity), length: length)
        } else if lower == "mod" {
            emit(.symbol(.modulo), length: length)
        } else if lower == "union" {
            emit(.symbol(.union), length: length)
        } else if let function = Vocabulary.functions[lower], lower.utf8.count > 2 || lower == "ln"
        {
            emit(.command(function), length: length)
        } else if Vocabulary.spelledLetters.contains(lower), length > 2 {
            emit(.letter(lower), length: length)
        } else if let function = prefixFunction(of: run) {
            emit(.command(function), length: function.utf8.count)
        } else if length > 3 || Vocabulary.shortWords.contains(lower)
            || (length == 2 ? Vocabulary.unitPairs.contains(lower) : Unit.named(lower) != nil)
        {
            emit(.word(run), length: length)
        } else if spaced, case .word? = tokens.last?.kind {
            // Short words go on with a phrase: "5 hours ago".
            emit(.word(run), length: length)
        } else {
            for _ in 0..<length {
                emit(.letter(String(decoding: [bytes[position]], as: UTF8.self)), length: 1)
            }
        }
    }

    /// The function at the head of a run such as `sinx`.
    func prefixFunction(of run: String) -> String? {
        guard let last = run.utf8.last, "xynkAB".utf8.contains(last) else { return nil }
        return Vocabulary.prefixFunctions.first { run.utf8.dropLast().elementsEqual($0.utf8) }
    }

    // MARK: Beyond ASCII

    mutating func lexUnicode() throws(Refusal) {
        if Digits.at(position, in: bytes, end: end) != nil { return try lexNumber() }
        let (scalar, width) = Self.decode(bytes, at: position, end: end)
        if let symbol = Vocabulary.unicodeSymbols[scalar] {
            track(symbol)
            return emit(.symbol(symbol), length: width)
        }
        if let (top, bottom) = Vocabulary.fractions[scalar] {
            let value = try Rational(.small(Int64(top)), over: .small(Int64(bottom)), &budget)
            return emit(.number(Numeral(value: value)), length: width)
        }
        if Vocabulary.superscript(scalar) != nil {
            return lexScript(.power, Vocabulary.superscript)
        }
        if Vocabulary.subscripted(scalar) != nil {
            return lexScript(.lowered, Vocabulary.subscripted)
        }
        if let set = Vocabulary.blackboard[scalar] { return emit(.letter(set), length: width) }
        switch scalar {
        case 0x221A: emit(.command("sqrt"), length: width)
        case 0x221B: emit(.command("cbrt"), length: width)
        case 0x3C0: emit(.letter("pi"), length: width)
        case 0x212F: emit(.letter("e"), length: width)
        // Currency signs before a number.
        case 0x20AC: lexCurrency("euro", length: width)
        case 0xA3: lexCurrency("gbp", length: width)
        case 0xA5: lexCurrency("yen", length: width)
        case 0x20B9: lexCurrency("rupee", length: width)
        case 0xA2: emit(.word("cents"), length: width)
        // No-break, thin and ideographic spaces, the byte order mark.
        case 0xA0, 0x2000...0x200B, 0x202F, 0x205F, 0x3000, 0xFEFF, 0x2061...0x2063:
            skip(width)
        case 0x3002, 0xFF0E: skip(width)
        case 0x3B1...0x3C9:
            let name = Self.greek[Int(scalar) - 0x3B1]
            emit(.letter(name), length: width)
        case 0x391...0x3A9: emit(.letter(bytes.text(position..<position + width)), length: width)
        case 0xC0...0x24F, 0x400...0x4FF, 0x3040...0x30FF, 0x4E00...0x9FFF, 0xAC00...0xD7A3:
            lexForeignWord()
        default: throw .malformed("unexpected character", at: position)
        }
    }

    /// The names of U+03B1 … U+03C9, as LaTeX spells them.
    private static let greek = [
        "alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa",
        "lambda", "mu", "nu", "xi", "omicron", "pi", "rho", "sigma", "sigma", "tau", "upsilon",
        "phi", "chi", "psi", "omega",
    ]

    mutating func lexCurrency(_ name: String, length: Int) {
        var next = length
        while ASCII.isSpace(peek(next)) { next += 1 }
        guard ASCII.isDigit(peek(next)) || peek(next) == ASCII.dot else { return skip(length) }
        emit(.symbol(.currency), length: length)
        tokens.append(Token(kind: .word(name), range: position..<position, spaced: false))
    }

    /// A run of raised or lowered characters, as `^{…}` or `_{…}`.
    mutating func lexScript(
        _ symbol: Symbol, _ meaning: (UInt32) -> Token.Kind?
    ) {
        emit(.symbol(symbol), length: 0)
        emit(.symbol(.openGroup), length: 0)
        var digits: [UInt8] = []
        var start = position
        func flushed() -> Token? {
            guard let value = Int(String(decoding: digits, as: UTF8.self)) else { return nil }
            let numeral = Numeral(value: Rational(value), digits: String(value))
            return Token(kind: .number(numeral), range: start..<position, spaced: false)
        }
        while position < end {
            let (scalar, width) = Self.decode(bytes, at: position, end: end)
            guard let kind = meaning(scalar), digits.count < 16 else { break }
            if case .number(let numeral) = kind, let text = numeral.digits {
                if digits.isEmpty { start = position }
                digits += Array(text.utf8)
                position += width
            } else {
                if let number = flushed() { tokens.append(number) }
                digits = []
                emit(kind, length: width)
            }
        }
        if let number = flushed() { tokens.append(number) }
        emit(.symbol(.closeGroup), length: 0)
    }

    mutating func lexForeignWord() {
        var length = 0
        while position + length < end {
            if ASCII.isLetter(peek(length)) {
                length += 1
                continue
            }
            guard peek(length) >= 0x80 else { break }
            let (scalar, width) = Self.decode(bytes, at: position + length, end: end)
            guard scalar != 0x3002, scalar != 0xFF0C, scalar != 0xFFFD,
                Vocabulary.unicodeSymbols[scalar] == nil
            else { break }
            length += width
        }
        emit(.word(bytes.text(position..<position + max(1, length))), length: max(1, length))
    }

    /// One scalar; what is no UTF-8 is U+FFFD of one byte.
    static func decode(
        _ bytes: UnsafeBufferPointer<UInt8>, at index: Int, end: Int
    ) -> (scalar: UInt32, width: Int) {
        let first = UInt32(bytes[index])
        let width = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4
        guard index + width <= end, first < 0x80 || first >= 0xC2, first < 0xF5 else {
            return (0xFFFD, 1)
        }
        var scalar = width == 1 ? first : first & (0xFF >> UInt32(width + 1))
        for offset in 1..<max(1, width) {
            let byte = UInt32(bytes[index + offset])
            guard byte & 0xC0 == 0x80 else { return (0xFFFD, 1) }
            scalar = scalar << 6 | byte & 0x3F
        }
        return (scalar, width)
    }
}
