import Rollouts

/// Reads a prompt from left to right.
struct PromptScanner {
    private var rest: Substring

    init(_ text: some StringProtocol) { rest = Substring(text) }

    var isAtEnd: Bool { rest.isEmpty }

    /// The next character, still to be read.
    var next: Character? { rest.first }

    /// Whether `text` came next, which is then read.
    mutating func accept(_ text: String) -> Bool {
        guard rest.hasPrefix(text) else { return false }
        rest = rest.dropFirst(text.count)
        return true
    }

    /// The one of `characters` that came next.
    mutating func accept(anyOf characters: String) -> Character? {
        guard let first = rest.first, characters.contains(first) else { return nil }
        rest = rest.dropFirst()
        return first
    }

    /// One to six decimal digits.
    mutating func number() -> Int64? {
        let digits = rest.prefix { $0.isASCII && $0.isNumber }
        guard (1...6).contains(digits.count), let value = Int64(digits) else { return nil }
        rest = rest[digits.endIndex...]
        return value
    }

    /// A number behind a `-` or, where it must have one, behind a sign.
    mutating func signedNumber(needsSign: Bool = false) -> Int64? {
        switch accept(anyOf: needsSign ? "+-" : "-") {
        case "-": number().map { -$0 }
        case nil where needsSign: nil
        default: number()
        }
    }
}

extension BinaryInteger {
    /// `+5` or `-5`.
    var withSign: String { self < 0 ? "\(self)" : "+\(self)" }
}

extension SplitMix64 {
    /// Uniform in the range.
    mutating func pick(_ range: ClosedRange<Int64>) -> Int64 {
        range.lowerBound + Int64(below(range.count))
    }

    /// One of the elements.
    mutating func pick<Element>(_ elements: [Element]) -> Element {
        elements[below(elements.count)]
    }
}
