import MathAnswers
import Rollouts

/// 1 where the answer is an expression over the given numbers that comes to the target.
///
/// Gold is a JSON object `{"target": 24, "numbers": [1, 2, 3, 4]}`, or the row has members `target`
/// and `numbers` (or `nums`). Numbers, `+ - * / ×÷`, and brackets may stand in the expression; every
/// given number is used at most once, and exactly once with `use_all`. Arithmetic is exact.
///
/// Source: TinyZero's countdown task, whose `format_score` is `partial` here.
public struct CountdownReward: RewardFunction {
    /// `countdown`.
    public static let type = "countdown"
    private let verifier: MathVerifier
    private let usesAll: Bool
    private let partial: Double

    /// Looks at whether the expression is right.
    public var traits: RewardTraits { RewardTraits(basis: .correctness) }

    /// Reads `extract`, `use_all` and `partial`: what an expression over the given numbers with
    /// another value is worth, below one half.
    public init(_ settings: inout SpecReader) throws(RewardError) {
        var options = MathOptions()
        options.extraction = try settings.choices(
            "extract", default: [.answerTag, .boxed, .finalAnswer, .answerColon, .answerIs])
        verifier = MathVerifier(options: options)
        usesAll = try settings.bool("use_all", default: true)
        partial = try settings.double("partial", default: 0)
        guard (0..<0.5).contains(partial) else {
            throw .badValue(
                settings.place(of: "partial"), key: "partial", problem: "must be within 0…0.5")
        }
    }

    /// Reads the expression and does the arithmetic.
    public func score(_ input: ScoringInput) -> RewardResult {
        guard let (target, numbers) = Self.task(of: input) else {
            return .unscored(.goldUnparseable, "no target and numbers in gold or in the row")
        }
        guard let found = verifier.extraction(from: input.completion) else {
            return RewardResult(value: 0, status: .answerMissing, reason: "no_answer")
        }
        guard found.alternatives.isEmpty else {
            return RewardResult(value: 0, reason: "hedge", extracted: found.text)
        }
        // `(1 + 2) * 8 = 24` states its value too, which must be true, as does `24 = (1 + 2) * 8`.
        var sides = found.text.split(separator: "=", omittingEmptySubsequences: false)
        let head = (sides.first ?? "").filter { !" \t\n$`*".contains($0) }
        if sides.count == 2, head == String(target) || head == "x" || head == "X" {
            sides.reverse()
        }
        if sides.count == 2, sides[1].contains(where: { "xX".contains($0) }) { sides.removeLast() }
        var reader = CountdownExpression(String(sides.first ?? ""))
        guard let value = reader.read() else {
            return RewardResult(
                value: 0, status: .answerUnparseable, reason: "no expression: \(reader.fault)",
                extracted: found.text)
        }
        for side in sides.dropFirst() {
            var stated = CountdownExpression(String(side))
            guard let other = stated.read(), other == value else {
                return RewardResult(
                    value: 0, reason: "'=\(side.prefix(40))' is not so", extracted: found.text)
            }
        }
        // Of given −3, `5 + -3` and `5 - 3` use the sign as they find it.
        let isSigned = numbers.contains { $0 < 0 }
        let given = (isSigned ? numbers.map(abs) : numbers).sorted()
        let used = reader.numbers.sorted()
        let fits = usesAll ? used == given : Self.isContained(used, in: given)
        guard fits else {
            return RewardResult(value: 0, reason: "other numbers", extracted: found.text)
        }
        let isRight = value.top == target * value.bottom
        return RewardResult(
            value: isRight ? 1 : partial, reason: isRight ? "the target" : "another value",
            extracted: found.text)
    }

    private static func isContained(_ used: [Int64], in given: [Int64]) -> Bool {
        var rest = given[...]
        for number in used {
            guard let index = rest.firstIndex(of: number) else { return false }
            rest = rest[(index + 1)...]
        }
        return true
    }

