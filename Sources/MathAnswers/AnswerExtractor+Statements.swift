extension AnswerExtractor {
    /// Reads "final answer …", "answer: …", "answer is …" or a line `A: …` at `index`.
    mutating func scanStatement(at index: Int) {
        if index > 0, ASCII.isLetter(bytes[index - 1]) { return }
        if bytes.spells("a:", at: index),
            index + 2 == bytes.count || ASCII.isSpace(bytes[index + 2]), startsLine(index)
        {
            return keep(.answerLine, from: index + 2)
        }
        if bytes.spells("final answer", at: index) {
            record(.finalAnswer, .finalAnswer, after: index + 12, opensLine: true)
        } else if bytes.spells("answer", at: index), !followsFinal(index) {
            record(.answerColon, .answerIs, after: index + 6, opensLine: false)
        }
    }

    private func followsFinal(_ index: Int) -> Bool { bytes.spells("final ", at: index - 6) }

    /// Records the value after a colon for one rule, after "is" for the other.
    private mutating func record(
        _ colonRule: ExtractionRule, _ isRule: ExtractionRule, after start: Int, opensLine: Bool
    ) {
        var position = skipEmphasis(from: start)
        var rule = colonRule
        if let after = colon(at: position) {
            position = after
        } else if let after = verb(at: position) {
            rule = isRule
            position = skipEmphasis(from: after)
            if let after = colon(at: position) { position = after }
        } else if opensLine, position < bytes.count, bytes[position] == ASCII.newline {
            position += 1
        } else {
            return
        }
        keep(rule, from: position)
    }

    /// Remembers where a statement's value begins.
    mutating func keep(_ rule: ExtractionRule, from start: Int) {
        statements[rule, default: []].append(start)
        if statements[rule, default: []].count > 2 * Self.statementsKept {
            statements[rule]?.removeFirst(Self.statementsKept)
        }
    }

    /// The value of the last statement that gives one.
    func lastStatement(of rule: ExtractionRule) -> Range<Int>? {
        for start in (statements[rule] ?? []).suffix(Self.statementsKept).reversed() {
            guard let range = statementValue(from: start) else { continue }
            let isAnswer =
                switch rule {
                case .hashes:
                    startsLikeValue(range.lowerBound) || restIsBlank(from: range.upperBound)
                case .answerLine: true
                default: isValue(range)
                }
            if isAnswer { return range }
        }
        return nil
    }

    private func colon(at index: Int) -> Int? {
        guard index < bytes.count else { return nil }
        if bytes[index] == ASCII.colon || bytes[index] == 0x3D { return index + 1 }
        // U+FF1A, the full-width colon.
        let wide =
            index + 2 < bytes.count && bytes[index] == 0xEF && bytes[index + 1] == 0xBC
            && bytes[index + 2] == 0x9A
        return wide ? index + 3 : nil
    }

    private func verb(at index: Int) -> Int? {
        let length =
            bytes.spells("is", at: index)
            ? 2 : bytes.spells("are", at: index) ? 3 : bytes.spells("equals", at: index) ? 6 : 0
        guard length > 0, index + length < bytes.count else { return nil }
        return ASCII.isLetter(bytes[index + length]) ? nil : index + length
    }

    private func skipEmphasis(from start: Int) -> Int {
        var position = start
        while position < bytes.count, position < start + 16,
            bytes[position] == ASCII.space || bytes[position] == ASCII.tab
                || bytes[position] == ASCII.star || bytes[position] == 0x5F
        {
            position += 1
        }
        return position
    }

    /// The value that a statement gives from `start` on: to the end of its line or sentence, or of
    /// the displayed formula that it opens; nil where nothing stands there.
    func statementValue(from start: Int) -> Range<Int>? {
        var lower = start
        let searchEnd = min(bytes.count, start + 64)
        while lower < searchEnd, ASCII.isSpace(bytes[lower]) || isMarkdown(bytes[lower]) {
            lower += 1
        }
        guard lower < bytes.count, !ASCII.isSpace(bytes[lower]), bytes[lower] != 0 else {
            return nil
        }
        let limit = min(bytes.count, lower + Self.lookahead)
        if let end = displayEnd(from: lower, limit: limit) { return lower..<end }
        var upper = lower
        while upper < limit, bytes[upper] != ASCII.newline, bytes[upper] != 0,
            bytes[upper] != ASCII.less || !bytes.spells("</", at: upper),
            !endsSentence(upper), !startsExplanation(upper)
        {
            upper += 1
        }
        let range = bytes.trimmed(lower..<upper) {
            ASCII.isSpace($0) || isMarkdown($0) || $0 == ASCII.comma || $0 == 0x3B
        }
        return range.isEmpty ? nil : valueOfSentence(range)
    }

    /// What follows the last "is" of a sentence such as "The largest $n$ is 34"; the whole of
    /// anything else.
    private func valueOfSentence(_ range: Range<Int>) -> Range<Int> {
        guard ASCII.isLetter(bytes[range.lowerBound]), range.count > 6 else { return range }
        var index = range.upperBound - 3
        while index > range.lowerBound + 1 {
            let length =
                bytes.spells(" is ", at: index)
                ? 4
                : bytes.spells(" are ", at: index) ? 5 : bytes.spells(" equals ", at: index) ? 8 : 0
            if length > 0, index + length < range.upperBound,
                startsLikeValue(index + length)
            {
                return index + length..<range.upperBound
            }
            index -= 1
        }
        return range
    }

    private func isMarkdown(_ byte: UInt8) -> Bool {
        byte == ASCII.star || byte == 0x60 || byte == 0x5F
    }

    private func displayEnd(from start: Int, limit: Int) -> Int? {
        let dollars = bytes.spells("$$", at: start)
        guard dollars || bytes.spells("\\[", at: start) else { return nil }
        var position = start + 2
        while position + 1 < limit {
            if dollars ? bytes.spells("$$", at: position) : bytes.spells("\\]", at: position) {
                return position + 2
            }
            position += 1
        }
        return nil
    }

    /// A full stop before white space or at the end of the text.
    private func endsSentence(_ index: Int) -> Bool {
        guard bytes[index] == ASCII.dot else { return false }
        var next = index + 1
        while next < bytes.count, isMarkdown(bytes[next]) || bytes[next] == ASCII.dollar {
            next += 1
            if next > index + 8 { return false }
        }
        var following = next
        while following < min(bytes.count, next + 8), ASCII.isSpace(bytes[following]) {
            following += 1
        }
        // "5. Or 6." is a hedge that must not be cut.
        if bytes.spells("or ", at: following) { return false }
        return next == bytes.count || ASCII.isSpace(bytes[next]) || bytes[next] == 0
            || bytes[next] == ASCII.less
    }

    private func startsExplanation(_ index: Int) -> Bool {
        guard bytes[index] == ASCII.space else { return false }
        for word in Self.explanations where bytes.spells(word, at: index) { return true }
        return false
    }

    private static let explanations: [StaticString] = [
        " because ", " since ", " as required", " as desired", " which ", " so that ",
    ]

    /// Whether the first byte, without dressing, can begin a value.
    func startsLikeValue(_ start: Int) -> Bool {
        guard start < bytes.count else { return false }
        switch bytes[start] {
        case 0x30...0x39, ASCII.backslash, ASCII.dollar, ASCII.dot, 0x28, 0x5B, ASCII.openBrace,
            0x2B, 0x2D, 0x7C, 0x80...:
            return true
        default:
            // One letter alone: a variable or a choice.
            return ASCII.isLetter(bytes[start])
                && (start + 1 == bytes.count || !ASCII.isLetter(bytes[start + 1]))
        }
    }

    /// Whether a statement gives a value and not prose: it begins like one, holds a digit or a
    /// command, or is one or two words.
    private func isValue(_ range: Range<Int>) -> Bool {
        if startsLikeValue(range.lowerBound) { return true }
        var words = 1
        for index in range {
            let byte = bytes[index]
            if ASCII.isDigit(byte) || byte == ASCII.backslash || byte == ASCII.dollar {
                return true
            }
            if byte == ASCII.space { words += 1 }
        }
        return words <= 2
    }
}
