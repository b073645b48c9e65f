/// Expressions, by the precedence of Jinja's operators.
extension TemplateParser {
    /// A node; the depth is bounded, so that what is read can be walked.
    private func node(
        _ kind: TemplateExpression.Kind, _ children: [TemplateExpression] = [], line: Int
    ) throws(TemplateFault) -> TemplateExpression {
        let depth = 1 + (children.map(\.depth).max() ?? 0)
        guard depth <= Self.maximumDepth else { throw fault("an expression nested too deep") }
        return TemplateExpression(kind: kind, line: line, depth: depth)
    }

    /// One expression, or several with commas between, which are a list.
    mutating func tuple() throws(TemplateFault) -> TemplateExpression {
        let line = current.line
        let first = try expression()
        guard current.kind == .sign(",") else { return first }
        var parts = [first]
        while skip(.sign(",")) {
            switch current.kind {
            case .blockEnd, .variableEnd, .sign(")"): break
            default: parts.append(try expression())
            }
        }
        return try node(.list(parts), parts, line: line)
    }

    mutating func expression() throws(TemplateFault) -> TemplateExpression {
        try nested { parser throws(TemplateFault) in try parser.conditional() }
    }

    private mutating func conditional() throws(TemplateFault) -> TemplateExpression {
        var value = try disjunction()
        while current.kind == .name("if") {
            let line = current.line
            at += 1
            let condition = try disjunction()
            let otherwise = skip(.name("else")) ? try expression() : nil
            value = try node(
                .conditional(then: value, condition: condition, otherwise: otherwise),
                [value, condition] + (otherwise.map { [$0] } ?? []), line: line)
        }
        return value
    }

    mutating func disjunction() throws(TemplateFault) -> TemplateExpression {
        var left = try conjunction()
        while current.kind == .name("or") {
            let line = current.line
            at += 1
            let right = try conjunction()
            left = try node(.or(left, right), [left, right], line: line)
        }
        return left
    }

    private mutating func conjunction() throws(TemplateFault) -> TemplateExpression {
        var left = try negation()
        while current.kind == .name("and") {
            let line = current.line
            at += 1
            let right = try negation()
            left = try node(.and(left, right), [left, right], line: line)
        }
        return left
    }

    private mutating func negation() throws(TemplateFault) -> TemplateExpression {
        let line = current.line
        guard skip(.name("not")) else { return try comparison() }
        let value = try nested { parser throws(TemplateFault) in try parser.negation() }
        return try node(.not(value), [value], line: line)
    }

    private mutating func comparisonSign() -> String? {
        switch current.kind {
        case .sign(let sign) where ["==", "!=", "<", "<=", ">", ">="].contains(sign):
            at += 1
            return sign
        case .name("in"):
            at += 1
            return "in"
        case .name("not") where at + 1 < tokens.count && tokens[at + 1].kind == .name("in"):
            at += 2
            return "not in"
        default: return nil
        }
    }

    private mutating func comparison() throws(TemplateFault) -> TemplateExpression {
        let line = current.line
        let first = try sum()
        var rest: [TemplateComparison] = []
        while let sign = comparisonSign() {
            rest.append(TemplateComparison(sign: sign, operand: try sum()))
        }
        if rest.isEmpty { return first }
        return try node(.comparison(first, rest), [first] + rest.map(\.operand), line: line)
    }

    private mutating func sign(of signs: [String]) -> String? {
        guard case .sign(let sign) = current.kind, signs.contains(sign) else { return nil }
        at += 1
        return sign
    }

    private mutating func sum() throws(TemplateFault) -> TemplateExpression {
        var left = try concatenation()
        while let sign = sign(of: ["+", "-"]) {
            let line = current.line
            let right = try concatenation()
            left = try node(.binary(sign, left, right), [left, right], line: line)
        }
        return left
    }

    private mutating func concatenation() throws(TemplateFault) -> TemplateExpression {
        var left = try product()
        while let sign = sign(of: ["~"]) {
            let line = current.line
            let right = try product()
            left = try node(.binary(sign, left, right), [left, right], line: line)
        }
        return left
    }

    private mutating func product() throws(TemplateFault) -> TemplateExpression {
        var left = try unary(takesFilters: true)
        while let sign = sign(of: ["*", "/", "//", "%"]) {
            let line = current.line
            let right = try unary(takesFilters: true)
            left = try node(.binary(sign, left, right), [left, right], line: line)
        }
        if current.kind == .sign("**") { throw fault("'**' is not supported") }
        return left
    }

    private mutating func unary(takesFilters: Bool) throws(TemplateFault) -> TemplateExpression {
        let line = current.line
        var value: TemplateExpression
        if skip(.sign("-")) {
            let operand = try nested { parser throws(TemplateFault) in
                try parser.unary(takesFilters: false)
            }
            value = try node(.negative(operand), [operand], line: line)
        } else if skip(.sign("+")) {
            value = try nested { parser throws(TemplateFault) in
                try parser.unary(takesFilters: false)
            }
        } else {
            value = try postfix(primary())
        }
        return takesFilters ? try filters(value) : value
    }

