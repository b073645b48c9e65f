/// A text with what could be understood of it.
struct Reading: Sendable {
    /// The text without white space at its ends.
    let text: String
    /// The text without dressing and white space: what "same text" compares.
    let plainText: String
    let value: Rational?
    /// Why there is no value.
    let refusal: Refusal?

    init(_ text: String, stepLimit: Int) {
        var value: Rational?
        var refusal: Refusal?
        let bytes = Array(text.utf8)
        (self.text, plainText) = bytes.withUnsafeBufferPointer { buffer in
            let range = buffer.trimmed(0..<buffer.count, where: Self.isDressing)
            do throws(Refusal) {
                guard range.count <= MathVerifier.longestAnswer else { throw .limit("length") }
                var lexer = Lexer(buffer, range: range, budget: Budget(steps: stepLimit))
                try lexer.run()
                value = Self.signedNumeral(lexer.tokens)
                if value == nil { throw .malformed("no number", at: range.lowerBound) }
            } catch {
                refusal = error
            }
            let plain = buffer[range].filter { !ASCII.isSpace($0) && $0 != ASCII.dollar }
            return (buffer.text(range), String(decoding: plain, as: UTF8.self))
        }
        self.value = value
        self.refusal = refusal
    }

    private static func isDressing(_ byte: UInt8) -> Bool {
        ASCII.isSpace(byte) || byte == 0 || byte == ASCII.star || byte == 0x60 || byte == 0x5F
    }

    private static func signedNumeral(_ tokens: [Token]) -> Rational? {
        guard tokens.count <= 2, case .number(let numeral)? = tokens.last?.kind else { return nil }
        if tokens.count == 1 { return numeral.value }
        switch tokens[0].kind {
        case .symbol(.plus): return numeral.value
        case .symbol(.minus): return numeral.value.negated()
        default: return nil
        }
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
