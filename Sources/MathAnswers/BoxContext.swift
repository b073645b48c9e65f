/// What stands around a box: whether the box alone is the answer.
///
/// `$x = -\boxed{5}$` states −5, `\frac{1}{\boxed{5}}` a fifth, and "not \boxed{5}" nothing.
struct BoxContext {
    let bytes: UnsafeBufferPointer<UInt8>
    /// From the backslash of the box's command to behind its closing brace.
    let range: Range<Int>

    /// How far a formula around a box may reach to either side, in bytes.
    private static let reach = 400

    /// The context of the box whose content is given.
    init(_ bytes: UnsafeBufferPointer<UInt8>, content: Range<Int>) {
        self.bytes = bytes
        var start = content.lowerBound
        while start > 0, bytes[start] != ASCII.backslash { start -= 1 }
        range = start..<min(bytes.count, content.upperBound + 1)
    }

    /// Whether the text denies the box in the words next to it: "not \boxed{5}", "\boxed{5} is wrong",
    /// "\boxed{5}. No, that is wrong."
    ///
    /// Sentences, numbers and lines in between end the search: what is denied must be the box.
    var isDenied: Bool { isDeniedBefore || isDeniedBehind }

    private var isDeniedBefore: Bool {
        var before = range.lowerBound
        while before > 0, isPale(bytes[before - 1]) { before -= 1 }
        guard before > 0, Self.endsOfDenials[bytes[before - 1] | 0x20] != 0 else { return false }
        var words: [UInt8] = []
        var index = before
        while index > 0, before - index < 40 {
            let isApostrophe = index >= 3 && spells("\u{2019}", index - 3)
            guard let byte = isApostrophe ? 0x27 : plain(index - 1) else { break }
            words.append(byte)
            index -= isApostrophe ? 3 : 1
        }
        let phrase = " " + String(decoding: words.reversed(), as: UTF8.self)
        return Self.denialsBefore.contains { phrase.hasSuffix($0) }
    }

    private var isDeniedBehind: Bool {
        var index = range.upperBound
        while index < bytes.count, isPale(bytes[index]) || spells("\\)", index) { index += 1 }
        guard index < bytes.count else { return false }
        // A sentence of its own needs a word that takes the box back.
        let isNewSentence = bytes[index] == ASCII.dot || bytes[index] == ASCII.comma
        if isNewSentence { index += 1 }
        while index < bytes.count, isPale(bytes[index]) { index += 1 }
        guard index < bytes.count, Self.startsOfDenials[bytes[index] | 0x20] != 0 else {
            return false
        }
        var words: [UInt8] = [ASCII.space]
        while index < bytes.count, words.count < 60 {
            if bytes[index] == ASCII.comma {
                index += 1
                continue
            }
            let isApostrophe = spells("\u{2019}", index)
            guard let byte = isApostrophe ? 0x27 : plain(index) else { break }
            words.append(byte)
            index += isApostrophe ? 3 : 1
        }
        var rest = String(decoding: words, as: UTF8.self)[...]
        var openings = 0
        for opening in Self.openings + Self.openings where rest.hasPrefix(opening) {
            rest = rest.dropFirst(opening.count)
            openings += 1
        }
        guard openings > 0 || !isNewSentence else { return false }
        return Self.denialsBehind.contains { rest.hasPrefix($0) }
    }

    /// A small letter, a space or an apostrophe; nil for anything that ends a phrase.
    private func plain(_ index: Int) -> UInt8? {
        let byte = bytes[index]
        if ASCII.isLetter(byte) { return byte | 0x20 }
        return byte == ASCII.space || byte == 0x27 ? byte : nil
    }

    private func isPale(_ byte: UInt8) -> Bool {
        byte == ASCII.space || byte == ASCII.dollar || byte == ASCII.star
    }

    private static let denialsBefore = [
        " not", " isn't", " isnt", " never", " never be", " cannot be", " can't be", " not be",
        " not equal to", " not equal", " wasn't", " rather than", " instead of",
        " not necessarily",
    ]

    /// The last letters of `denialsBefore`, and the first ones of `openings` and `denialsBehind`.
    private static let endsOfDenials = ByteTable([("treoyfnl", 1)])
    private static let startsOfDenials = ByteTable([("nwabticmh", 1)])

    private static let openings = [
        " no", " wait", " hmm", " actually", " but", " which", " that", " this", " it",
        " the answer",
    ]

