/// Answers as a policy writes them: exact, bounded, and forgiving of harmless forms.
///
/// Spaces around a number or after its sign, a leading `+`, leading zeros and `−` for `-` are harmless.
enum AnswerReader {
    /// Longer answers are not looked at.
    static let maximumLength = 2000

    /// The characters without white space at either end; nil where there are too many.
    static func trimmed(_ text: some StringProtocol) -> Substring? {
        guard text.utf8.count <= maximumLength else { return nil }
        let plain = Substring(String(text.map { $0 == "\u{2212}" ? "-" : $0 }))
        guard let first = plain.firstIndex(where: { !isSpace($0) }),
            let last = plain.lastIndex(where: { !isSpace($0) })
        else { return "" }
        return plain[first...last]
    }

    /// A whole number of at most 17 digits, in 64 characters with all that is harmless.
    static func whole(_ text: some StringProtocol) -> Int64? {
        guard text.utf8.count <= 64, var rest = trimmed(text) else { return nil }
        var isNegative = false
        if let sign = rest.first, sign == "-" || sign == "+" {
            isNegative = sign == "-"
            rest = rest.dropFirst().drop(while: isSpace)
        }
        guard !rest.isEmpty, rest.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
            return nil
        }
        let digits = rest.drop { $0 == "0" }
        guard digits.utf8.count <= 17, let value = Int64(digits.isEmpty ? "0" : digits) else {
            return nil
        }
        return isNegative ? -value : value
    }

    /// A whole number or a quotient of two with a bottom above 0, and whether it is in lowest terms.
    static func fraction(_ text: some StringProtocol) -> (value: ExactFraction, isLowest: Bool)? {
        guard let plain = trimmed(text) else { return nil }
        let parts = plain.split(separator: "/", maxSplits: 2, omittingEmptySubsequences: false)
        let numbers = parts.compactMap { whole($0) }
        guard numbers.count == parts.count, (1...2).contains(parts.count) else { return nil }
        let bottom = numbers.count == 2 ? numbers[1] : 1
        guard bottom > 0, let value = ExactFraction(numbers[0], bottom) else { return nil }
        return (value, value.bottom == bottom)
    }

    /// The text behind `x=`, where it begins so.
    static func withoutUnknown(_ text: some StringProtocol) -> Substring {
        guard let plain = trimmed(text) else { return Substring(text) }
        guard plain.first == "x" else { return plain }
        let rest = plain.dropFirst().drop(while: isSpace)
        return rest.first == "=" ? rest.dropFirst() : plain
    }

    private static func isSpace(_ character: Character) -> Bool {
        character == " " || character == "\n" || character == "\t" || character == "\r\n"
    }
}

extension TaskGrade {
    /// One where the answer is the whole number that gold is; nil where gold is none.
    static func ofWhole(_ answer: String, gold: String) -> TaskGrade? {
        guard let expected = AnswerReader.whole(gold) else { return nil }
        guard let value = AnswerReader.whole(answer) else {
            return TaskGrade(0, "not a whole number")
        }
        return value == expected ? TaskGrade(1, "the result") : TaskGrade(0, "another number")
    }
}