    private mutating func primary() throws(TemplateFault) -> TemplateExpression {
        let line = current.line
        let token = current
        at += 1
        switch token.kind {
        case .name(let name):
            switch name {
            case "true", "True": return try node(.bool(true), line: line)
            case "false", "False": return try node(.bool(false), line: line)
            case "none", "None": return try node(.none, line: line)
            default: return try node(.name(name), line: line)
            }
        case .integer(let value): return try node(.integer(value), line: line)
        case .number(let value): return try node(.number(value), line: line)
        case .string(let first):
            var text = first
            while case .string(let more) = current.kind {
                text += more
                at += 1
            }
            return try node(.string(text), line: line)
        case .sign("("):
            if skip(.sign(")")) { return try node(.list([]), line: line) }
            let value = try tuple()
            try expect(.sign(")"))
            return value
        case .sign("["): return try list(line)
        case .sign("{"): return try mapping(line)
        default:
            at -= 1
            throw fault("a value is expected, not \(token.description)")
        }
    }

    private mutating func list(_ line: Int) throws(TemplateFault) -> TemplateExpression {
        var parts: [TemplateExpression] = []
        while !skip(.sign("]")) {
            parts.append(try expression())
            if current.kind != .sign("]") { try expect(.sign(",")) }
        }
        return try node(.list(parts), parts, line: line)
    }

    private mutating func mapping(_ line: Int) throws(TemplateFault) -> TemplateExpression {
        var pairs: [TemplatePair] = []
        while !skip(.sign("}")) {
            let key = try expression()
            try expect(.sign(":"))
            pairs.append(TemplatePair(key: key, value: try expression()))
            if current.kind != .sign("}") { try expect(.sign(",")) }
        }
        return try node(.mapping(pairs), pairs.flatMap { [$0.key, $0.value] }, line: line)
    }

    private mutating func postfix(
        _ first: TemplateExpression
    ) throws(TemplateFault) -> TemplateExpression {
        var value = first
        while true {
            let line = current.line
            if skip(.sign(".")) {
                if case .integer(let index) = current.kind {
                    at += 1
                    value = try node(
                        .item(value, node(.integer(index), line: line)), [value], line: line)
                } else {
                    value = try node(.attribute(value, name()), [value], line: line)
                }
            } else if skip(.sign("[")) {
                value = try subscripted(value, line)
            } else if current.kind == .sign("(") {
                let arguments = try arguments()
                value = try node(.call(value, arguments), [value] + arguments.all, line: line)
            } else {
                return value
            }
        }
    }

    private mutating func subscripted(
        _ value: TemplateExpression, _ line: Int
    ) throws(TemplateFault) -> TemplateExpression {
        var parts: [TemplateExpression?] = [nil]
        var isSlice = false
        while !skip(.sign("]")) {
            if skip(.sign(":")) {
                isSlice = true
                parts.append(nil)
            } else {
                guard parts[parts.count - 1] == nil else { throw fault("']' is expected") }
                parts[parts.count - 1] = try expression()
            }
            guard parts.count <= 3 else { throw fault("']' is expected") }
        }
        let children = [value] + parts.compactMap { $0 }
        if isSlice {
            return try node(
                .slice(value, parts[0], parts[1], parts.count > 2 ? parts[2] : nil), children,
                line: line)
        }
        guard let index = parts[0] else { throw fault("an index is expected") }
        return try node(.item(value, index), children, line: line)
    }

    private mutating func arguments() throws(TemplateFault) -> TemplateArguments {
        var arguments = TemplateArguments()
        try expect(.sign("("))
        while !skip(.sign(")")) {
            if case .name(let name) = current.kind, at + 1 < tokens.count,
                tokens[at + 1].kind == .sign("=")
            {
                at += 2
                arguments.named.append((name, try expression()))
            } else if case .sign("*") = current.kind {
                throw fault("'*' before an argument is not supported")
            } else {
                guard arguments.named.isEmpty else { throw fault("a value after a named one") }
                arguments.values.append(try expression())
            }
            if current.kind != .sign(")") { try expect(.sign(",")) }
        }
        return arguments
    }

    private mutating func filters(
        _ first: TemplateExpression
    ) throws(TemplateFault) -> TemplateExpression {
        var value = first
        while true {
            let line = current.line
            if skip(.sign("|")) {
                let name = try name()
                let arguments =
                    current.kind == .sign("(") ? try arguments() : TemplateArguments()
                value = try node(
                    .filter(value, name, arguments), [value] + arguments.all, line: line)
            } else if skip(.name("is")) {
                value = try test(value, line)
            } else if current.kind == .sign("(") {
                let arguments = try arguments()
                value = try node(.call(value, arguments), [value] + arguments.all, line: line)
            } else {
                return value
            }
        }
    }

    private mutating func test(
        _ value: TemplateExpression, _ line: Int
    ) throws(TemplateFault) -> TemplateExpression {
        let negated = skip(.name("not"))
        let name = try name()
        var values: [TemplateExpression] = []
        switch current.kind {
        case .sign("("): values = try arguments().values
        case .name(let word) where ["else", "or", "and", "is", "if", "in", "not"].contains(word):
            break
        case .name, .integer, .number, .string, .sign("["), .sign("{"):
            values = [try postfix(primary())]
        default: break
        }
        return try node(
            .test(value, name, values, negated: negated), [value] + values, line: line)
    }
}