    private static let denialsBehind = [
        " is wrong", " is incorrect", " is not right", " is not correct", " is not it",
        " is not the answer", " is false", " was wrong", " is also wrong", " is certainly wrong",
        " cannot be right", " cannot be correct", " cannot be the answer", " can't be right",
        " isn't right", " isn't correct", " would be wrong", " must be wrong",
        " is the wrong answer", "'s wrong",
    ]

    // MARK: Another answer beside it

    /// What stands behind "or" next to the box, or before it: `\boxed{5} or 6`.
    var alternative: Range<Int>? {
        var after = range.upperBound
        while after < bytes.count, isPale(bytes[after]) { after += 1 }
        if spells("or ", after), after > range.upperBound {
            let start = after + 3
            var end = start
            while end < min(bytes.count, start + 60), !endsAlternative(end) { end += 1 }
            return value(in: start..<end)
        }
        var before = range.lowerBound
        while before > 0, isPale(bytes[before - 1]) { before -= 1 }
        guard before >= 4, spells(" or", before - 3), before < range.lowerBound else { return nil }
        let end = before - 3
        var start = end
        while start > max(0, end - 60), !ASCII.isSpace(bytes[start - 1]) { start -= 1 }
        return value(in: start..<end)
    }

    private func endsAlternative(_ index: Int) -> Bool {
        let byte = bytes[index]
        if byte == ASCII.newline || byte == ASCII.comma || byte == 0x3B || byte == 0 { return true }
        guard byte == ASCII.dot else { return false }
        return index + 1 >= bytes.count || !ASCII.isDigit(bytes[index + 1])
    }

    /// The range without white space and dollar signs, where it begins as a number or formula does.
    private func value(in range: Range<Int>) -> Range<Int>? {
        let inner = bytes.trimmed(range) { ASCII.isSpace($0) || $0 == ASCII.dollar }
        guard let first = inner.first.map({ bytes[$0] }) else { return nil }
        let isSigned =
            first == 0x2D && inner.count > 1
            && (ASCII.isDigit(bytes[inner.lowerBound + 1])
                || bytes[inner.lowerBound + 1] == ASCII.backslash)
        guard ASCII.isDigit(first) || first == ASCII.backslash || isSigned else { return nil }
        // "or 2.5 hours" says the same in another unit, and another box is counted already.
        var isCommand = false
        for index in inner {
            if bytes[index] == ASCII.backslash {
                if spells("\\boxed", index) || spells("\\text", index) { return nil }
                isCommand = true
            } else if !ASCII.isLetter(bytes[index]) {
                isCommand = false
            } else if !isCommand {
                return nil
            }
        }
        return inner
    }

    // MARK: A formula around it

    /// The formula that the box is a part of, or nil where the box stands for itself.
    var formula: Range<Int>? {
        guard !holdsLabel, operatesBefore || operatesAfter || operatesInFormula else { return nil }
        var start = range.lowerBound
        let lowest = max(0, start - Self.reach)
        while start > lowest, !isBoundary(start - 1), !endsProse(start) { start -= 1 }
        var end = range.upperBound
        let highest = min(bytes.count, end + Self.reach)
        while end < highest, !isClosing(end) { end += 1 }
        return bytes.trimmed(start..<end, where: ASCII.isSpace)
    }

    /// Whether a word of prose and a space end before a byte: "the answer is -\boxed{5}".
    private func endsProse(_ index: Int) -> Bool {
        guard index > 1, bytes[index - 1] == ASCII.space else { return false }
        var start = index - 1
        while start > 0, ASCII.isLetter(bytes[start - 1]) { start -= 1 }
        return index - 1 - start >= 2
            && (start == 0 || ASCII.isSpace(bytes[start - 1]))
    }

    /// Whether the box holds the letter of a choice, `B` or `\text{(C)}`, which is no operand.
    private var holdsLabel: Bool {
        guard let open = range.first(where: { bytes[$0] == ASCII.openBrace }) else { return false }
        var letters = 0
        var isCommand = false
        for index in open..<range.upperBound {
            let byte = bytes[index]
            if byte == ASCII.backslash { isCommand = true; continue }
            if ASCII.isLetter(byte) {
                if isCommand { continue }
                guard (0x41...0x4A).contains(byte) else { return false }
                letters += 1
            } else {
                isCommand = false
                guard " (){}.".utf8.contains(byte) else { return false }
            }
        }
        return letters == 1
    }

    // MARK: To the left

