/// Decimal digits, ASCII or full-width.
enum Digits {
    /// The digit at `index` as ASCII, and its width in bytes; nil where none stands there.
    static func at(
        _ index: Int, in bytes: UnsafeBufferPointer<UInt8>, end: Int
    ) -> (digit: UInt8, width: Int)? {
        guard index < end else { return nil }
        if ASCII.isDigit(bytes[index]) { return (bytes[index], 1) }
        // U+FF10 … U+FF19 are EF BC 90 … EF BC 99.
        guard index + 2 < end, bytes[index] == 0xEF, bytes[index + 1] == 0xBC,
            bytes[index + 2] >= 0x90, bytes[index + 2] <= 0x99
        else { return nil }
        return (bytes[index + 2] - 0x60, 3)
    }
}

extension Lexer {
    /// Reads a numeral: thousands separators, decimal places, a repeating tail, an exponent.
    mutating func lexNumber() throws(Refusal) {
        let start = position
        var digits: [UInt8] = []
        var index = readDigits(from: start, into: &digits)
        let firstRun = digits.count
        var isPlain = true
        if firstRun >= 1, firstRun <= 3, digits != [0x30] {
            let grouped = try readGroups(from: index, into: &digits)
            isPlain = grouped == index
            index = grouped
        }
        var places: Int?
        var repeating = 0
        if index < end, bytes[index] == ASCII.dot || isWideDot(index) {
            let width = bytes[index] == ASCII.dot ? 1 : 3
            let before = digits.count
            var after = readDigits(from: index + width, into: &digits)
            (after, repeating) = try readRepetend(from: after, into: &digits)
            if digits.count > before {
                isPlain = false
                places = digits.count - before
                if after + 1 < end, bytes[after] == ASCII.dot, ASCII.isDigit(bytes[after + 1]) {
                    throw .malformed("two decimal points", at: after)
                }
                index = after
            } else if digits.count > 0, !nameFollows(index + width) {
                // A full stop right after an integer.
                index += width
            }
        }
        guard !digits.isEmpty else { throw .malformed("a point without digits", at: start) }
        try budget.spend(digits.count / 64)
        var (exponent, after) = readExponent(from: index)
        if after > index { isPlain = false }
        guard let exponent else { throw .limit("exponent") }
        let value = try decimal(
            digits, places: places ?? 0, repeating: repeating, exponent: exponent)
        if after == index, index < start { after = start }
        let shown = max(0, (places ?? 0) - exponent)
        let literal = Numeral(
            value: value, places: repeating > 0 || (places == nil && exponent >= 0) ? nil : shown,
            digits: isPlain ? String(decoding: digits, as: UTF8.self) : nil)
        emit(.number(literal), length: after - start)
    }

    private func nameFollows(_ index: Int) -> Bool { index < end && ASCII.isLetter(bytes[index]) }

    private func isWideDot(_ index: Int) -> Bool {
        index + 2 < end && bytes[index] == 0xEF && bytes[index + 1] == 0xBC
            && bytes[index + 2] == 0x8E
    }

    private func readDigits(from start: Int, into digits: inout [UInt8]) -> Int {
        var index = start
        while let (digit, width) = Digits.at(index, in: bytes, end: end) {
            digits.append(digit)
            index += width
        }
        return index
    }

    /// Reads groups of three digits behind one kind of thousands separator.
    private func readGroups(
        from start: Int, into digits: inout [UInt8]
    ) throws(Refusal) -> Int {
        var index = start
        var used: Int?
        while let (kind, width) = separator(at: index), used == nil || used == kind {
            var group: [UInt8] = []
            let after = readDigits(from: index + width, into: &group)
            // `{,}` and `\,` inside a number can be nothing else; a comma or a space can.
            if group.count != 3 {
                if kind == 0 { throw .malformed("a thousands separator", at: index) }
                break
            }
            // "3 125/4" is a mixed number.
            if kind == 3, after < end, bytes[after] == 0x2F { break }
            digits += group
            index = after
            used = kind
        }
        return index
    }

    /// The kind of thousands separator at `index` and its width.
    private func separator(at index: Int) -> (kind: Int, width: Int)? {
        guard index < end else { return nil }
        if bytes.spells("{,}", at: index) { return (0, 3) }
        if bytes.spells(" {, }", at: index) { return (0, 5) }
        if bytes.spells("\\,", at: index) || bytes.spells("\\ ", at: index) { return (1, 2) }
        if bytes.spells(",\\!", at: index) {
            return (2, index + 3 < end && bytes[index + 3] == ASCII.space ? 4 : 3)
        }
        if bytes[index] == ASCII.comma, bracketDepth == 0 { return (2, 1) }
        if bytes[index] == ASCII.space { return (3, 1) }
        let (scalar, width) = Lexer.decode(bytes, at: index, end: end)
        return scalar == 0xA0 || scalar == 0x2009 || scalar == 0x202F ? (3, width) : nil
    }

