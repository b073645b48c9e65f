/// Finds the answer in a completion, in one pass over its bytes.
///
/// Complexity: O(*n*) in the length of the completion, whatever it holds.
struct AnswerExtractor {
    /// What was found.
    enum Outcome {
        case found(Extraction)
        /// A box that is empty or never closed, and nothing else: no answer.
        case missing
        /// No rule matched.
        case nothing
    }

    /// Statements that are looked at, from the last one back, until one gives a value.
    static let statementsKept = 8

    /// Statements are searched for their value within this many bytes.
    static let lookahead = 400

    let bytes: UnsafeBufferPointer<UInt8>
    /// Closed boxes outside other boxes, in order.
    var boxes: [Range<Int>] = []
    var sawOpenBox = false
    var openBraces: [(start: Int, isBox: Bool)] = []
    var tagStart: Int?
    var boldStart: Int?
    /// The last candidate of the rules that need no more reading.
    var candidates: [ExtractionRule: Range<Int>] = [:]
    /// Where the values of the last few statements begin, by rule: they are read in the end, so
    /// that a text of nothing but statements is still read in linear time.
    var statements: [ExtractionRule: [Int]] = [:]
    var lastFormula: Range<Int>?
    /// Where the formula that was found last ends.
    private var formulaEnd = 0
    var lastNumber: Range<Int>?
    let wantsNumbers: Bool

    /// Looks for the answer in `bytes`, whose reasoning has been blanked.
    static func extract(
        from bytes: UnsafeBufferPointer<UInt8>, rules: [ExtractionRule]
    ) -> Outcome {
        var extractor = AnswerExtractor(
            bytes: bytes, wantsNumbers: rules.contains(.lastNumber))
        extractor.scan()
        return extractor.strongest(of: rules)
    }

    init(bytes: UnsafeBufferPointer<UInt8>, wantsNumbers: Bool) {
        self.bytes = bytes
        self.wantsNumbers = wantsNumbers
    }

    private func strongest(of rules: [ExtractionRule]) -> Outcome {
        for rule in ExtractionRule.allCases where rules.contains(rule) {
            if rule == .boxed {
                guard let last = boxes.last else { continue }
                return boxed(last)
            }
            let candidate =
                rule == .lastNumber ? lastExpression : candidates[rule] ?? lastStatement(of: rule)
            if let range = candidate {
                return .found(
                    Extraction(
                        rule: rule, range: range, text: bytes.text(range), alternatives: []))
            }
        }
        return sawOpenBox && rules.contains(.boxed) ? .missing : .nothing
    }

    /// The last box, or what all boxes hold where they differ.
    private func boxed(_ last: Range<Int>) -> Outcome {
        if bytes.trimmed(last, where: ASCII.isSpace).isEmpty
            || BoxContext(bytes, content: last).isDenied
        {
            return .missing
        }
        // What stands around a box is only looked at for the last ones: time stays linear.
        let ranges =
            boxes.dropLast(64).map { bytes.trimmed($0, where: ASCII.isSpace) }
            + boxes.suffix(64).filter { !BoxContext(bytes, content: $0).isDenied }
            .map { stated(by: $0) }
        var texts = ranges.map { bytes.text($0) }
        if let other = BoxContext(bytes, content: last).alternative {
            texts.insert(bytes.text(other), at: 0)
        }
        let differ = texts.contains { $0 != texts.last }
        let range = stated(by: last)
        return .found(
            Extraction(
                rule: .boxed, range: range, text: bytes.text(range),
                alternatives: differ ? texts : []))
    }

    /// What a box states: its content, or the formula around a box that is only a part of it.
    private func stated(by box: Range<Int>) -> Range<Int> {
        BoxContext(bytes, content: box).formula ?? bytes.trimmed(box, where: ASCII.isSpace)
    }

    /// The last formula or number, whichever ends later; a number inside a formula is part of it.
    private var lastExpression: Range<Int>? {
        guard let number = lastNumber else { return lastFormula }
        guard let formula = lastFormula, formula.upperBound >= number.upperBound else {
            return number
        }
        return formula
    }

    /// Bytes at which something may begin, by bits: 0 in any text, 1 where numbers are wanted.
    private static let signs = ByteTable([("\\{}\0<fFaA#*\n", 3), ("$0123456789", 2)])

    private mutating func scan() {
        let signs = Self.signs
        let wanted: UInt8 = wantsNumbers ? 2 : 1
        let end = bytes.count
        var index = 0
        while index < end {
            let byte = bytes[index]
            if signs[byte] & wanted == 0 {
                index += 1
            } else {
                index = scanSign(byte, at: index)
            }
        }
        if openBraces.contains(where: \.isBox) { sawOpenBox = true }
    }

