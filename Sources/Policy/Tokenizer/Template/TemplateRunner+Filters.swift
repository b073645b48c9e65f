extension TemplateRunner {
    /// `value | name(…)`.
    mutating func filter(
        _ name: String, _ value: TemplateValue, _ given: TemplateCallValues, _ line: Int
    ) throws(TemplateFault) -> TemplateValue {
        switch name {
        case "default", "d":
            let replaces =
                value.isUndefined || given.value(1, "boolean")?.isTrue == true && !value.isTrue
            return replaces ? given.value(0, "default_value") ?? .string("") : value
        case "length", "count": return .integer(try length(of: value, line))
        case "tojson": return .string(try json(value, given, line))
        case "join": return .string(try joined(value, given, line))
        case "first", "last":
            let elements = try elements(of: value, line)
            return (name == "first" ? elements.first : elements.last) ?? .undefined("an element")
        case "list": return .list(try elements(of: value, line))
        case "reverse":
            if case .string = value { return try slice(value, nil, nil, -1, line) }
            return .list(try elements(of: value, line).reversed())
        case "items":
            if value.isUndefined { return .list([]) }
            return try method("items", of: value, TemplateCallValues(), line)
        case "map", "selectattr", "rejectattr", "select", "reject":
            return try selected(name, value, given, line)
        case "int":
            if let number = value.number, abs(number) < 1e18 { return .integer(Int(number)) }
            return value.string.flatMap { Int($0) }.map { .integer($0) }
                ?? given.value(0, "default") ?? .integer(0)
        default: return .string(try textFilter(name, text(value, line), given, line))
        }
    }

    private mutating func textFilter(
        _ name: String, _ text: String, _ given: TemplateCallValues, _ line: Int
    ) throws(TemplateFault) -> String {
        try step(line, text.utf8.count / 16)
        switch name {
        case "string", "safe": return text
        case "trim":
            let method = try method(
                "strip", of: .string(text), TemplateCallValues(values: given.values), line)
            return method.string ?? text
        case "upper": return text.uppercased()
        case "lower": return text.lowercased()
        case "capitalize":
            let first = text.unicodeScalars.prefix(1)
            let rest = text.unicodeScalars.dropFirst()
            return String(first).uppercased() + String(rest).lowercased()
        case "title":
            var isInWord = false
            var out = ""
            for scalar in text.unicodeScalars {
                let part = String(scalar)
                out += isInWord ? part.lowercased() : part.uppercased()
                isInWord = scalar.properties.isAlphabetic || scalar == "'"
            }
            return out
        case "replace":
            guard let old = given.value(0, "old")?.string, let new = given.value(1, "new")?.string,
                !old.utf8.isEmpty
            else { throw TemplateFault(line: line, reason: "'replace' takes two strings") }
            return try replaced(text, old, new, limit: given.value(2, "count")?.integer ?? -1, line)
        default: throw TemplateFault(line: line, reason: "the filter '\(name)' is not supported")
        }
    }

    private func length(of value: TemplateValue, _ line: Int) throws(TemplateFault) -> Int {
        switch value {
        case .undefined: return 0
        case .string(let text): return text.unicodeScalars.count
        case .list(let elements): return elements.count
        case .mapping(let mapping): return mapping.keys.count
        default: throw TemplateFault(line: line, reason: "a value without a length")
        }
    }

    private mutating func json(
        _ value: TemplateValue, _ given: TemplateCallValues, _ line: Int
    ) throws(TemplateFault) -> String {
        for name in given.named.keys where !["indent", "ensure_ascii"].contains(name) {
            throw TemplateFault(line: line, reason: "tojson(\(name)=…) is not supported")
        }
        if given.named.value("ensure_ascii")?.isTrue == true || !given.values.isEmpty {
            throw TemplateFault(line: line, reason: "tojson(ensure_ascii) is not supported")
        }
        let indent = given.named.value("indent")?.integer
        guard 0...16 ~= indent ?? 0 else {
            throw TemplateFault(line: line, reason: "too great an indent")
        }
        let room = room
        let json = try at(line) { () throws(TemplateRefusal) in
            try TemplateText.json(value, indent: indent, room: room)
        }
        try spend(json.utf8.count, line)
        try step(line, json.utf8.count / 16)
        return json
    }

    private mutating func joined(
        _ value: TemplateValue, _ given: TemplateCallValues, _ line: Int
    ) throws(TemplateFault) -> String {
        let separator = try text(given.value(0, "d") ?? .string(""), line)
        var out = ""
        for (index, element) in try elements(of: value, line).enumerated() {
            try spend(separator.utf8.count, line)
            if index > 0 { out += separator }
            out += try text(element, line)
        }
        return out
    }

    /// `map(attribute=…)`, and the filters that keep elements by a test.
    private mutating func selected(
        _ name: String, _ value: TemplateValue, _ given: TemplateCallValues, _ line: Int
    ) throws(TemplateFault) -> TemplateValue {
        let elements = try elements(of: value, line)
        try step(line, elements.count)
        var out: [TemplateValue] = []
        if name == "map" {
            for element in elements {
                if let attribute = given.named.value("attribute")?.string {
                    out.append(try item(.string(attribute), of: element, line))
                } else if let filter = given.values.first?.string {
                    let rest = TemplateCallValues(
                        values: Array(given.values.dropFirst()), named: given.named)
                    out.append(try self.filter(filter, element, rest, line))
                } else {
                    throw TemplateFault(line: line, reason: "'map' takes an attribute or a filter")
                }
            }
            return .list(out)
        }
        var rest = given.values[...]
        let attribute = name.hasSuffix("attr") ? rest.popFirst()?.string : nil
        if name.hasSuffix("attr"), attribute == nil {
            throw TemplateFault(line: line, reason: "'\(name)' takes an attribute")
        }
        let testName = rest.popFirst()?.string
        for element in elements {
            var operand = element
            if let attribute { operand = try item(.string(attribute), of: element, line) }
            var holds = operand.isTrue
            if let testName { holds = try test(testName, operand, Array(rest), line) }
            if holds == name.hasPrefix("select") { out.append(element) }
        }
        return .list(out)
    }

    /// `value is name(…)`.
    mutating func test(
        _ name: String, _ value: TemplateValue, _ others: [TemplateValue], _ line: Int
    ) throws(TemplateFault) -> Bool {
        switch (name, value) {
        case ("defined", _): return !value.isUndefined
        case ("undefined", _): return value.isUndefined
        case ("none", .none), ("string", .string), ("mapping", .mapping), ("boolean", .bool),
            ("integer", .integer), ("float", .number), ("number", .integer), ("number", .number),
            ("number", .bool), ("iterable", .list), ("iterable", .string), ("iterable", .mapping),
            ("iterable", .undefined), ("sequence", .list), ("sequence", .string),
            ("sequence", .mapping), ("sequence", .undefined), ("callable", .macro),
            ("callable", .function), ("true", .bool(true)), ("false", .bool(false)):
            return true
        case ("none", _), ("string", _), ("mapping", _), ("boolean", _), ("integer", _),
            ("float", _), ("number", _), ("iterable", _), ("sequence", _), ("callable", _),
            ("true", _), ("false", _):
            return false
        case ("even", _), ("odd", _):
            guard let number = value.integer else { break }
            return (number % 2 == 0) == (name == "even")
        case ("divisibleby", _):
            guard let number = value.integer, let other = others.first?.integer, other != 0,
                other != -1
            else { break }
            return number % other == 0
        default:
            let signs = [
                "equalto": "==", "eq": "==", "==": "==", "ne": "!=", "!=": "!=", "in": "in",
                "lt": "<", "<": "<", "le": "<=", "gt": ">", ">": ">", "ge": ">=",
            ]
            guard let sign = signs[name], let other = others.first else { break }
            return try compare(sign, value, other, line)
        }
        throw TemplateFault(line: line, reason: "the test '\(name)' is not supported here")
    }
}
