/// LaTeX commands: symbols, letters, prose, looks.
extension Lexer {
    mutating func lexCommand() throws(Refusal) {
        let next = peek(1)
        guard ASCII.isLetter(next) else {
            switch next {
            case 0x25: emit(.symbol(.percent), length: 2)
            case ASCII.dollar: lexCurrency("dollar", length: 2)
            case ASCII.openBrace:
                bracketDepth += 1
                emit(.symbol(.openSet), length: 2)
            case ASCII.closeBrace:
                bracketDepth = max(0, bracketDepth - 1)
                emit(.symbol(.closeSet), length: 2)
            case ASCII.backslash: lexDoubleBackslash()
            case 0x7C: emit(.symbol(.bar), length: 2)
            case 0 where !tokens.isEmpty: skip()  // `5\ ` without its last space
            case 0: throw .malformed("a lone backslash", at: position)
            default: skip(min(2, end - position))
            }
            return
        }
        var length = 1
        while ASCII.isLetter(peek(length)) { length += 1 }
        var name = bytes.text(position + 1..<position + length)
        if name.hasPrefix("quad"), name != "quad" {
            // `\quadx` lost the space behind its command.
            name = "quad"
            length = 5
        }
        switch Vocabulary.commands[name] ?? .command(name) {
        case .symbol(let symbol):
            track(symbol)
            emit(.symbol(symbol), length: length)
        case .look: lexLook(name, length: length)
        case .lookWithArgument:
            skip(length)
            skipBraces()
        case .letter(let letter): emit(.letter(letter), length: length)
        case .prose: try lexProse(after: length, command: name)
        case .accent: lexAccent(name, after: length)
        case .blackboard: lexBlackboard(after: length)
        case .command(let plain):
            if plain == "begin" { environmentDepth += 1 }
            if plain == "end" { environmentDepth -= 1 }
            emit(.command(plain), length: length)
        }
    }

    /// A row's end in an environment; elsewhere two backslashes before a name are one that was
    /// escaped twice.
    mutating func lexDoubleBackslash() {
        let isEscaped = environmentDepth == 0 && ASCII.isLetter(peek(2))
        if isEscaped { skip() } else { emit(.symbol(.row), length: 2) }
    }

    mutating func lexLook(_ name: String, length: Int) {
        skip(length)
        guard name == "left" || name == "right" else { return }
        // `\left.` and `\right.` are invisible brackets.
        if peek() == ASCII.dot { return skip() }
        var width = 0
        while ASCII.isSpace(peek(width)) { width += 1 }
        let start = position + width
        if peek(width) == 0x7C {
            width += 1
        } else if bytes.spells("\\|", at: start) {
            width += 2
        } else if bytes.spells("\\vert", at: start), !ASCII.isLetter(peek(width + 5)) {
            width += 5
        } else if name == "left", peek(width) == ASCII.less {
            return emit(.symbol(.openAngle), length: width + 1)
        } else if name == "right", peek(width) == 0x3E {
            return emit(.symbol(.closeAngle), length: width + 1)
        } else {
            return
        }
        emit(.symbol(name == "left" ? .openBar : .closeBar), length: width)
    }

    mutating func skipBraces() {
        while ASCII.isSpace(peek()) { skip() }
        guard peek() == ASCII.openBrace else { return }
        var length = 1
        while position + length < end, peek(length) != ASCII.closeBrace, length < 64 {
            length += 1
        }
        skip(min(length + 1, end - position))
    }

    /// A letter of its own, `\vec{v}` or `\hat i`.
    ///
    /// On anything but one letter the accent is a command that is kept.
    mutating func lexAccent(_ name: String, after length: Int) {
        var offset = length
        while ASCII.isSpace(peek(offset)) { offset += 1 }
        let braced = peek(offset) == ASCII.openBrace
        if braced { offset += 1 }
        let letter = peek(offset)
        guard ASCII.isLetter(letter), !braced || peek(offset + 1) == ASCII.closeBrace else {
            return emit(.command(name == "bar" ? "overline" : name), length: length)
        }
        // A bold letter and one with an arrow are the same vector.
        let mark = name == "overrightarrow" || name == "hat" ? "vec" : name
        let text = mark + " " + String(decoding: [letter], as: UTF8.self)
        emit(.letter(text), length: offset + (braced ? 2 : 1))
    }