    private var operatesBefore: Bool {
        var index = range.lowerBound
        while index > 0, bytes[index - 1] == ASCII.space { index -= 1 }
        guard index > 0 else { return false }
        let isNext = index == range.lowerBound
        let byte = bytes[index - 1]
        // The minus sign of Unicode.
        if byte == 0x92, isNext, index >= 3, bytes[index - 2] == 0x88, bytes[index - 3] == 0xE2 {
            return true
        }
        switch byte {
        case 0x2B, 0x2F, 0x5E: return true
        // A subscript has something to stand under; else the sign opens emphasis.
        case 0x5F: return index > 1 && isOperand(bytes[index - 2])
        case 0x2D:
            // "- \boxed{5}" is an item of a list, "Answer - \boxed{5}" a dash, and so is "Answer-\boxed{5}".
            if isNext {
                if index > 1, bytes[index - 2] == 0x2D || ASCII.isLetter(bytes[index - 2]) {
                    return false
                }
                var word = index - 1
                while word > 0, bytes[word - 1] == ASCII.space { word -= 1 }
                return word < 6 || !spells("nswer", word - 5)
            }
            var before = index - 1
            while before > 0, bytes[before - 1] == ASCII.space { before -= 1 }
            return before > 0 && bytes[before - 1] == 0x3D
        case ASCII.star:
            return index > 1 && isOperand(bytes[index - 2])
        case ASCII.openBrace: return Self.operators.contains(command(before: index - 1))
        default:
            // "Step 3\boxed{5}" multiplies nothing.
            if ASCII.isDigit(byte) { return isNext && isInFormula }
            return ASCII.isLetter(byte) && Self.operators.contains(command(endingAt: index))
        }
    }

    private func isOperand(_ byte: UInt8) -> Bool {
        ASCII.isLetter(byte) || ASCII.isDigit(byte) || byte == 0x29 || byte == ASCII.closeBrace
    }

    /// The command whose last argument opens at a brace: `frac` for the second one of `\frac{1}{`.
    private func command(before brace: Int) -> String {
        var index = brace
        let lowest = max(0, index - Self.reach)
        while index > lowest, bytes[index - 1] == ASCII.closeBrace {
            var depth = 0
            repeat {
                index -= 1
                if bytes[index] == ASCII.closeBrace { depth += 1 }
                if bytes[index] == ASCII.openBrace { depth -= 1 }
            } while depth > 0 && index > lowest
        }
        // The degree of a root.
        if index > lowest, bytes[index - 1] == 0x5D {
            while index > lowest, bytes[index - 1] != 0x5B { index -= 1 }
            if index > lowest { index -= 1 }
        }
        guard index > lowest else { return "" }
        if bytes[index - 1] == 0x5E || bytes[index - 1] == 0x5F { return "frac" }
        return command(endingAt: index)
    }

    private func command(endingAt end: Int) -> String {
        var start = end
        while start > 0, end - start < 12, ASCII.isLetter(bytes[start - 1]) { start -= 1 }
        guard start > 0, bytes[start - 1] == ASCII.backslash else { return "" }
        return bytes.text(start..<end)
    }

    private static let operators: Set<String> = [
        "frac", "dfrac", "tfrac", "cfrac", "sqrt", "binom", "dbinom", "cdot", "times", "div", "pm",
        "mp", "ne", "neq", "log", "ln", "exp", "sin", "cos", "tan", "pi", "overline",
    ]

    // MARK: To the right

    private var operatesAfter: Bool {
        var index = range.upperBound
        while index < bytes.count, bytes[index] == ASCII.space { index += 1 }
        guard index < bytes.count else { return false }
        switch bytes[index] {
        case 0x5E:
            return !spells("^\\circ", index) && !spells("^{\\circ}", index)
                && !spells("^{\\text", index) && !spells("^\\text", index)
        case 0x2B, 0x2D, 0x2F:
            var next = index + 1
            while next < bytes.count, bytes[next] == ASCII.space { next += 1 }
            guard next < bytes.count else { return false }
            return ASCII.isDigit(bytes[next])
                || bytes[next] == ASCII.backslash && next + 1 < bytes.count
                    && ASCII.isLetter(bytes[next + 1]) && !spells("\\text", next)
        case ASCII.backslash:
            let after: [StaticString] = [
                "\\cdot", "\\times", "\\pi", "\\sqrt", "\\frac", "\\div", "\\pm", "\\ne", "\\neq",
            ]
            return after.contains {
                let end = index + $0.utf8CodeUnitCount
                return spells($0, index) && (end >= bytes.count || !ASCII.isLetter(bytes[end]))
            }
        case let byte: return ASCII.isDigit(byte) && index == range.upperBound
        }
    }

