/// Reads the statements of a Jinja template.
struct TemplateParser {
    var tokens: [TemplateToken]
    var at = 0
    var nesting = 0
    private var loops = 0

    /// Nesting beyond this is refused, so that no template exhausts the stack.
    static let maximumDepth = 60

    /// The statements of a template.
    static func parse(_ source: String) throws(TemplateFault) -> [TemplateStatement] {
        var parser = TemplateParser(tokens: try TemplateLexer.tokens(of: source))
        let body = try parser.statements(until: [])
        return body
    }

    private init(tokens: [TemplateToken]) { self.tokens = tokens }

    var current: TemplateToken { tokens[min(at, tokens.count - 1)] }

    func fault(_ reason: String) -> TemplateFault {
        TemplateFault(line: current.line, reason: reason)
    }

    /// Goes on where the next token is this one.
    mutating func skip(_ kind: TemplateToken.Kind) -> Bool {
        guard current.kind == kind else { return false }
        at += 1
        return true
    }

    mutating func expect(_ kind: TemplateToken.Kind) throws(TemplateFault) {
        guard skip(kind) else {
            let wanted = TemplateToken(kind: kind, line: 0).description
            throw fault("\(wanted) is expected, not \(current.description)")
        }
    }

    mutating func name() throws(TemplateFault) -> String {
        guard case .name(let name) = current.kind else {
            throw fault("a name is expected, not \(current.description)")
        }
        at += 1
        return name
    }

    mutating func nested<Part>(
        _ body: (inout TemplateParser) throws(TemplateFault) -> Part
    ) throws(TemplateFault) -> Part {
        nesting += 1
        guard nesting <= Self.maximumDepth else { throw fault("nested too deep") }
        defer { nesting -= 1 }
        return try body(&self)
    }

    /// Statements up to a block with one of the names, which is left to be read; the names of no
    /// block mean the template's end.
    private mutating func statements(
        until ends: [String]
    ) throws(TemplateFault) -> [TemplateStatement] {
        var body: [TemplateStatement] = []
        while true {
            let line = current.line
            switch current.kind {
            case .text(let text):
                at += 1
                body.append(TemplateStatement(kind: .text(text), line: line))
            case .variableStart:
                at += 1
                let value = try tuple()
                try expect(.variableEnd)
                body.append(TemplateStatement(kind: .output(value), line: line))
            case .blockStart:
                at += 1
                let keyword = try name()
                if ends.contains(keyword) {
                    at -= 1
                    return body
                }
                let kind = try nested { parser throws(TemplateFault) in
                    try parser.statement(keyword)
                }
                body.append(TemplateStatement(kind: kind, line: line))
            case .end where ends.isEmpty: return body
            default: throw fault("\(current.description) where a block should end")
            }
        }
    }

    private mutating func body(_ ends: String...) throws(TemplateFault) -> [TemplateStatement] {
        try expect(.blockEnd)
        return try statements(until: ends)
    }

    private mutating func close(_ name: String) throws(TemplateFault) {
        try expect(.name(name))
        try expect(.blockEnd)
    }

    private mutating func statement(
        _ keyword: String
    ) throws(TemplateFault) -> TemplateStatement.Kind {
        switch keyword {
        case "if": return try condition()
        case "for": return try loop()
        case "set": return try assignment()
        case "macro": return try macro()
        case "generation":
            let body = try body("endgeneration")
            try close("endgeneration")
            return .block(body)
        case "break", "continue":
            guard loops > 0 else { throw fault("'\(keyword)' outside of a loop") }
            try expect(.blockEnd)
            return keyword == "break" ? .leave : .next
        default:
            at -= 1
            throw fault("the statement '\(keyword)' is not supported")
        }
    }

    private mutating func condition() throws(TemplateFault) -> TemplateStatement.Kind {
        var branches: [TemplateBranch] = []
        repeat {
            let condition = try tuple()
            branches.append(
                TemplateBranch(condition: condition, body: try body("elif", "else", "endif")))
        } while skip(.name("elif"))
        var otherwise: [TemplateStatement] = []
        if skip(.name("else")) { otherwise = try body("endif") }
        try close("endif")
        return .condition(branches, otherwise: otherwise)
    }

    private mutating func loop() throws(TemplateFault) -> TemplateStatement.Kind {
        var names = [try name()]
        while skip(.sign(",")) { names.append(try name()) }
        try expect(.name("in"))
        // An `if` that follows filters the values; it is not a conditional expression.
        let values = try disjunction()
        let condition = skip(.name("if")) ? try expression() : nil
        if current.kind == .name("recursive") { throw fault("'recursive' is not supported") }
        loops += 1
        let inside = try body("else", "endfor")
        loops -= 1
        var otherwise: [TemplateStatement] = []
        if skip(.name("else")) { otherwise = try body("endfor") }
        try close("endfor")
        return .loop(
            TemplateLoop(
                names: names, values: values, condition: condition, body: inside,
                otherwise: otherwise))
    }

    private mutating func target() throws(TemplateFault) -> TemplateTarget {
        let name = try name()
        return TemplateTarget(name: name, member: skip(.sign(".")) ? try self.name() : nil)
    }

    private mutating func assignment() throws(TemplateFault) -> TemplateStatement.Kind {
        var targets = [try target()]
        while skip(.sign(",")) { targets.append(try target()) }
        if skip(.sign("=")) {
            let value = try tuple()
            try expect(.blockEnd)
            return .set(targets, value)
        }
        guard targets.count == 1 else { throw fault("'=' is expected") }
        if current.kind == .sign("|") { throw fault("a filter of a block is not supported") }
        let captured = try body("endset")
        try close("endset")
        return .capture(targets[0], captured)
    }

    private mutating func macro() throws(TemplateFault) -> TemplateStatement.Kind {
        let name = try name()
        var parameters: [(name: String, value: TemplateExpression?)] = []
        try expect(.sign("("))
        while !skip(.sign(")")) {
            let parameter = try self.name()
            parameters.append((parameter, skip(.sign("=")) ? try expression() : nil))
            if current.kind != .sign(")") { try expect(.sign(",")) }
        }
        let outer = loops
        loops = 0
        let body = try body("endmacro")
        loops = outer
        try close("endmacro")
        return .macro(TemplateMacro(name: name, parameters: parameters, body: body))
    }
}