    private static func task(of input: ScoringInput) -> (target: Int64, numbers: [Int64])? {
        let gold = input.gold.flatMap { try? JSONReader.parse(Array($0.utf8)) }
        let places = [gold, .object(input.fields)].compactMap { $0 }
        for place in places {
            let list = (place["numbers"] ?? place["nums"])?.array
            guard let target = place["target"].flatMap(whole), let list else { continue }
            let numbers = list.compactMap(whole)
            if numbers.count == list.count, !numbers.isEmpty { return (target, numbers) }
        }
        return nil
    }

    private static func whole(_ value: JSONValue) -> Int64? {
        value.double.flatMap { abs($0) <= 1e6 ? Int64(exactly: $0) : nil }
    }
}

/// Exact arithmetic on an expression of small whole numbers.
struct CountdownExpression {
    /// A fraction; the bottom is positive.
    typealias Fraction = (top: Int64, bottom: Int64)

    private let bytes: [UInt8]
    private var position = 0
    private var depth = 0
    /// The numbers that were read, in order.
    private(set) var numbers: [Int64] = []
    /// Why there is no value.
    private(set) var fault = "it is empty"

    init(_ text: String) {
        // Other signs for the same operations, in one byte each.
        let plain = text.unicodeScalars.compactMap { scalar -> UInt8? in
            switch scalar.value {
            case 0xD7, 0xB7, 0x22C5: UInt8(ascii: "*")
            case 0xF7: UInt8(ascii: "/")
            case 0x2212: UInt8(ascii: "-")
            case 0x24, 0x60, 0xFEFF: nil
            case let value where value < 0x80: UInt8(value)
            default: UInt8(ascii: "?")
            }
        }
        var bytes = plain
        // Bold marks around the whole of it.
        while bytes.count > 4, bytes.starts(with: "**".utf8),
            bytes.suffix(2).elementsEqual("**".utf8)
        {
            bytes = Array(bytes.dropFirst(2).dropLast(2))
        }
        for (command, sign) in [
            ("\\times", "*"), ("\\cdot", "*"), ("\\div", "/"), ("\\left", " "), ("\\right", " "),
            ("\\dfrac", "\\frac"), ("\\tfrac", "\\frac"), ("\\,", " "), ("\\;", " "), ("\\ ", " "),
        ] {
            bytes = Self.replacing(command, with: sign, in: bytes)
        }
        self.bytes = bytes
    }

    /// The value of the whole text, or nil with the `fault`.
    mutating func read() -> Fraction? {
        guard bytes.count <= 1000 else {
            fault = "it is too long"
            return nil
        }
        guard let value = sum() else { return nil }
        skipSpace()
        guard position == bytes.count else {
            fault = "an operator was expected at byte \(position)"
            return nil
        }
        return value
    }

    private mutating func sum() -> Fraction? {
        guard var value = product() else { return nil }
        while let sign = accept("+-") {
            guard let other = product(),
                let next = Self.sum(value, sign == UInt8(ascii: "-") ? -1 : 1, other)
            else { return failed("a number grows too large") }
            value = next
        }
        return value
    }

    private mutating func product() -> Fraction? {
        guard var value = factor() else { return nil }
        while let sign = accept("*/") {
            guard let other = factor() else { return nil }
            if sign == UInt8(ascii: "/"), other.top == 0 { return failed("a quotient by zero") }
            let turned =
                sign == UInt8(ascii: "*") ? other : Self.reduced(other.bottom, other.top)
            guard let turned, let next = Self.product(value, turned) else {
                return failed("a number grows too large")
            }
            value = next
        }
        return value
    }