    // MARK: Within a formula

    /// Between dollar signs, what would be punctuation in prose belongs to the formula: a list or tuple
    /// around the box, brackets with a factor or power, a factorial, a variable.
    private var operatesInFormula: Bool {
        guard range.upperBound < bytes.count, range.lowerBound > 0, isInFormula else {
            return false
        }
        var (start, end) = (range.lowerBound, range.upperBound)
        while start > 0, bytes[start - 1] == ASCII.space { start -= 1 }
        while end < bytes.count, bytes[end] == ASCII.space { end += 1 }
        guard start > 0, end < bytes.count else { return false }
        let (before, after) = (bytes[start - 1], bytes[end])
        if before == 0x28, after == 0x29 {
            let outer = start >= 2 ? bytes[start - 2] : 0
            return ASCII.isDigit(outer) || ASCII.isLetter(outer) || outer == 0x2D
                || end + 1 < bytes.count
                    && (bytes[end + 1] == 0x5E || ASCII.isDigit(bytes[end + 1]))
        }
        // Not `x = 3, \boxed{5}`, and not the comma at the end of a displayed line.
        if after == ASCII.comma {
            var next = end + 1
            while next < bytes.count, bytes[next] == ASCII.space { next += 1 }
            return next < bytes.count && (ASCII.isDigit(bytes[next]) || bytes[next] == 0x2D)
        }
        if before == ASCII.comma {
            let (from, _) = formulaBounds
            return !(from..<start).contains { bytes[$0] == 0x3D }
        }
        if after == 0x21 { return end + 1 >= bytes.count || bytes[end + 1] != 0x3D }
        // Units are letters too; these are mostly none.
        return "xyzink".utf8.contains(after) && end == range.upperBound
            && (end + 1 >= bytes.count || !ASCII.isLetter(bytes[end + 1]))
    }

    /// Where the text around the box reaches to the next dollar signs of its line.
    private var formulaBounds: (from: Int, to: Int) {
        var from = range.lowerBound
        let lowest = max(0, from - Self.reach)
        while from > lowest, bytes[from - 1] != ASCII.dollar, bytes[from - 1] != ASCII.newline {
            from -= 1
        }
        var to = range.upperBound
        let highest = min(bytes.count, to + Self.reach)
        while to < highest, bytes[to] != ASCII.dollar, bytes[to] != ASCII.newline { to += 1 }
        return (from, to)
    }

    /// Whether the box stands between two dollar signs of its line with no word of prose beside it, as
    /// it would where one of them is currency.
    private var isInFormula: Bool {
        let (from, to) = formulaBounds
        guard from > 0, bytes[from - 1] == ASCII.dollar, to < bytes.count,
            bytes[to] == ASCII.dollar
        else { return false }
        return !holdsProse(from..<range.lowerBound) && !holdsProse(range.upperBound..<to)
    }

    /// Whether a word of three letters stands there that is no command.
    private func holdsProse(_ part: Range<Int>) -> Bool {
        var letters = 0
        var isCommand = false
        for index in part {
            let byte = bytes[index]
            if byte == ASCII.backslash {
                isCommand = true
            } else if ASCII.isLetter(byte) {
                if !isCommand { letters += 1 }
                if letters >= 3 { return true }
            } else {
                (letters, isCommand) = (0, false)
            }
        }
        return false
    }

    // MARK: Bounds

    private func isBoundary(_ index: Int) -> Bool {
        if bytes[index] == ASCII.dollar || bytes[index] == ASCII.newline || bytes[index] == 0 {
            return true
        }
        return index > 0 && bytes[index - 1] == ASCII.backslash
            && (bytes[index] == 0x28 || bytes[index] == 0x5B)
    }

    private func isClosing(_ index: Int) -> Bool {
        if bytes[index] == ASCII.dollar || bytes[index] == ASCII.newline || bytes[index] == 0 {
            return true
        }
        return spells("\\)", index) || spells("\\]", index)
    }

    private func isIdle(_ byte: UInt8) -> Bool {
        ASCII.isSpace(byte) || byte == ASCII.dollar || byte == ASCII.comma || byte == ASCII.star
    }

    private func spells(_ word: StaticString, _ index: Int) -> Bool {
        bytes.spells(word, at: index)
    }
}
