extension TemplateRunner {
    /// The value of an expression.
    mutating func value(of expression: TemplateExpression) throws(TemplateFault) -> TemplateValue {
        let line = expression.line
        try step(line)
        return try nested(line) { runner throws(TemplateFault) in
            try runner.evaluate(expression.kind, line)
        }
    }

    private mutating func evaluate(
        _ kind: TemplateExpression.Kind, _ line: Int
    ) throws(TemplateFault) -> TemplateValue {
        switch kind {
        case .none: return .none
        case .bool(let value): return .bool(value)
        case .integer(let value): return .integer(value)
        case .number(let value): return .number(value)
        case .string(let text): return .string(text)
        case .name(let name): return variable(name)
        case .list(let parts):
            let list = TemplateValue.list(try values(of: parts))
            try check(list, line)
            return list
        case .mapping(let pairs): return try mapping(pairs, line)
        case .not(let operand): return .bool(!(try value(of: operand).isTrue))
        case .and(let left, let right):
            let first = try value(of: left)
            return first.isTrue ? try value(of: right) : first
        case .or(let left, let right):
            let first = try value(of: left)
            return first.isTrue ? first : try value(of: right)
        case .conditional(let then, let condition, let otherwise):
            if try value(of: condition).isTrue { return try value(of: then) }
            if let otherwise { return try value(of: otherwise) }
            return .undefined("the value of a condition that is false")
        default: return try evaluateOperation(kind, line)
        }
    }

    private mutating func evaluateOperation(
        _ kind: TemplateExpression.Kind, _ line: Int
    ) throws(TemplateFault) -> TemplateValue {
        switch kind {
        case .negative(let operand):
            return try binary("-", .integer(0), try value(of: operand), line)
        case .binary(let sign, let left, let right):
            let first = try value(of: left)
            return try binary(sign, first, try value(of: right), line)
        case .comparison(let first, let rest): return try comparison(first, rest, line)
        case .attribute(let owner, let name):
            return try member(name, of: try value(of: owner), line)
        case .item(let owner, let index):
            let owner = try value(of: owner)
            return try item(try value(of: index), of: owner, line)
        case .slice(let owner, let start, let end, let stride):
            let owner = try value(of: owner)
            var bounds: [Int?] = []
            for part in [start, end, stride] { bounds.append(try bound(part, line)) }
            return try slice(owner, bounds[0], bounds[1], bounds[2], line)
        case .call(let callee, let arguments): return try call(callee, arguments, line)
        case .filter(let operand, let name, let arguments):
            let operand = try value(of: operand)
            return try filter(name, operand, self.arguments(arguments), line)
        case .test(let operand, let name, let others, let negated):
            let operand = try value(of: operand)
            return .bool(try test(name, operand, values(of: others), line) != negated)
        default: throw TemplateFault(line: line, reason: "an expression that is not supported")
        }
    }

    mutating func values(
        of parts: [TemplateExpression]
    ) throws(TemplateFault) -> [TemplateValue] {
        var values: [TemplateValue] = []
        for part in parts { values.append(try value(of: part)) }
        return values
    }

    private mutating func arguments(
        _ arguments: TemplateArguments
    ) throws(TemplateFault) -> TemplateCallValues {
        var result = TemplateCallValues(values: try values(of: arguments.values))
        for (name, value) in arguments.named { result.named.set(name, try self.value(of: value)) }
        return result
    }

    private mutating func mapping(
        _ pairs: [TemplatePair], _ line: Int
    ) throws(TemplateFault) -> TemplateValue {
        var mapping = TemplateMapping()
        for pair in pairs {
            guard case .string(let key) = try value(of: pair.key) else {
                throw TemplateFault(line: line, reason: "keys other than strings are not supported")
            }
            try step(line, mapping.keys.count)
            mapping.set(key, try value(of: pair.value))
        }
        try check(.mapping(mapping), line)
        return .mapping(mapping)
    }

    private mutating func bound(
        _ part: TemplateExpression?, _ line: Int
    ) throws(TemplateFault) -> Int? {
        guard let part else { return nil }
        let value = try value(of: part)
        if case .none = value { return nil }
        guard let index = value.integer else {
            throw TemplateFault(line: line, reason: "an index that is no integer")
        }
        return index
    }

    private mutating func comparison(
        _ first: TemplateExpression, _ rest: [TemplateComparison], _ line: Int
    ) throws(TemplateFault) -> TemplateValue {
        var left = try value(of: first)
        for comparison in rest {
            let right = try value(of: comparison.operand)
            guard try compare(comparison.sign, left, right, line) else { return .bool(false) }
            left = right
        }
        return .bool(true)
    }

