/// What an arithmetic problem asks.
enum ArithmeticOperation: String, Sendable {
    case addition = "+"
    case subtraction = "-"
    case product = "*"

    var tag: String {
        switch self {
        case .addition: "addition"
        case .subtraction: "subtraction"
        case .product: "product"
        }
    }

    func result(_ a: Int, _ b: Int) -> Int {
        switch self {
        case .addition: a + b
        case .subtraction: a - b
        case .product: a * b
        }
    }
}

/// One question: two operands and what to do with them.
struct ArithmeticQuestion: Sendable, Equatable {
    var a: Int
    var operation: ArithmeticOperation
    var b: Int

    /// Reads `47+85=`, with or without place letters.
    init?(prompt: String) {
        let plain = prompt.filter { !$0.isLetter }
        guard plain.last == "=",
            let sign = plain.dropFirst().firstIndex(where: { "+-*".contains($0) }),
            let operation = ArithmeticOperation(rawValue: String(plain[sign])),
            let a = Self.operand(plain[..<sign]),
            let b = Self.operand(plain[plain.index(after: sign)...].dropLast())
        else { return nil }
        self.init(a, operation, b)
    }

    /// Up to six ASCII digits.
    private static func operand(_ text: Substring) -> Int? {
        guard text.utf8.count <= 6, text.utf8.allSatisfy({ (48...57).contains($0) }) else {
            return nil
        }
        return Int(text)
    }

    init(_ a: Int, _ operation: ArithmeticOperation, _ b: Int) {
        self.a = a
        self.operation = operation
        self.b = b
    }

    var result: Int { operation.result(a, b) }

    /// Decimal digits, least significant first.
    static func digits(_ value: Int) -> [Int] {
        String(value).reversed().compactMap(\.wholeNumberValue)
    }
}
