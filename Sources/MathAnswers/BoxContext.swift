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

    /// Whether the text denies the box: "not \boxed{5}", "\boxed{5} is wrong", "\boxed{5}. No, that
    /// is wrong."
    var isDenied: Bool {
        var before = range.lowerBound
        while before > 0, isIdle(bytes[before - 1]) { before -= 1 }
        if before > 0, Self.endsOfDenials[bytes[before - 1] | 0x20] != 0 {
            let words = plainWords(max(0, before - 48)..<before)
            if Self.denialsBefore.contains(where: { words.hasSuffix($0) }) { return true }
        }
        var after = range.upperBound
        while after < bytes.count, isIdle(bytes[after]) { after += 1 }
        // Most boxes end a sentence, a line or a tag.
        let word = (after..<min(bytes.count, after + 80)).first { ASCII.isLetter(bytes[$0]) }
        guard let word, Self.startsOfDenials[bytes[word] | 0x20] != 0 else { return false }
        var rest = plainWords(after..<min(bytes.count, after + 80))[...]
        // "Actually, that is wrong", "but this cannot be right".
        for _ in 0..<2 {
            for opening in Self.openings where rest.hasPrefix(opening) {
                rest = rest.dropFirst(opening.count)
            }
        }
        // "\boxed{5}. This is not hard." denies nothing.
        let isDirect = after < bytes.count && !spells(".", after) && rest.hasPrefix(" is not ")
        return isDirect || Self.denialsBehind.contains { rest.hasPrefix($0) }
    }

    private static let denialsBefore = [
        " not", " isn't", " isnt", " never", " never be", " cannot be", " can't be", " not be",
        " not equal to",
        " not equal", " wasn't", " rather than", " instead of", " not necessarily",
    ]

    /// The last letters of `denialsBefore`, and the first ones of `openings` and `denialsBehind`.
    private static let endsOfDenials = ByteTable([("treoyfnl", 1)])
    private static let startsOfDenials = ByteTable([("nwabticm", 1)])

    private static let openings = [
        " no ", " wait ", " actually ", " but ", " which ", " that ", " this ", " it ",
        " the answer ",
    ].map { String($0.dropLast()) }

    private static let denialsBehind = [
        " is wrong", " is incorrect", " is not right", " is not correct",
        " is not the answer", " is false", " was wrong", " is also wrong",
        " cannot be right", " cannot be correct", " can't be right", " isn't right",
        " isn't correct",
        " would be wrong", " must be wrong",
    ]

    /// Small letters, a space for anything between words, and one in front.
    private func plainWords(_ range: Range<Int>) -> String {
        var words: [UInt8] = [ASCII.space]
        for index in range {
            let byte = bytes[index]
            if ASCII.isLetter(byte) {
                words.append(byte | 0x20)
            } else if byte == 0x27 {
                words.append(byte)
            } else if byte == 0xE2, spells("\u{2019}", index) {
                words.append(0x27)
            } else if byte < 0x80, words.last != ASCII.space {
                words.append(ASCII.space)
            }
        }
        if range.upperBound < self.range.upperBound, words.last == ASCII.space, words.count > 1 {
            words.removeLast()
        }
        return String(decoding: words, as: UTF8.self)
    }

    // MARK: Another answer beside it

    /// What stands behind "or" next to the box, or before it: `\boxed{5} or 6`.
    var alternative: Range<Int>? {
        var after = range.upperBound
        while after < bytes.count, isIdle(bytes[after]) { after += 1 }
        if spells("or ", after), after > range.upperBound {
            let start = after + 3
            var end = start
            while end < min(bytes.count, start + 60), !endsAlternative(end) { end += 1 }
            return value(in: start..<end)
        }
        var before = range.lowerBound
        while before > 0, isIdle(bytes[before - 1]) { before -= 1 }
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
        return inner
    }

    // MARK: A formula around it

    /// The formula that the box is a part of, or nil where the box stands for itself.
    var formula: Range<Int>? {
        guard operatesBefore || operatesAfter || operatesInFormula else { return nil }
        var start = range.lowerBound
        let lowest = max(0, start - Self.reach)
        while start > lowest, !isBoundary(start - 1) { start -= 1 }
        var end = range.upperBound
        let highest = min(bytes.count, end + Self.reach)
        while end < highest, !isClosing(end) { end += 1 }
        return bytes.trimmed(start..<end, where: ASCII.isSpace)
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
        case 0x2B, 0x2F, 0x5E, 0x5F: return true
        case 0x2D:
            // "- \boxed{5}" is an item of a list, "Answer - \boxed{5}" a dash.
            if isNext { return index < 2 || bytes[index - 2] != 0x2D }
            var before = index - 1
            while before > 0, bytes[before - 1] == ASCII.space { before -= 1 }
            return before > 0 && bytes[before - 1] == 0x3D
        case ASCII.star:
            return index > 1 && bytes[index - 2] != ASCII.star && !ASCII.isSpace(bytes[index - 2])
        case ASCII.openBrace: return Self.operators.contains(command(before: index - 1))
        default:
            if ASCII.isDigit(byte) { return isNext }
            return ASCII.isLetter(byte) && Self.operators.contains(command(endingAt: index))
        }
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
        case 0x5E: return !spells("^\\circ", index) && !spells("^{\\circ}", index)
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
    /// around the box, brackets with a factor or power, a factorial, a letter.
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
        if after == ASCII.comma || before == ASCII.comma { return true }
        if after == 0x21 { return end + 1 >= bytes.count || bytes[end + 1] != 0x3D }
        return ASCII.isLetter(after) && end == range.upperBound
            && (end + 1 >= bytes.count || !ASCII.isLetter(bytes[end + 1]))
    }

    /// Whether an odd number of dollar signs stands before the box on its line; two in a row are one.
    private var isInFormula: Bool {
        var index = range.lowerBound
        let lowest = max(0, index - Self.reach)
        while index > lowest, bytes[index - 1] != ASCII.newline { index -= 1 }
        var isInside = false
        while index < range.lowerBound {
            if bytes[index] == ASCII.backslash {
                index += 1
            } else if bytes[index] == ASCII.dollar {
                isInside.toggle()
                if bytes[index + 1] == ASCII.dollar { index += 1 }
            }
            index += 1
        }
        return isInside
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