    /// Looks at one byte that may begin something, and returns where to go on.
    private mutating func scanSign(_ byte: UInt8, at index: Int) -> Int {
        switch byte {
        case ASCII.backslash: return scanBackslash(at: index)
        case ASCII.openBrace: openBraces.append((index + 1, false))
        case ASCII.closeBrace: closeBrace(at: index)
        case 0: return skipBlank(at: index)
        case ASCII.less: scanTag(at: index)
        case 0x66, 0x46, 0x61, 0x41: scanStatement(at: index)
        case ASCII.hash where startsLine(index): return scanHashes(at: index)
        case ASCII.star: return scanBold(at: index)
        case ASCII.newline: boldStart = nil
        case ASCII.dollar where wantsNumbers: return scanFormula(at: index)
        case 0x30...0x39 where wantsNumbers: return scanNumber(at: index)
        default: break
        }
        return index + 1
    }

    /// Goes over blanked reasoning, across which no braces close.
    private mutating func skipBlank(at index: Int) -> Int {
        if !openBraces.isEmpty { openBraces.removeAll(keepingCapacity: true) }
        var end = index + 1
        while end < bytes.count, bytes[end] == 0 { end += 1 }
        return end
    }

    /// Whether nothing but white space stands before a byte on its line.
    func startsLine(_ index: Int) -> Bool {
        var before = index
        while before > 0 {
            let byte = bytes[before - 1]
            if byte == ASCII.newline || byte == 0 { return true }
            // A line of nothing but white space is looked at for so long only.
            guard ASCII.isSpace(byte), index - before < Self.lookahead else { return false }
            before -= 1
        }
        return true
    }

    // MARK: Boxes

    private mutating func scanBackslash(at index: Int) -> Int {
        let length =
            bytes.spells("\\boxed", at: index) ? 6 : bytes.spells("\\fbox", at: index) ? 5 : 0
        if length == 0 {
            guard index + 1 < bytes.count else { return bytes.count }
            // A doubled backslash before a box comes from a text that was escaped twice.
            if bytes.spells("\\\\boxed{", at: index) { return index + 1 }
            if wantsNumbers, bytes[index + 1] == 0x28 || bytes[index + 1] == 0x5B {
                scanBracketedFormula(at: index)
            }
            return index + 2
        }
        var position = index + length
        while position < bytes.count, position < index + length + 8,
            bytes[position] == ASCII.space
        {
            position += 1
        }
        guard position < bytes.count, bytes[position] == ASCII.openBrace else {
            sawOpenBox = true
            return index + length
        }
        openBraces.append((position + 1, true))
        return position + 1
    }

    private mutating func closeBrace(at index: Int) {
        guard let (start, isBox) = openBraces.popLast(), isBox else { return }
        while let inner = boxes.last, inner.lowerBound >= start { boxes.removeLast() }
        boxes.append(start..<index)
    }

    // MARK: Tags, bold, lines

    private mutating func scanTag(at index: Int) {
        if bytes.spells("<answer>", at: index) {
            tagStart = index + 8
        } else if bytes.spells("</answer>", at: index), let start = tagStart {
            tagStart = nil
            let range = bytes.trimmed(start..<index, where: ASCII.isSpace)
            if !range.isEmpty { candidates[.answerTag] = range }
        }
    }

    private mutating func scanBold(at index: Int) -> Int {
        guard index + 1 < bytes.count, bytes[index + 1] == ASCII.star else { return index + 1 }
        if let start = boldStart {
            boldStart = nil
            let range = bytes.trimmed(start..<index, where: ASCII.isSpace)
            if !range.isEmpty, range.count <= 200, startsLikeValue(range.lowerBound),
                bytes[range.upperBound - 1] != ASCII.colon
            {
                candidates[.bold] = range
            }
        } else if opensBold(index) {
            boldStart = index + 2
        }
        return index + 2
    }

    /// Whether `**` here begins bold text and is no power: nothing but white space or punctuation
    /// stands before it, and no white space behind it.
    private func opensBold(_ index: Int) -> Bool {
        guard index + 2 < bytes.count, !ASCII.isSpace(bytes[index + 2]) else { return false }
        guard index > 0 else { return true }
        let before = bytes[index - 1]
        return !ASCII.isLetter(before) && !ASCII.isDigit(before) && before != 0x29
            && before != ASCII.closeBrace && before != 0x5D
    }

