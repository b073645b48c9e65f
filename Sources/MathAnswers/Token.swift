/// A numeral as written.
struct Numeral: Sendable, Equatable {
    /// The exact value.
    var value: Rational
    /// Decimal places written after the point, or nil for an integer.
    var places: Int?
    /// The digits, where nothing but digits was written: what a base subscript needs.
    var digits: String?
}

/// One piece of an answer.
struct Token: Sendable, Equatable {
    /// What kind of piece.
    enum Kind: Sendable, Equatable {
        case number(Numeral)
        /// A variable or a named constant.
        case letter(String)
        /// Prose or a unit.
        case word(String)
        /// A function or a LaTeX command that takes arguments.
        case command(String)
        case symbol(Symbol)
    }

    let kind: Kind
    /// The symbol, where it is one: what the parser asks for most.
    let symbol: Symbol?
    /// Byte range in the answer.
    let range: Range<Int>
    /// Whether white space stands before it.
    let spaced: Bool

    /// Whether it is a numeral.
    var isNumber: Bool {
        if case .number = kind { return true }
        return false
    }

    init(kind: Kind, range: Range<Int>, spaced: Bool) {
        self.kind = kind
        self.range = range
        self.spaced = spaced
        if case .symbol(let symbol) = kind { self.symbol = symbol } else { symbol = nil }
    }
}

/// Operators, relations and brackets, however they are written.
enum Symbol: String, Sendable {
    case plus = "+"
    case minus = "-"
    case plusMinus = "±"
    case minusPlus = "∓"
    case times = "*"
    case over = "/"
    case colon = ":"
    case power = "^"
    case lowered = "_"
    case factorial = "!"
    case percent = "%"
    case degree = "°"
    case prime = "'"
    case comma = ","
    case semicolon = ";"
    case and
    case or
    case equals = "="
    case notEqual = "≠"
    case less = "<"
    case lessOrEqual = "≤"
    case greater = ">"
    case greaterOrEqual = "≥"
    case element = "∈"
    case union = "∪"
    case intersection = "∩"
    case without = "∖"
    case open = "("
    case close = ")"
    case openSquare = "["
    case closeSquare = "]"
    case openGroup = "{"
    case closeGroup = "}"
    case openSet = "\\{"
    case closeSet = "\\}"
    case bar = "|"
    case openBar = "\\left|"
    case closeBar = "\\right|"
    case openFloor = "⌊"
    case closeFloor = "⌋"
    case openCeiling = "⌈"
    case closeCeiling = "⌉"
    case openAngle = "⟨"
    case closeAngle = "⟩"
    case approximately = "≈"
    case choose
    case infixFraction = "\\over"
    case modulo = "mod"
    case currency
    case column = "&"
    case row = "\\\\"
    case infinity = "∞"
    case emptySet = "∅"
    case ellipsis = "…"
    case arrow = "→"

    /// The sign with its sides exchanged.
    var mirrored: Symbol {
        switch self {
        case .less: .greater
        case .lessOrEqual: .greaterOrEqual
        case .greater: .less
        case .greaterOrEqual: .lessOrEqual
        default: self
        }
    }

    /// Whether it compares its two sides.
    var isRelation: Bool {
        switch self {
        case .equals, .approximately, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual,
            .element:
            true
        default: false
        }
    }
}
