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
        var expression: Expression?
        var value: Value?
        var refusal: Refusal?
        let bytes = Array(source.utf8)
        plainText = bytes.withUnsafeBufferPointer { buffer in
            let range = buffer.trimmed(0..<buffer.count, where: Self.isDressing)
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