    private mutating func call(
        _ callee: TemplateExpression, _ arguments: TemplateArguments, _ line: Int
    ) throws(TemplateFault) -> TemplateValue {
        if case .attribute(let owner, let name) = callee.kind {
            let owner = try value(of: owner)
            let given = try self.arguments(arguments)
            if case .mapping(let mapping) = owner, case .macro(let macro)? = mapping.value(name) {
                return try call(macro, given, line)
            }
            return try method(name, of: owner, given, line)
        }
        let function = try value(of: callee)
        let given = try self.arguments(arguments)
        switch function {
        case .macro(let macro): return try call(macro, given, line)
        case .function(let name): return try call(name, given, line)
        case .undefined(let name):
            throw TemplateFault(line: line, reason: "'\(name)' is not a known function")
        default: throw TemplateFault(line: line, reason: "a value that is no function is called")
        }
    }

    private mutating func call(
        _ macro: TemplateMacro, _ given: TemplateCallValues, _ line: Int
    ) throws(TemplateFault) -> TemplateValue {
        guard given.values.count <= macro.parameters.count else {
            throw TemplateFault(line: line, reason: "'\(macro.name)' is given too many values")
        }
        var scope: [String: TemplateValue] = [:]
        for (index, parameter) in macro.parameters.enumerated() {
            if index < given.values.count {
                scope[parameter.name] = given.values[index]
            } else if let named = given.named.value(parameter.name) {
                scope[parameter.name] = named
            } else if let value = parameter.value {
                scope[parameter.name] = try self.value(of: value)
            } else {
                scope[parameter.name] = .undefined(parameter.name)
            }
        }
        let known = macro.parameters.map(\.name)
        guard given.named.keys.allSatisfy({ known.contains($0) }) else {
            throw TemplateFault(line: line, reason: "'\(macro.name)' has no such parameter")
        }
        // A macro sees the template's variables, not those of the loop that it is called in.
        let outer = variables
        variables = Array(outer.prefix(2)) + [scope]
        defer { variables = outer }
        return .string(try captured(macro.body))
    }

    private mutating func call(
        _ name: String, _ given: TemplateCallValues, _ line: Int
    ) throws(TemplateFault) -> TemplateValue {
        switch name {
        case "raise_exception":
            let reason = try text(given.values.first ?? .undefined(""), line)
            throw TemplateFault(line: line, reason: "the template says: \(reason)")
        case "strftime_now":
            guard case .string(let format)? = given.values.first, format.utf8.count <= 200,
                let text = now(format)
            else { throw TemplateFault(line: line, reason: "a format that is not supported") }
            return .string(text)
        case "namespace", "dict":
            guard given.values.isEmpty else {
                throw TemplateFault(line: line, reason: "\(name)() takes named values only")
            }
            try check(.mapping(given.named), allowsNamespace: false, line)
            guard name == "namespace" else { return .mapping(given.named) }
            return .namespace(TemplateNamespace(given.named))
        default: return try range(given, line)
        }
    }

    private mutating func range(
        _ given: TemplateCallValues, _ line: Int
    ) throws(TemplateFault) -> TemplateValue {
        let numbers = given.values.compactMap(\.integer)
        let limit = 100_000
        guard numbers.count == given.values.count, 1...3 ~= numbers.count,
            numbers.allSatisfy({ abs($0.clamped(to: -1 << 40...1 << 40)) < 1 << 40 })
        else { throw TemplateFault(line: line, reason: "range() takes one to three integers") }
        let (start, end) = numbers.count == 1 ? (0, numbers[0]) : (numbers[0], numbers[1])
        let stride = numbers.count == 3 ? numbers[2] : 1
        guard stride != 0, (end - start) / stride <= limit else {
            throw TemplateFault(line: line, reason: "range() of more than \(limit) numbers")
        }
        let values = Swift.stride(from: start, to: end, by: stride).map {
            TemplateValue.integer($0)
        }
        try step(line, values.count)
        return .list(values)
    }
}

/// What a function is given, as values.
struct TemplateCallValues {
    var values: [TemplateValue] = []
    var named = TemplateMapping()

    /// The value at a place, or of a name.
    func value(_ index: Int, _ name: String) -> TemplateValue? {
        index < values.count ? values[index] : named.value(name)
    }
}

extension Int {
    func clamped(to range: ClosedRange<Int>) -> Int {
        Swift.min(Swift.max(self, range.lowerBound), range.upperBound)
    }
}
