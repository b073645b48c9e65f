/// An expression of a template, with its line and how deep it nests.
struct TemplateExpression: Sendable {
    indirect enum Kind: Sendable {
        case none
        case bool(Bool)
        case integer(Int)
        case number(Double)
        case string(String)
        case name(String)
        case list([TemplateExpression])
        case mapping([TemplatePair])
        case negative(TemplateExpression)
        case not(TemplateExpression)
        case and(TemplateExpression, TemplateExpression)
        case or(TemplateExpression, TemplateExpression)
        case binary(String, TemplateExpression, TemplateExpression)
        /// A chain: each operand is compared with the one before it.
        case comparison(TemplateExpression, [TemplateComparison])
        case conditional(
            then: TemplateExpression, condition: TemplateExpression, otherwise: TemplateExpression?)
        case attribute(TemplateExpression, String)
        case item(TemplateExpression, TemplateExpression)
        case slice(
            TemplateExpression, TemplateExpression?, TemplateExpression?, TemplateExpression?)
        case call(TemplateExpression, TemplateArguments)
        case filter(TemplateExpression, String, TemplateArguments)
        case test(TemplateExpression, String, [TemplateExpression], negated: Bool)
    }

    let kind: Kind
    let line: Int
    let depth: Int
}

/// A key with its value.
struct TemplatePair: Sendable {
    let key: TemplateExpression
    let value: TemplateExpression
}

/// An operator with its right operand.
struct TemplateComparison: Sendable {
    let sign: String
    let operand: TemplateExpression
}

/// What a call or a filter is given.
struct TemplateArguments: Sendable {
    var values: [TemplateExpression] = []
    var named: [(name: String, value: TemplateExpression)] = []

    /// All of them.
    var all: [TemplateExpression] { values + named.map(\.value) }
}

/// A statement of a template.
struct TemplateStatement: Sendable {
    indirect enum Kind: Sendable {
        case text(String)
        case output(TemplateExpression)
        case condition([TemplateBranch], otherwise: [TemplateStatement])
        case loop(TemplateLoop)
        case set([TemplateTarget], TemplateExpression)
        case capture(TemplateTarget, [TemplateStatement])
        case block([TemplateStatement])
        case macro(TemplateMacro)
        case leave
        case next
    }

    let kind: Kind
    let line: Int
}

/// A condition with what it guards.
struct TemplateBranch: Sendable {
    let condition: TemplateExpression
    let body: [TemplateStatement]
}

/// A `for`.
struct TemplateLoop: Sendable {
    let names: [String]
    let values: TemplateExpression
    let condition: TemplateExpression?
    let body: [TemplateStatement]
    let otherwise: [TemplateStatement]
}

/// What is assigned to: a variable, or a member of a namespace.
struct TemplateTarget: Sendable {
    let name: String
    let member: String?
}

/// A `macro`.
struct TemplateMacro: Sendable {
    let name: String
    let parameters: [(name: String, value: TemplateExpression?)]
    let body: [TemplateStatement]
}