    private mutating func factor() -> Fraction? {
        depth += 1
        defer { depth -= 1 }
        guard depth <= 64 else { return failed("it is nested too deep") }
        if accept("-") != nil { return factor().map { (-$0.top, $0.bottom) } }
        if accept("+") != nil { return factor() }
        for (open, close) in [("(", ")"), ("[", "]"), ("{", "}")] as [(StaticString, StaticString)]
        where accept(open) != nil {
            guard let value = sum() else { return nil }
            return accept(close) != nil ? value : failed("a bracket is open")
        }
        skipSpace()
        if bytes[position...].starts(with: "\\frac".utf8) {
            position += 5
            guard let top = fractionPart(), let bottom = fractionPart() else { return nil }
            guard let turned = Self.reduced(bottom.bottom, bottom.top) else {
                return failed("a quotient by zero")
            }
            return Self.product(top, turned) ?? failed("a number grows too large")
        }
        let start = position
        var number: Int64 = 0
        while position < bytes.count, (0x30...0x39).contains(bytes[position]) {
            guard number < 1_000_000_000 else { return failed("a number is too long") }
            number = number * 10 + Int64(bytes[position] - 0x30)
            position += 1
        }
        guard position > start else { return failed("a number was expected at byte \(start)") }
        numbers.append(number)
        return (number, 1)
    }

    /// `{…}` or one digit.
    private mutating func fractionPart() -> Fraction? {
        skipSpace()
        guard position < bytes.count else { return failed("a fraction is incomplete") }
        let byte = bytes[position]
        guard (0x30...0x39).contains(byte) else {
            return byte == UInt8(ascii: "{") ? factor() : failed("a fraction is incomplete")
        }
        position += 1
        numbers.append(Int64(byte - 0x30))
        return (Int64(byte - 0x30), 1)
    }

    // MARK: Tokens

    private mutating func failed(_ reason: String) -> Fraction? {
        if fault == "it is empty" { fault = reason }
        return nil
    }

    private mutating func skipSpace() {
        while position < bytes.count, bytes[position] <= 0x20 { position += 1 }
    }

    private mutating func accept(_ signs: StaticString) -> UInt8? {
        skipSpace()
        guard position < bytes.count else { return nil }
        let byte = bytes[position]
        for index in 0..<signs.utf8CodeUnitCount where signs.utf8Start[index] == byte {
            position += 1
            return byte
        }
        return nil
    }

    private static func replacing(
        _ command: String, with sign: String, in bytes: [UInt8]
    ) -> [UInt8] {
        var result: [UInt8] = []
        var index = 0
        while index < bytes.count {
            if bytes[index...].starts(with: command.utf8) {
                result += Array(sign.utf8)
                index += command.utf8.count
            } else {
                result.append(bytes[index])
                index += 1
            }
        }
        return result
    }

    // MARK: Fractions

    private static func sum(_ a: Fraction, _ sign: Int64, _ b: Fraction) -> Fraction? {
        let (left, over1) = a.top.multipliedReportingOverflow(by: b.bottom)
        let (right, over2) = (sign * b.top).multipliedReportingOverflow(by: a.bottom)
        let (top, over3) = left.addingReportingOverflow(right)
        let (bottom, over4) = a.bottom.multipliedReportingOverflow(by: b.bottom)
        return over1 || over2 || over3 || over4 ? nil : reduced(top, bottom)
    }

    private static func product(_ a: Fraction, _ b: Fraction) -> Fraction? {
        let (top, over1) = a.top.multipliedReportingOverflow(by: b.top)
        let (bottom, over2) = a.bottom.multipliedReportingOverflow(by: b.bottom)
        return over1 || over2 ? nil : reduced(top, bottom)
    }

    /// The fraction in lowest terms; nil for a bottom of 0 or a number at the edge of 64 bits.
    private static func reduced(_ top: Int64, _ bottom: Int64) -> Fraction? {
        guard bottom != 0, top != .min, bottom != .min else { return nil }
        var (a, b) = (abs(top), abs(bottom))
        while b != 0 { (a, b) = (b, a % b) }
        let sign: Int64 = bottom < 0 ? -1 : 1
        return (sign * top / a, sign * bottom / a)
    }
}
