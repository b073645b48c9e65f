/// Exact arithmetic on an expression of small whole numbers: `+ - * / ×÷`, brackets, `\frac`.
///
/// Work is bounded by the text's length, depth by 64, and a number that leaves 64 bits is a fault.
package struct ExactExpression {
    private let bytes: [UInt8]
    private let isTooLong: Bool
    private var position = 0
    private var depth = 0
    /// The numbers that were read, in order.
    package private(set) var numbers: [Int64] = []
    /// Why there is no value.
    package private(set) var fault = "it is empty"

    /// An expression that is still to be read.
    package init(_ text: String) {
        // A text that is this long is not even looked at.
        isTooLong = text.utf8.count > 4000
        // Other signs for the same operations, in one byte each.
        let plain = (isTooLong ? "" : text).unicodeScalars.compactMap { scalar -> UInt8? in
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
    package mutating func read() -> ExactFraction? {
        guard !isTooLong, bytes.count <= 1000 else {
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

    private mutating func sum() -> ExactFraction? {
        guard var value = product() else { return nil }
        while let sign = accept("+-") {
            guard let other = product(),
                let next = sign == UInt8(ascii: "-") ? value.minus(other) : value.plus(other)
            else { return failed("a number grows too large") }
            value = next
        }
        return value
    }

    private mutating func product() -> ExactFraction? {
        guard var value = factor() else { return nil }
        while let sign = accept("*/") {
            guard let other = factor() else { return nil }
            if sign == UInt8(ascii: "/"), other.top == 0 { return failed("a quotient by zero") }
            let next = sign == UInt8(ascii: "*") ? value.times(other) : value.divided(by: other)
            guard let next else {
                return failed("a number grows too large")
            }
            value = next
        }
        return value
    }

    private mutating func factor() -> ExactFraction? {
        depth += 1
        defer { depth -= 1 }
        guard depth <= 64 else { return failed("it is nested too deep") }
        if accept("-") != nil { return factor()?.negated }
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
            guard bottom.top != 0 else { return failed("a quotient by zero") }
            return top.divided(by: bottom) ?? failed("a number grows too large")
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
        return ExactFraction(whole: number)
    }

    /// `{…}` or one digit.
    private mutating func fractionPart() -> ExactFraction? {
        skipSpace()
        guard position < bytes.count else { return failed("a fraction is incomplete") }
        let byte = bytes[position]
        guard (0x30...0x39).contains(byte) else {
            return byte == UInt8(ascii: "{") ? factor() : failed("a fraction is incomplete")
        }
        position += 1
        numbers.append(Int64(byte - 0x30))
        return ExactFraction(whole: Int64(byte - 0x30))
    }

    // MARK: Tokens

    private mutating func failed(_ reason: String) -> ExactFraction? {
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
}