    private mutating func scanHashes(at index: Int) -> Int {
        var position = index
        while position < bytes.count, bytes[position] == ASCII.hash { position += 1 }
        if position - index == 4 { keep(.hashes, from: position) }
        return position
    }

    func restIsBlank(from start: Int) -> Bool {
        guard bytes.count - start <= Self.lookahead else { return false }
        return (start..<bytes.count).allSatisfy {
            ASCII.isSpace(bytes[$0]) || bytes[$0] == ASCII.dot || bytes[$0] == ASCII.star
        }
    }

    // MARK: Formulas and numbers

    private mutating func scanFormula(at index: Int) -> Int {
        // The sign that closed the last formula opens none.
        if index < formulaEnd { return index + 1 }
        let width = index + 1 < bytes.count && bytes[index + 1] == ASCII.dollar ? 2 : 1
        var end = index + width
        let limit = min(bytes.count, end + Self.lookahead)
        while end < limit, bytes[end] != ASCII.dollar, width == 2 || bytes[end] != ASCII.newline {
            end += bytes[end] == ASCII.backslash ? 2 : 1
        }
        guard end < limit, bytes[end] == ASCII.dollar, end > index + width else {
            return index + width
        }
        lastFormula = index + width..<end
        formulaEnd = end + width
        // Boxes inside it are still to be found.
        return index + width
    }

    /// `\( … \)` and `\[ … \]`.
    private mutating func scanBracketedFormula(at index: Int) {
        let close: StaticString = bytes[index + 1] == 0x28 ? "\\)" : "\\]"
        let limit = min(bytes.count, index + 2 + Self.lookahead)
        var end = index + 2
        while end < limit, !bytes.spells(close, at: end) {
            end += bytes[end] == ASCII.backslash ? 2 : 1
        }
        guard end < limit else { return }
        let range = bytes.trimmed(index + 2..<end, where: ASCII.isSpace)
        if !range.isEmpty { lastFormula = range }
    }

    private mutating func scanNumber(at index: Int) -> Int {
        var end = index
        while end < bytes.count {
            let byte = bytes[end]
            let joins =
                (byte == ASCII.comma || byte == ASCII.dot || byte == 0x2F)
                && end + 1 < bytes.count && ASCII.isDigit(bytes[end + 1])
            guard ASCII.isDigit(byte) || joins else { break }
            end += 1
        }
        // The 2 of "H2O" and of `\frac12` is no number of its own.
        if index > 0, ASCII.isLetter(bytes[index - 1]) { return end }
        end = endOfExponent(end)
        if end < bytes.count, bytes[end] == 0x25 { end += 1 }
        let negative =
            index > 0 && bytes[index - 1] == 0x2D
            && (index < 2 || !ASCII.isLetter(bytes[index - 2]) && !ASCII.isDigit(bytes[index - 2]))
        // The minus sign of Unicode takes three bytes.
        let minus = index >= 3 && bytes.spells("\u{2212}", at: index - 3) ? 3 : negative ? 1 : 0
        lastNumber = index - minus..<end
        return end
    }

    /// The end of `e-3` or ` × 10^{-3}` behind a number.
    private func endOfExponent(_ start: Int) -> Int {
        var index = start
        if index + 1 < bytes.count, bytes[index] | 0x20 == 0x65 {
            index += 1
            if bytes[index] == 0x2B || bytes[index] == 0x2D { index += 1 }
            let digits = index
            while index < bytes.count, ASCII.isDigit(bytes[index]) { index += 1 }
            let isWord = index < bytes.count && ASCII.isLetter(bytes[index])
            return index > digits && !isWord ? index : start
        }
        while index < bytes.count, bytes[index] == ASCII.space { index += 1 }
        let signs: [StaticString] = ["\u{D7}", "\\times", "*", "x"]
        guard let sign = signs.first(where: { bytes.spells($0, at: index) }) else { return start }
        index += sign.utf8CodeUnitCount
        while index < bytes.count, bytes[index] == ASCII.space { index += 1 }
        guard bytes.spells("10^", at: index) else { return start }
        index += 3
        let isBraced = index < bytes.count && bytes[index] == ASCII.openBrace
        if isBraced { index += 1 }
        if index < bytes.count, bytes[index] == 0x2D { index += 1 }
        let digits = index
        while index < bytes.count, ASCII.isDigit(bytes[index]) { index += 1 }
        guard index > digits else { return start }
        guard isBraced else { return index }
        return index < bytes.count && bytes[index] == ASCII.closeBrace ? index + 1 : start
    }
}
