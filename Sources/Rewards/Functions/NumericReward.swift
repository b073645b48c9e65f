import Foundation
import MathAnswers
import Rollouts

/// 1 where the completion's number lies within a tolerance of gold's, else 0:
/// |x − gold| ≤ max(absolute, relative · |gold|).
///
/// Numbers are read as decimals; use `math` where answers are exact.
public struct NumericReward: RewardFunction {
    /// `numeric`.
    public static let type = "numeric"
    private let absolute: Double
    private let relative: Double
    private let verifier: MathVerifier

    /// Looks at whether the answer is right.
    public var traits: RewardTraits { RewardTraits(basis: .correctness) }

    /// Reads `absolute` and `relative`, at least one of them, and `last_number`: whether the last
    /// number counts where nothing marks an answer.
    public init(_ settings: inout SpecReader) throws(RewardError) {
        absolute = try settings.double("absolute", default: 0)
        relative = try settings.double("relative", default: 0)
        guard absolute >= 0, relative >= 0, absolute + relative > 0 else {
            throw .badValue(
                settings.place(of: "absolute"), key: "absolute",
                problem: "and 'relative' must not be negative, and one of them above 0")
        }
        var options = MathOptions(severalBoxes: .last)
        if try settings.bool("last_number", default: true) {
            options.extraction = ExtractionRule.allCases
        }
        verifier = MathVerifier(options: options)
    }

    /// Compares the numbers.
    public func score(_ input: ScoringInput) -> RewardResult {
        guard let gold = input.gold.flatMap({ Self.number(in: $0) }) else {
            return .unscored(.goldUnparseable, "gold is no number")
        }
        guard let found = verifier.extraction(from: input.completion) else {
            return RewardResult(value: 0, status: .answerMissing, reason: "no_answer")
        }
        guard let value = Self.number(in: found.text) else {
            return RewardResult(
                value: 0, status: .answerUnparseable, reason: "no number", extracted: found.text)
        }
        let distance = abs(value - gold)
        let isNear = distance <= max(absolute, relative * abs(gold))
        return RewardResult(
            value: isNear ? 1 : 0, reason: "\(distance) from gold", extracted: found.text)
    }

    /// The one finite number of a text such as `$1,234.5`, `12 %`, `3e-4` or `-7 cm`; nil where
    /// there is none or several.
    static func number(in text: String) -> Double? {
        var numbers: [Double] = []
        let bytes = Array(text.utf8)
        var index = 0
        while index < bytes.count {
            guard isDigit(bytes[index]) || bytes[index] == 0x2E else {
                index += 1
                continue
            }
            let start = index
            var digits: [UInt8] = []
            while index < bytes.count {
                let byte = bytes[index]
                let next = index + 1 < bytes.count ? bytes[index + 1] : 0
                if isDigit(byte) || byte == 0x2E && isDigit(next) {
                    digits.append(byte)
                } else if byte == 0x2C, isDigit(next), !digits.isEmpty {
                    // A thousands separator.
                } else if byte | 0x20 == 0x65, !digits.isEmpty,
                    isDigit(next)
                        || (next == 0x2D || next == 0x2B) && index + 2 < bytes.count
                            && isDigit(bytes[index + 2])
                {
                    digits += [0x65, next]
                    index += 1
                } else {
                    break
                }
                index += 1
            }
            if index == start { index += 1 }
            guard let number = Double(String(decoding: digits, as: UTF8.self)) else { continue }
            let isNegative = start > 0 && bytes[start - 1] == 0x2D
            numbers.append(isNegative ? -number : number)
        }
        guard numbers.count == 1, numbers[0].isFinite else { return nil }
        return numbers[0]
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
}