    /// Reads `\overline{27}` after decimal places; returns the length of the repetend.
    private func readRepetend(
        from start: Int, into digits: inout [UInt8]
    ) throws(Refusal) -> (Int, Int) {
        if let (after, count) = readBracketedRepetend(from: start, into: &digits) {
            return (after, count)
        }
        if let (after, count) = readDottedRepetend(from: start, into: &digits) {
            return (after, count)
        }
        guard bytes.spells("\\overline", at: start) else { return (start, 0) }
        var index = start + 9
        let braced = index < end && bytes[index] == ASCII.openBrace
        if braced { index += 1 }
        var tail: [UInt8] = []
        if braced {
            index = readDigits(from: index, into: &tail)
        } else if let (digit, width) = Digits.at(index, in: bytes, end: end) {
            tail = [digit]
            index += width
        }
        guard !tail.isEmpty, !braced || (index < end && bytes[index] == ASCII.closeBrace) else {
            throw .malformed("a repetend without digits", at: start)
        }
        digits += tail
        return (braced ? index + 1 : index, tail.count)
    }

    /// Reads the repetend of `0.1(6)`.
    private func readBracketedRepetend(
        from start: Int, into digits: inout [UInt8]
    ) -> (Int, Int)? {
        guard start < end, bytes[start] == 0x28 else { return nil }
        var tail: [UInt8] = []
        let after = readDigits(from: start + 1, into: &tail)
        guard !tail.isEmpty, after < end, bytes[after] == 0x29 else { return nil }
        digits += tail
        return (after + 1, tail.count)
    }

    /// Reads the repetend of `0.\dot{1}4285\dot{7}`, from the first dot to the last.
    private func readDottedRepetend(
        from start: Int, into digits: inout [UInt8]
    ) -> (Int, Int)? {
        guard let (first, afterFirst) = dottedDigit(at: start) else { return nil }
        var tail = [first]
        var index = readDigits(from: afterFirst, into: &tail)
        if let (last, afterLast) = dottedDigit(at: index) {
            tail.append(last)
            index = afterLast
        } else if tail.count > 1 {
            return nil
        }
        digits += tail
        return (index, tail.count)
    }

    private func dottedDigit(at start: Int) -> (UInt8, Int)? {
        guard bytes.spells("\\dot", at: start) else { return nil }
        let braced = start + 4 < end && bytes[start + 4] == ASCII.openBrace
        let index = start + (braced ? 5 : 4)
        guard index < end, ASCII.isDigit(bytes[index]) else { return nil }
        if !braced { return (bytes[index], index + 1) }
        guard index + 1 < end, bytes[index + 1] == ASCII.closeBrace else { return nil }
        return (bytes[index], index + 2)
    }

    /// Reads `e6`, `E-3`; a nil exponent is one too large to count.
    private func readExponent(from start: Int) -> (exponent: Int?, after: Int) {
        guard start < end, bytes[start] | 0x20 == 0x65 else { return (0, start) }
        var index = start + 1
        var negative = false
        if index < end, bytes[index] == 0x2B || bytes[index] == 0x2D {
            negative = bytes[index] == 0x2D
            index += 1
        }
        var digits: [UInt8] = []
        let after = readDigits(from: index, into: &digits)
        guard !digits.isEmpty else { return (0, start) }
        let text = String(decoding: digits.drop { $0 == 0x30 }, as: UTF8.self)
        guard text.utf8.count <= 6 else { return (nil, after) }
        let magnitude = Int(text) ?? 0
        return (negative ? -magnitude : magnitude, after)
    }

    /// The exact value of digits of which the last `places` are decimal and the last `repeating`
    /// of these recur.
    private mutating func decimal(
        _ digits: [UInt8], places: Int, repeating: Int, exponent: Int
    ) throws(Refusal) -> Rational {
        guard let whole = try ExactInteger(digits: digits, &budget) else {
            throw .malformed("a numeral", at: position)
        }
        let shift = exponent - (places - repeating)
        var value = Rational(whole)
        if repeating > 0 {
            // 0.1666… = (16 − 1) / (10 · 9).
            guard
                let head = try ExactInteger(digits: digits.dropLast(repeating), &budget),
                let count = UInt32(exactly: repeating)
            else { throw .malformed("a numeral", at: position) }
            let nines = try ExactInteger.small(10).power(count, &budget).adding(
                .small(-1), &budget)
            value = try Rational(
                try whole.adding(head.negated(), &budget), over: nines, &budget)
        }
        if shift == 0 || value.isZero { return value }
        return try value.multiplied(by: Rational(10).power(Int64(shift), &budget), &budget)
    }
}
