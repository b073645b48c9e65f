import Rollouts

/// An expression of whole numbers.
indirect enum ArithmeticTree: Sendable, Equatable {
    case number(Int64)
    case node(Operation, ArithmeticTree, ArithmeticTree)

    /// What a node does with its two values.
    enum Operation: Character, Sendable, CaseIterable {
        case plus = "+"
        case minus = "-"
        case times = "*"
        case over = "/"

        var binding: Int { self == .plus || self == .minus ? 1 : 2 }

        /// The whole result; nil where it is none, or beyond a million.
        func applied(_ a: Int64, _ b: Int64) -> Int64? {
            let (value, overflows) =
                switch self {
                case .plus: a.addingReportingOverflow(b)
                case .minus: a.subtractingReportingOverflow(b)
                case .times: a.multipliedReportingOverflow(by: b)
                case .over: a.dividedReportingOverflow(by: b)
                }
            guard !overflows, (-1_000_000...1_000_000).contains(value) else { return nil }
            return self == .over && value * b != a ? nil : value
        }
    }

    /// Its value, where every step has one.
    var value: Int64? {
        switch self {
        case .number(let number): number
        case .node(let operation, let left, let right):
            if let a = left.value, let b = right.value { operation.applied(a, b) } else { nil }
        }
    }

    /// With brackets only where they are needed.
    var text: String {
        guard case .node(let operation, let left, let right) = self else {
            if case .number(let number) = self { return "\(number)" }
            return ""
        }
        let isOrdered = operation == .minus || operation == .over
        return left.text(in: operation, isTight: false) + String(operation.rawValue)
            + right.text(in: operation, isTight: isOrdered)
    }

    private func text(in parent: Operation, isTight: Bool) -> String {
        guard case .node(let operation, _, _) = self else { return text }
        let needsBrackets =
            operation.binding < parent.binding || isTight && operation.binding == parent.binding
        return needsBrackets ? "(\(text))" : text
    }

    /// Reads numbers, operations and brackets; nil for what is none, too long, or too deep.
    init?(_ text: some StringProtocol) {
        guard text.utf8.count <= 200 else { return nil }
        var scanner = PromptScanner(text)
        guard let tree = Self.sum(&scanner, depth: 0), scanner.isAtEnd else { return nil }
        self = tree
    }

    private static func sum(_ scanner: inout PromptScanner, depth: Int) -> ArithmeticTree? {
        guard depth <= 16, var tree = product(&scanner, depth: depth) else { return nil }
        while let sign = scanner.accept(anyOf: "+-").flatMap(Operation.init) {
            guard let right = product(&scanner, depth: depth) else { return nil }
            tree = .node(sign, tree, right)
        }
        return tree
    }

    private static func product(_ scanner: inout PromptScanner, depth: Int) -> ArithmeticTree? {
        guard var tree = factor(&scanner, depth: depth) else { return nil }
        while let sign = scanner.accept(anyOf: "*/").flatMap(Operation.init) {
            guard let right = factor(&scanner, depth: depth) else { return nil }
            tree = .node(sign, tree, right)
        }
        return tree
    }

    private static func factor(_ scanner: inout PromptScanner, depth: Int) -> ArithmeticTree? {
        guard scanner.accept("(") else { return scanner.number().map(ArithmeticTree.number) }
        guard let inner = sum(&scanner, depth: depth + 1), scanner.accept(")") else { return nil }
        return inner
    }

    /// The numbers, combined at random in their order.
    static func drawn(
        _ numbers: ArraySlice<Int64>, _ operations: [Operation], using rng: inout SplitMix64
    ) -> ArithmeticTree {
        guard numbers.count > 1 else { return .number(numbers.first ?? 0) }
        let cut = numbers.startIndex + 1 + rng.below(numbers.count - 1)
        return .node(
            rng.pick(operations), drawn(numbers[..<cut], operations, using: &rng),
            drawn(numbers[cut...], operations, using: &rng))
    }
}
