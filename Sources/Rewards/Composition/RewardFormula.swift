/// Arithmetic over the values of named rewards: `math * (1 + 0.1 * format) + min(0, overlong)`.
///
/// Numbers, names (in backticks where they are no plain words), `+ - * / ^`, comparisons and
/// `and or not`, which give 1 and 0, and the functions of `RewardFormula.Function`. An operand
/// without a value leaves the whole without one, except in `known(a, b)`.
public struct RewardFormula: Sendable {
    /// What a formula may call.
    enum Function: String, CaseIterable {
        /// The least or the greatest of any number of values.
        case min, max
        case abs, sqrt, exp, log
        /// `clip(x, low, high)`.
        case clip
        /// `if(condition, then, else)`: true from one half up.
        case `if`
        /// `known(a, b)`: a, or b where a has no value.
        case known

        var arguments: ClosedRange<Int> {
            switch self {
            case .min, .max: 1...64
            case .abs, .sqrt, .exp, .log: 1...1
            case .known: 2...2
            case .clip, .if: 3...3
            }
        }
    }

    enum Operator: String {
        case add = "+"
        case subtract = "-"
        case multiply = "*"
        case divide = "/"
        case power = "^"
        case less = "<"
        case lessOrEqual = "<="
        case greater = ">"
        case greaterOrEqual = ">="
        case equal = "=="
        case unequal = "!="
        case and, or
    }

    indirect enum Node: Sendable {
        case number(Double)
        /// Index into `names`.
        case name(Int)
        case negated(Node)
        case inverted(Node)
        case binary(Operator, Node, Node)
        case call(Function, [Node])
    }

    /// Why a text is no formula.
    public struct SyntaxError: Error, Equatable {
        /// UTF-8 offset in the text.
        public var offset: Int
        /// What is wrong there.
        public var reason: String
    }

    /// The text.
    public let source: String
    /// The rewards that it names, each once, in the order of their first mention.
    public let names: [String]
    let root: Node

    /// Reads a formula.
    public init(_ source: String) throws(SyntaxError) {
        var parser = RewardFormulaParser(source)
        root = try parser.parse()
        names = parser.names
        self.source = source
    }

    /// One function over names.
    init(_ function: Function, of names: [String]) {
        source = "\(function.rawValue)(\(names.joined(separator: ", ")))"
        self.names = names
        root = .call(function, names.indices.map { .name($0) })
    }

    /// The product of names.
    init(productOf names: [String]) {
        source = names.joined(separator: " * ")
        self.names = names
        root = names.indices.dropFirst().reduce(.name(0)) { .binary(.multiply, $0, .name($1)) }
    }

    /// The value for one completion, or nil where an operand has none; infinite or no number where
    /// any step of the arithmetic was, which `min`, `clip` and comparisons would otherwise hide.
    ///
    /// - Parameter values: in the order of `names`.
    public func value(_ values: [Double?]) -> Double? { Self.value(root, values) }

    private static func value(_ node: Node, _ values: [Double?]) -> Double? {
        switch node {
        case .number(let number): return number
        case .name(let index): return values[index]
        case .negated(let inner): return value(inner, values).map { -$0 }
        case .inverted(let inner):
            return value(inner, values).map { !$0.isFinite ? $0 : $0 >= 0.5 ? 0 : 1 }
        case .binary(let sign, let left, let right):
            guard let a = value(left, values), let b = value(right, values) else { return nil }
            guard a.isFinite else { return a }
            return b.isFinite ? apply(sign, a, b) : b
        case .call(.known, let arguments):
            return value(arguments[0], values) ?? value(arguments[1], values)
        case .call(.if, let arguments):
            guard let condition = value(arguments[0], values) else { return nil }
            guard condition.isFinite else { return condition }
            return value(arguments[condition >= 0.5 ? 1 : 2], values)
        case .call(let function, let arguments):
            var known: [Double] = []
            for argument in arguments {
                guard let number = value(argument, values) else { return nil }
                guard number.isFinite else { return number }
                known.append(number)
            }
            return apply(function, known)
        }
    }

    static func apply(_ sign: Operator, _ a: Double, _ b: Double) -> Double {
        switch sign {
        case .add: a + b
        case .subtract: a - b
        case .multiply: a * b
        case .divide: a / b
        case .power: Power.of(a, b)
        case .less: a < b ? 1 : 0
        case .lessOrEqual: a <= b ? 1 : 0
        case .greater: a > b ? 1 : 0
        case .greaterOrEqual: a >= b ? 1 : 0
        case .equal: a == b ? 1 : 0
        case .unequal: a != b ? 1 : 0
        case .and: a >= 0.5 && b >= 0.5 ? 1 : 0
        case .or: a >= 0.5 || b >= 0.5 ? 1 : 0
        }
    }

    static func apply(_ function: Function, _ x: [Double]) -> Double {
        switch function {
        case .min: x.reduce(.infinity) { Swift.min($0, $1) }
        case .max: x.reduce(-.infinity) { Swift.max($0, $1) }
        case .abs: Swift.abs(x[0])
        case .sqrt: x[0].squareRoot()
        case .exp: Power.exp(x[0])
        case .log: Power.log(x[0])
        case .clip: Swift.min(Swift.max(x[0], x[1]), x[2])
        case .if: x[0] >= 0.5 ? x[1] : x[2]
        case .known: x[0]
        }
    }
}
