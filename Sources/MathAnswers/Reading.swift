/// A text with what could be understood of it.
struct Reading: Sendable {
    /// The text that was read; spans count its bytes.
    let source: String
    /// The text without markdown at its ends, idle white space and dollar signs: what "same text" compares.
    let plainText: String
    /// The tree, where the text is well-formed.
    let expression: Expression?
    /// The normal form, where there is one.
    let value: Value?
    /// Why there is no value.
    let refusal: Refusal?

    init(_ source: String, stepLimit: Int) {
        if let integer = Self.integer(source) {
            self = integer
            return
        }
        self.init(reading: source, stepLimit: stepLimit)
    }

    private init(plain source: String, expression: Expression, value: Value) {
        self.source = source
        plainText = source
        self.expression = expression
        self.value = value
        refusal = nil
    }

    /// What most answers are, an integer of at most 18 digits and nothing else, read without a parser.
    private static func integer(_ source: String) -> Reading? {
        let digits = source.utf8.first == 0x2D ? source.utf8.dropFirst() : source.utf8[...]
        guard (1...18).contains(digits.count), digits.allSatisfy(ASCII.isDigit),
            digits.first != 0x30 || digits.count == 1, let number = Int64(String(digits) ?? "")
        else { return nil }
        let isNegative = digits.count < source.utf8.count
        let count = source.utf8.count
        let numeral = Expression(
            kind: .number(
                Numeral(value: Rational(.small(number)), places: nil, digits: String(digits))),
            range: (isNegative ? 1 : 0)..<count)
        let whole =
            isNegative ? Expression(kind: .negated(numeral), range: 0..<1) : numeral
        let value = Rational(.small(isNegative ? -number : number))
        return Reading(
            plain: source, expression: whole,
            value: .scalar(
                Value.Scalar(
                    quotient: Quotient(value), formula: Formula(expression: whole), places: nil)))
    }

    /// Reads any text by lexer, parser and evaluator.
    init(reading source: String, stepLimit: Int) {
        var expression: Expression?
        var value: Value?
        var refusal: Refusal?
        let bytes = Array(source.utf8)
        plainText = bytes.withUnsafeBufferPointer { buffer in
            let range = Self.undressed(buffer)
            do throws(Refusal) {
                guard range.count <= MathVerifier.longestAnswer else { throw .limit("length") }
                var lexer = Lexer(buffer, range: range, budget: Budget(steps: stepLimit))
                try lexer.run()
                var parser = Parser(
                    tokens: lexer.tokens, endByte: range.upperBound, budget: lexer.budget)
                let tree = try parser.parseAnswer()
                expression = tree
                var evaluator = Evaluator(budget: parser.budget)
                value = try evaluator.normalForm(tree)
            } catch {
                refusal = error
            }
            return Self.withoutSpaces(buffer, range)
        }
        self.source = source
        self.expression = expression
        self.value = value
        self.refusal = refusal
    }

    /// The normal form as text, or the plain text where there is none.
    var normalForm: String { value?.description ?? plainText }

    /// The text behind a choice label, `(B) 12` or `\textbf{(B)}\ 12`; nil where no label or
    /// nothing behind it stands.
    var labelledValue: String? {
        guard source.utf8.prefix(40).contains(0x28) else { return nil }
        let all = Array(source.utf8)
        var bytes = all[all.withUnsafeBufferPointer { Self.undressed($0) }]
        var isMarked = false
        for command in ["\\textbf{", "\\text{", "\\mathrm{", "\\mathbf{"]
        where bytes.starts(with: command.utf8) {
            bytes = bytes.dropFirst(command.utf8.count)
            isMarked = true
        }
        guard bytes.popFirst() == 0x28, let letter = bytes.popFirst(),
            (0x41...0x45).contains(letter), bytes.popFirst() == 0x29
        else { return nil }
        let before = bytes.count
        if isMarked, bytes.popFirst() != ASCII.closeBrace { return nil }
        for skipped in ["\\ ", " ", "~", "\\quad", "\\,", ":", " ", "$"]
        where bytes.starts(with: skipped.utf8) {
            bytes = bytes.dropFirst(skipped.utf8.count)
        }
        // `(A)3` is a product.
        guard bytes.count < before, !bytes.isEmpty else { return nil }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The text without white space, except that between digits or letters one space stays:
    /// `3 1/4` is not `31/4`.
    private static func withoutSpaces(
        _ bytes: UnsafeBufferPointer<UInt8>, _ range: Range<Int>
    ) -> String {
        var plain: [UInt8] = []
        plain.reserveCapacity(range.count)
        var spaced = false
        for index in range {
            let byte = bytes[index]
            if ASCII.isSpace(byte) || byte == ASCII.dollar {
                spaced = true
                continue
            }
            if spaced, let last = plain.last, joins(last), joins(byte) {
                plain.append(ASCII.space)
            }
            plain.append(byte)
            spaced = false
        }
        return String(decoding: plain, as: UTF8.self)
    }

    private static func joins(_ byte: UInt8) -> Bool {
        ASCII.isDigit(byte) || ASCII.isLetter(byte) || byte == ASCII.dot || byte >= 0x80
    }

    /// The range without markdown, math delimiters, `\displaystyle` and a full stop around it.
    private static func undressed(_ bytes: UnsafeBufferPointer<UInt8>) -> Range<Int> {
        var range = bytes.trimmed(0..<bytes.count, where: isDressing)
        for _ in 0..<8 {
            var inner = range
            if bytes.spells("\\displaystyle", at: inner.lowerBound) {
                inner = min(inner.lowerBound + 13, inner.upperBound)..<inner.upperBound
            }
            if inner.count >= 4, bytes.spells("\\[", at: inner.lowerBound),
                bytes.spells("\\]", at: inner.upperBound - 2)
            {
                inner = inner.lowerBound + 2..<inner.upperBound - 2
            } else if inner.count >= 4, bytes.spells("\\(", at: inner.lowerBound),
                bytes.spells("\\)", at: inner.upperBound - 2)
            {
                inner = inner.lowerBound + 2..<inner.upperBound - 2
            }
            if inner.count >= 2, bytes[inner.upperBound - 1] == ASCII.dot,
                bytes[inner.upperBound - 2] != ASCII.dot
            {
                inner = inner.lowerBound..<inner.upperBound - 1
            }
            inner = bytes.trimmed(inner) { isDressing($0) || $0 == ASCII.dollar }
            if inner == range { break }
            range = inner
        }
        return range
    }

    private static func isDressing(_ byte: UInt8) -> Bool {
        ASCII.isSpace(byte) || byte == 0 || byte == ASCII.star || byte == 0x60 || byte == 0x5F
    }
}

extension Refusal: CustomStringConvertible {
    /// What was refused.
    var description: String {
        switch self {
        case .limit(let name): "more \(name) than the budget allows"
        case .malformed(let what, let offset): "\(what) at byte \(offset)"
        case .undefined(let what): what
        }
    }
}
