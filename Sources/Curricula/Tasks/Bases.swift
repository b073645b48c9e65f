import Rollouts

/// Numbers from one of the bases 2, 8, 10 and 16 to another.
///
/// A problem reads `2:1011>16:` (1011 in base 2, to base 16) and is answered by `b`. The demonstration
/// multiplies up to base 10, `1*2+0=2;2*2+1=5;5*2+1=11`, divides down from it, `11/2=5r1;5/2=2r1;…`,
/// or, where both bases are powers of 2, writes digits as bits and bits as digits, `b=1011;001=1;011=3`.
struct BaseTask: QuestionTask {
    static let name = "bases"
    static let summary = "A number to another base, such as 2:1011>16:"
    static let levels = [
        "2 to 10, up to 127", "10 to 2, up to 127", "2 to or from 8 and 16, up to 255",
        "8 and 16 to or from 10, up to 255", "any two of 2, 8, 10, 16, up to 4095",
    ]
    static let alphabet = "0123456789abcdef:>*/+=r;"

    static func drawn(level: Int, using rng: inout SplitMix64) -> BaseQuestion? {
        let all: [Int64] = [2, 8, 10, 16]
        let (from, to): (Int64, Int64) =
            switch level {
            case 0: (2, 10)
            case 1: (10, 2)
            case 2: (2, rng.pick([8, 16]))
            case 3: (10, rng.pick([8, 16]))
            default: (rng.pick(all), rng.pick(all))
            }
        let isTurned = (level == 2 || level == 3) && rng.below(2) == 0
        let value = rng.pick(0...([127, 127, 255, 255, 4095][level]))
        return BaseQuestion(
            value: value, from: isTurned ? to : from, to: isTurned ? from : to)
    }

    static func worked(_ question: BaseQuestion, by pupil: inout Pupil) -> (
        working: String, answer: String
    ) {
        var steps: [String] = []
        let answer =
            if question.to == 10 {
                "\(multiplied(question, &steps, by: &pupil))"
            } else if question.from == 10 {
                divided(question, &steps, by: &pupil)
            } else {
                regrouped(question, &steps, by: &pupil)
            }
        return (steps.joined(separator: ";"), answer)
    }

    private static func multiplied(
        _ question: BaseQuestion, _ steps: inout [String], by pupil: inout Pupil
    ) -> Int64 {
        let digits = BaseQuestion.digits(question.value, question.from)
        var value = pupil.written(digits[0])
        if digits.count == 1 { steps.append("\(value)") }
        for digit in digits.dropFirst() {
            let left = "\(value)*\(question.from)"
            // A forgotten digit.
            let added = pupil.forgets() ? 0 : digit
            value = pupil.written(value * question.from + added)
            steps.append("\(left)+\(digit)=\(value)")
        }
        return value
    }

    private static func divided(
        _ question: BaseQuestion, _ steps: inout [String], by pupil: inout Pupil
    ) -> String {
        var digits: [Int64] = []
        var value = question.value
        // A slip can make a quotient larger, not all of them.
        while digits.isEmpty || value > 0, digits.count < 24 {
            let quotient = pupil.written(value / question.to)
            var rest = pupil.forgets() ? 0 : value % question.to
            if pupil.slips() {
                rest = (rest + 1 + pupil.random.pick(0...question.to - 2)) % question.to
            }
            steps.append("\(value)/\(question.to)=\(quotient)r\(rest)")
            digits.insert(rest, at: 0)
            value = quotient
        }
        return BaseQuestion.text(digits)
    }

