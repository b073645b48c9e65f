/// Reads the text of a formula by precedence climbing.
struct RewardFormulaParser {
    private let bytes: [UInt8]
    private var position = 0
    private var depth = 0
    private(set) var names: [String] = []

    /// Longest text, in bytes, and deepest nesting.
    private static let longest = 4096
    private static let deepest = 64

    init(_ text: String) { bytes = Array(text.utf8) }

    mutating func parse() throws(RewardFormula.SyntaxError) -> RewardFormula.Node {
        guard bytes.count <= Self.longest else {
            throw .init(offset: 0, reason: "a formula has at most \(Self.longest) bytes")
        }
        let node = try expression(0)
        skipSpace()
        guard position == bytes.count else { throw fault("an operator was expected") }
        return node
    }

    private static let comparisons = 2
    private static let levels: [[RewardFormula.Operator]] = [
        [.or], [.and],
        [.lessOrEqual, .greaterOrEqual, .equal, .unequal, .less, .greater],
        [.add, .subtract], [.multiply, .divide],
    ]

    private mutating func expression(
        _ level: Int
    ) throws(RewardFormula.SyntaxError) -> RewardFormula.Node {
        guard level < Self.levels.count else { return try unary() }
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.deepest * Self.levels.count else {
            throw fault("it is nested too deep")
        }
        var left = try expression(level + 1)
        while let sign = accept(Self.levels[level]) {
            left = .binary(sign, left, try expression(level + 1))
            if level == Self.comparisons, accept(Self.levels[level]) != nil {
                throw fault("comparisons do not chain: write a < b and b < c")
            }
        }
        return left
    }

    private mutating func unary() throws(RewardFormula.SyntaxError) -> RewardFormula.Node {
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.deepest * Self.levels.count else {
            throw fault("it is nested too deep")
        }
        skipSpace()
        if accept("-") { return .negated(try unary()) }
        if accept("+") { return try unary() }
        if acceptWord("not") { return .inverted(try unary()) }
        let base = try primary()
        skipSpace()
        // `2^-1` and `a^b^c` = a^(b^c).
        guard accept("^") else { return base }
        return .binary(.power, base, try unary())
    }

    private mutating func primary() throws(RewardFormula.SyntaxError) -> RewardFormula.Node {
        skipSpace()
        let start = position
        if accept("(") {
            let inner = try expression(0)
            try expect(")")
            return inner
        }
        if accept("`") {
            while position < bytes.count, bytes[position] != UInt8(ascii: "`") { position += 1 }
            let name = String(decoding: bytes[start + 1..<position], as: UTF8.self)
            try expect("`")
            return .name(index(of: name))
        }
        guard position < bytes.count else { throw fault("a value was expected") }
        if isDigit(bytes[position]) || bytes[position] == UInt8(ascii: ".") { return try number() }
        let word = takeWord()
        guard !word.isEmpty else { throw fault("a value was expected") }
        skipSpace()
        guard position < bytes.count, bytes[position] == UInt8(ascii: "(") else {
            return .name(index(of: word))
        }
        guard let function = RewardFormula.Function(rawValue: word) else {
            let known = RewardFormula.Function.allCases.map(\.rawValue).joined(separator: ", ")
            throw .init(offset: start, reason: "no function is named '\(word)'; known: \(known)")
        }
        position += 1
        var arguments = [try expression(0)]
        skipSpace()
        while accept(",") {
            arguments.append(try expression(0))
            skipSpace()
        }
        try expect(")")
        guard function.arguments.contains(arguments.count) else {
            throw .init(
                offset: start, reason: "\(word) has \(arguments.count) operands, which is no use")
        }
        return .call(function, arguments)
    }

    private mutating func number() throws(RewardFormula.SyntaxError) -> RewardFormula.Node {
        let start = position
        while position < bytes.count {
            let byte = bytes[position]
            let isSign =
                (byte == UInt8(ascii: "-") || byte == UInt8(ascii: "+"))
                && position > start && bytes[position - 1] | 0x20 == UInt8(ascii: "e")
            guard
                isDigit(byte) || byte == UInt8(ascii: ".") || byte | 0x20 == UInt8(ascii: "e")
                    || isSign
            else { break }
            position += 1
        }
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        guard let value = Double(text), value.isFinite else {
            throw .init(offset: start, reason: "'\(text)' is no finite number")
        }
        return .number(value)
    }

    // MARK: Tokens

    private mutating func index(of name: String) -> Int {
        if let index = names.firstIndex(of: name) { return index }
        names.append(name)
        return names.count - 1
    }

    private mutating func accept(
        _ signs: [RewardFormula.Operator]
    ) -> RewardFormula.Operator? {
        skipSpace()
        for sign in signs {
            let isWord = sign == .and || sign == .or
            if isWord ? acceptWord(sign.rawValue) : accept(sign.rawValue) { return sign }
        }
        return nil
    }

    private mutating func accept(_ sign: String) -> Bool {
        guard bytes[position...].starts(with: sign.utf8) else { return false }
        position += sign.utf8.count
        return true
    }

    private mutating func acceptWord(_ word: String) -> Bool {
        let before = position
        if takeWord() == word { return true }
        position = before
        return false
    }

    private mutating func takeWord() -> String {
        let start = position
        while position < bytes.count, isWord(bytes[position]) { position += 1 }
        return String(decoding: bytes[start..<position], as: UTF8.self)
    }

    private mutating func expect(_ sign: String) throws(RewardFormula.SyntaxError) {
        skipSpace()
        guard accept(sign) else { throw fault("'\(sign)' was expected") }
    }

    private mutating func skipSpace() {
        while position < bytes.count, bytes[position] <= 0x20 { position += 1 }
    }

    private func fault(_ reason: String) -> RewardFormula.SyntaxError {
        .init(offset: position, reason: reason)
    }

    private func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

    private func isWord(_ byte: UInt8) -> Bool {
        isDigit(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
            || byte == UInt8(ascii: "_") || byte >= 0x80
    }
}