    mutating func lexBlackboard(after length: Int) {
        var offset = length
        while offset < length + 4, ASCII.isSpace(peek(offset)) || peek(offset) == ASCII.openBrace {
            offset += 1
        }
        let letter = peek(offset)
        guard ASCII.isLetter(letter) else { return emit(.command("mathbb"), length: length) }
        offset += 1
        if peek(offset) == ASCII.closeBrace { offset += 1 }
        let name = letter == 0x52 ? "ℝ" : "𝔹" + String(decoding: [letter], as: UTF8.self)
        emit(.letter(name), length: offset)
    }

    /// What upright text means: a conjunction, a function, a letter, or words.
    func proseKind(_ text: String, command: String) -> Token.Kind {
        let lower = text.lowercased()
        if lower == "and" || lower == "or" { return .symbol(lower == "and" ? .and : .or) }
        if let function = Vocabulary.functions[text] ?? Vocabulary.functions[lower] {
            return .command(function)
        }
        guard text.utf8.count == 1, !command.hasPrefix("text"), command != "mbox" else {
            return .word(text)
        }
        if ["mathbf", "bm", "boldsymbol"].contains(command) { return .letter("vec " + text) }
        // An upright letter behind a number is a unit.
        switch tokens.last?.kind {
        case .number?, .symbol(.closeGroup)?:
            return Unit.named(text) != nil ? .word(text) : .letter(text)
        default: return .letter(text)
        }
    }

    /// The capital letters of "A and C" with the word between them.
    private static func joinedLetters(_ text: String) -> [Token.Kind]? {
        let words = text.split(separator: " ")
        guard words.count > 2, words.count % 2 == 1 else { return nil }
        var kinds: [Token.Kind] = []
        for (index, word) in words.enumerated() {
            if index % 2 == 1 {
                guard word == "and" || word == "or" else { return nil }
                kinds.append(.symbol(word == "and" ? .and : .or))
            } else {
                guard word.utf8.count == 1, ("A"..."Z").contains(word) else { return nil }
                kinds.append(.letter(String(word)))
            }
        }
        return kinds
    }

    mutating func lexProse(after length: Int, command: String) throws(Refusal) {
        var start = position + length
        while start < end, ASCII.isSpace(bytes[start]) { start += 1 }
        guard start < end, bytes[start] == ASCII.openBrace else {
            if start < end, ASCII.isLetter(bytes[start]), !command.hasPrefix("text") {
                let kind = proseKind(bytes.text(start..<start + 1), command: command)
                return emit(kind, length: start + 1 - position)
            }
            return skip(length)
        }
        var depth = 1
        var close = start + 1
        while close < end {
            if bytes[close] == ASCII.openBrace { depth += 1 }
            if bytes[close] == ASCII.closeBrace { depth -= 1 }
            if depth == 0 { break }
            close += bytes[close] == ASCII.backslash ? 2 : 1
        }
        guard close < end else { throw .malformed("an unclosed brace", at: start) }
        let inner = bytes.trimmed(start + 1..<close, where: ASCII.isSpace)
        let isProse = inner.allSatisfy {
            let byte = bytes[$0]
            return ASCII.isLetter(byte) || byte >= 0x80 || byte == ASCII.space || byte == 0x27
                || byte == 0x2D || byte == ASCII.dot
        }
        if inner.isEmpty { return skip(close + 1 - position) }
        // `\text{FF}_{16}` is a numeral.
        let isNumeral =
            close + 1 < end && bytes[close + 1] == 0x5F
            && inner.allSatisfy { bytes[$0] >= 0x41 && bytes[$0] <= 0x46 }
        if (isProse && !isNumeral) || Unit.isCompound(bytes.text(inner)) {
            let text = bytes.text(bytes.trimmed(inner) { $0 == ASCII.dot || $0 == ASCII.space })
            if let pair = Self.joinedLetters(text) {
                for kind in pair { emit(kind, length: 0) }
                return skip(close + 1 - position)
            }
            return emit(proseKind(text, command: command), length: close + 1 - position)
        }
        guard nesting < 4 else { throw .limit("depth") }
        var lexer = Lexer(bytes, range: inner, budget: budget, nesting: nesting + 1)
        try lexer.run()
        budget = lexer.budget
        tokens += lexer.tokens
        position = close + 1
        spaced = true
    }
}