    private static func regrouped(
        _ question: BaseQuestion, _ steps: inout [String], by pupil: inout Pupil
    ) -> String {
        let (width, newWidth) = (question.from.bits, question.to.bits)
        var bits: [Int64] = []
        for digit in BaseQuestion.digits(question.value, question.from) {
            guard width > 1 else {
                bits.append(digit)
                continue
            }
            var group = BaseQuestion.digits(digit, 2)
            // Zeros in front are what one forgets.
            if !pupil.forgets() {
                group = Array(repeating: 0, count: width - group.count) + group
            }
            if pupil.slips() { group[pupil.random.below(group.count)] ^= 1 }
            steps.append("\(BaseQuestion.text([digit]))=\(BaseQuestion.joined(group))")
            bits += group
        }
        guard newWidth > 1 else {
            if width == 1 { steps.append(BaseQuestion.joined(bits)) }
            return BaseQuestion.text(bits)
        }
        bits = Array(bits.drop { $0 == 0 })
        let missing = (newWidth - bits.count % newWidth) % newWidth
        let zeros = [Int64](repeating: 0, count: bits.isEmpty ? newWidth : missing)
        // Who groups from the wrong end fills up at the wrong end.
        bits = pupil.forgets() ? bits + zeros : zeros + bits
        var digits: [Int64] = []
        for start in stride(from: 0, to: bits.count, by: newWidth) {
            let group = bits[start..<start + newWidth]
            var digit = group.reduce(0) { $0 * 2 + $1 }
            if pupil.slips() {
                digit = (digit + 1 + pupil.random.pick(0...question.to - 2)) % question.to
            }
            steps.append("\(BaseQuestion.joined(group))=\(BaseQuestion.text([digit]))")
            digits.append(digit)
        }
        return BaseQuestion.text(digits)
    }

    /// One where the answer has the digits of gold; capital letters and zeros in front are harmless.
    static func grade(_ answer: String, gold: String) -> TaskGrade? {
        guard let expected = digits(gold) else { return nil }
        guard let given = digits(answer) else { return TaskGrade(0, "no digits of base 16") }
        return given == expected ? TaskGrade(1, "the number") : TaskGrade(0, "other digits")
    }

    private static func digits(_ text: String) -> String? {
        guard let plain = AnswerReader.trimmed(text), (1...64).contains(plain.utf8.count) else {
            return nil
        }
        let small = plain.lowercased()
        guard small.utf8.allSatisfy({ (48...57).contains($0) || (97...102).contains($0) }) else {
            return nil
        }
        return String(small.drop { $0 == "0" })
    }
}

/// A number in one base, and the base that it goes to.
struct BaseQuestion: TaskQuestion {
    static let bases: [Int64] = [2, 8, 10, 16]
    let value: Int64
    let from: Int64
    let to: Int64

    init?(value: Int64, from: Int64, to: Int64) {
        guard from != to, (0...65_535).contains(value) else { return nil }
        (self.value, self.from, self.to) = (value, from, to)
    }

    init?(prompt: String) {
        var scanner = PromptScanner(prompt)
        guard let from = scanner.number(), Self.bases.contains(from), scanner.accept(":")
        else { return nil }
        var digits = ""
        while let digit = scanner.accept(anyOf: "0123456789abcdef") { digits.append(digit) }
        guard digits.count <= 16, let value = Int64(digits, radix: Int(from)),
            scanner.accept(">"), let to = scanner.number(), Self.bases.contains(to),
            scanner.accept(":"), scanner.isAtEnd
        else { return nil }
        self.init(value: value, from: from, to: to)
        if self.prompt != prompt { return nil }
    }

    var prompt: String { "\(from):\(String(value, radix: Int(from)))>\(to):" }
    var answer: String { String(value, radix: Int(to)) }
    /// The number in whatever bases.
    var key: String { "\(value)" }

    /// Most significant first, at least one.
    static func digits(_ value: Int64, _ base: Int64) -> [Int64] {
        String(value, radix: Int(base)).compactMap { $0.hexDigitValue.map(Int64.init) }
    }

    /// Digits without the zeros in front.
    static func text(_ digits: [Int64]) -> String {
        let text = joined(digits).drop { $0 == "0" }
        return text.isEmpty ? "0" : String(text)
    }

    static func joined(_ digits: some Sequence<Int64>) -> String {
        digits.map { String($0, radix: 16) }.joined()
    }
}

extension Int64 {
    /// Bits of a digit in a base that is a power of 2.
    fileprivate var bits: Int { trailingZeroBitCount }
}
