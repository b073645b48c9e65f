package import Rollouts

/// Numbers and a target: who combines the numbers to the target has solved it.
///
/// Its text is a JSON object `{"numbers": [1, 2, 3, 4], "target": 24}` (or `nums`).
package struct CountdownPuzzle: Sendable, Equatable {
    /// What an expression over the numbers has to come to.
    package let target: Int64
    /// The given numbers.
    package let numbers: [Int64]

    /// What an expression is worth.
    package enum Judgement: Sendable, Equatable {
        case target
        case anotherValue
        case otherNumbers
        /// A value that the text states is not so; the text of that side.
        case falseStatement(String)
        case unreadable(String)
    }

    /// A puzzle from its parts.
    package init(target: Int64, numbers: [Int64]) {
        self.target = target
        self.numbers = numbers
    }

    /// Reads the members `target` and `numbers` (or `nums`), whole numbers up to a million.
    package init?(_ value: JSONValue) {
        let list = (value["numbers"] ?? value["nums"])?.array
        guard let target = value["target"].flatMap(Self.whole), let list else { return nil }
        let numbers = list.compactMap(Self.whole)
        guard numbers.count == list.count, !numbers.isEmpty else { return nil }
        self.init(target: target, numbers: numbers)
    }

    /// Reads the JSON text.
    package init?(json text: String) {
        guard let value = try? JSONReader.parse(Array(text.utf8)) else { return nil }
        self.init(value)
    }

    /// The JSON text.
    package var json: String {
        let list = JSONValue.array(numbers.map(JSONValue.integer))
        return JSONValue.object(["numbers": list, "target": .integer(target)]).serialized()
    }

    /// What `text` comes to.
    ///
    /// `(1 + 2) * 8 = 24` states its value too, which must be true, as does `24 = (1 + 2) * 8`.
    ///
    /// - Parameter usesAll: whether each number must be used once, not at most once.
    package func judge(_ text: String, usesAll: Bool) -> Judgement {
        var sides = text.split(separator: "=", maxSplits: 8, omittingEmptySubsequences: false)
        let head = (sides.first ?? "").filter { !" \t\n$`*".contains($0) }
        if sides.count == 2, head == String(target) || head == "x" || head == "X" {
            sides.reverse()
        }
        if sides.count == 2, sides[1].contains(where: { "xX".contains($0) }) { sides.removeLast() }
        var reader = ExactExpression(String(sides.first ?? ""))
        guard let value = reader.read() else { return .unreadable(reader.fault) }
        for side in sides.dropFirst() {
            var stated = ExactExpression(String(side))
            guard let other = stated.read(), other == value else {
                return .falseStatement(String(side))
            }
        }
        // Of given −3, `5 + -3` and `5 - 3` use the sign as they find it.
        let isSigned = numbers.contains { $0 < 0 }
        let given = (isSigned ? numbers.map(abs) : numbers).sorted()
        let used = reader.numbers.sorted()
        let fits = usesAll ? used == given : Self.isContained(used, in: given)
        guard fits else { return .otherNumbers }
        return value == ExactFraction(whole: target) ? .target : .anotherValue
    }

    private static func isContained(_ used: [Int64], in given: [Int64]) -> Bool {
        var rest = given[...]
        for number in used {
            guard let index = rest.firstIndex(of: number) else { return false }
            rest = rest[(index + 1)...]
        }
        return true
    }

    private static func whole(_ value: JSONValue) -> Int64? {
        value.double.flatMap { abs($0) <= 1e6 ? Int64(exactly: $0) : nil }
    }
}
