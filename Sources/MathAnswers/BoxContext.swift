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

    /// Whether the text denies the box: "not \boxed{5}", "\boxed{5} is wrong".
    var isDenied: Bool {
        var before = range.lowerBound
        while before > 0, isIdle(bytes[before - 1]) { before -= 1 }
        if before >= 4, spells(" not", before - 4) || spells("\nnot", before - 4) { return true }
        var after = range.upperBound
        while after < bytes.count, isIdle(bytes[after]) { after += 1 }
        let denials: [StaticString] = [
            "is wrong", "is incorrect", "is not ", "is false", "was wrong", "but this is wrong",
            "but this is incorrect", "but that is wrong", "but that is incorrect",
        ]
        return denials.contains { spells($0, after) }
    }

    /// The formula that the box is a part of, or nil where the box stands for itself.
    var formula: Range<Int>? {
        guard operatesBefore || operatesAfter else { return nil }
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
