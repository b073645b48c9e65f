extension TemplateRunner {
    /// Arithmetic, and joining of text and lists.
    mutating func binary(
        _ sign: String, _ left: TemplateValue, _ right: TemplateValue, _ line: Int
    ) throws(TemplateFault) -> TemplateValue {
        if sign == "~" { return .string(try text(left, line) + text(right, line)) }
        try checkDefined(left, line)
        try checkDefined(right, line)
        switch (sign, left, right) {
        case ("+", .string(let first), .string(let second)):
            try spend(first.utf8.count + second.utf8.count, line)
            return .string(first + second)
        case ("+", .list(let first), .list(let second)):
            try step(line, first.count + second.count)
            return .list(first + second)
        case ("*", .string(let text), _) where right.integer != nil:
            return .string(try repeated(text, right.integer ?? 0, line))
        case ("*", _, .string(let text)) where left.integer != nil:
            return .string(try repeated(text, left.integer ?? 0, line))
        default: break
        }
        if sign != "/", let first = left.integer, let second = right.integer {
            return try integers(sign, first, second, line)
        }
        guard let first = left.number, let second = right.number else {
            throw TemplateFault(line: line, reason: "values that '\(sign)' does not take")
        }
        return try numbers(sign, first, second, line)
    }

    func checkDefined(_ value: TemplateValue, _ line: Int) throws(TemplateFault) {
        if case .undefined(let name) = value {
            throw TemplateFault(line: line, reason: "'\(name)' is undefined")
        }
    }

    private mutating func repeated(
        _ text: String, _ count: Int, _ line: Int
    ) throws(TemplateFault) -> String {
        let (bytes, overflow) = text.utf8.count.multipliedReportingOverflow(by: max(0, count))
        guard !overflow else { throw TemplateFault(line: line, reason: "makes too much text") }
        try spend(bytes, line)
        return bytes == 0 ? "" : String(repeating: text, count: count)
    }

    private func integers(
        _ sign: String, _ left: Int, _ right: Int, _ line: Int
    ) throws(TemplateFault) -> TemplateValue {
        let result: (partialValue: Int, overflow: Bool)
        switch sign {
        case "+": result = left.addingReportingOverflow(right)
        case "-": result = left.subtractingReportingOverflow(right)
        case "*": result = left.multipliedReportingOverflow(by: right)
        case "//", "%":
            guard right != 0 else { throw TemplateFault(line: line, reason: "division by zero") }
            guard right != -1 else {
                if sign == "%" { return .integer(0) }
                return try integers("-", 0, left, line)
            }
            let rest = left % right
            let isBelow = rest != 0 && (rest < 0) != (right < 0)
            if sign == "%" { return .integer(isBelow ? rest + right : rest) }
            return .integer(left / right - (isBelow ? 1 : 0))
        default: throw TemplateFault(line: line, reason: "'\(sign)' is not supported")
        }
        guard !result.overflow else {
            throw TemplateFault(line: line, reason: "too large a number")
        }
        return .integer(result.partialValue)
    }

    private func numbers(
        _ sign: String, _ left: Double, _ right: Double, _ line: Int
    ) throws(TemplateFault) -> TemplateValue {
        if sign.hasPrefix("/") || sign == "%", right == 0 {
            throw TemplateFault(line: line, reason: "division by zero")
        }
        switch sign {
        case "+": return .number(left + right)
        case "-": return .number(left - right)
        case "*": return .number(left * right)
        case "/": return .number(left / right)
        case "//": return .number((left / right).rounded(.down))
        default: throw TemplateFault(line: line, reason: "'\(sign)' of fractions is not supported")
        }
    }

    /// Whether a comparison holds.
    mutating func compare(
        _ sign: String, _ left: TemplateValue, _ right: TemplateValue, _ line: Int
    ) throws(TemplateFault) -> Bool {
        switch sign {
        case "==": return try equal(left, right, line)
        case "!=": return !(try equal(left, right, line))
        case "in": return try contains(right, left, line)
        case "not in": return !(try contains(right, left, line))
        default: break
        }
        try checkDefined(left, line)
        try checkDefined(right, line)
        let isLess: Bool
        let isEqual = try equal(left, right, line)
        if let first = left.string, let second = right.string {
            isLess = first.unicodeScalars.lexicographicallyPrecedes(second.unicodeScalars)
        } else if let first = left.integer, let second = right.integer {
            isLess = first < second
        } else if let first = left.number, let second = right.number {
            isLess = first < second
        } else {
            throw TemplateFault(line: line, reason: "values that '\(sign)' does not compare")
        }
        switch sign {
        case "<": return isLess
        case "<=": return isLess || isEqual
        case ">": return !isLess && !isEqual
        default: return !isLess
        }
    }

    private mutating func contains(
        _ container: TemplateValue, _ value: TemplateValue, _ line: Int
    ) throws(TemplateFault) -> Bool {
        switch container {
        case .undefined: return false
        case .string(let text):
            guard let part = value.string else {
                throw TemplateFault(line: line, reason: "'in' a string takes a string")
            }
            try step(line, text.utf8.count / 8)
            return ByteText.firstIndex(of: Array(part.utf8), in: Array(text.utf8), from: 0) != nil
        case .list(let elements):
            for element in elements where try equal(element, value, line) { return true }
            return false
        case .mapping(let mapping):
            try step(line, mapping.keys.count)
            return value.string.map { mapping.value($0) != nil } ?? false
        default: throw TemplateFault(line: line, reason: "'in' takes a string, list or mapping")
        }
    }

    /// `owner.name`.
    func member(
        _ name: String, of owner: TemplateValue, _ line: Int
    ) throws(TemplateFault) -> TemplateValue {
        try checkDefined(owner, line)
        switch owner {
        case .mapping(let mapping): return mapping.value(name) ?? .undefined(name)
        case .namespace(let namespace): return namespace.members.value(name) ?? .undefined(name)
        default: return .undefined(name)
        }
    }

    /// `owner[index]`.
    mutating func item(
        _ index: TemplateValue, of owner: TemplateValue, _ line: Int
    ) throws(TemplateFault) -> TemplateValue {
        try checkDefined(owner, line)
        switch (owner, index) {
        case (.mapping, .string(let name)), (.namespace, .string(let name)):
            return try member(name, of: owner, line)
        case (.list(let elements), _):
            guard let index = index.integer else { break }
            let place = index < 0 ? index + elements.count : index
            return elements.indices.contains(place) ? elements[place] : .undefined("item \(index)")
        case (.string(let text), _):
            guard let index = index.integer else { break }
            try step(line, text.utf8.count / 8)
            let scalars = Array(text.unicodeScalars)
            let place = index < 0 ? index + scalars.count : index
            return scalars.indices.contains(place)
                ? .string(String(scalars[place])) : .undefined("item \(index)")
        default: break
        }
        return .undefined("an item")
    }

    /// `owner[start:end:stride]`.
    mutating func slice(
        _ owner: TemplateValue, _ start: Int?, _ end: Int?, _ stride: Int?, _ line: Int
    ) throws(TemplateFault) -> TemplateValue {
        try checkDefined(owner, line)
        switch owner {
        case .list(let elements):
            let places = try places(elements.count, start, end, stride, line)
            return .list(places.map { elements[$0] })
        case .string(let text):
            let scalars = Array(text.unicodeScalars)
            try spend(text.utf8.count, line)
            var out = String.UnicodeScalarView()
            for place in try places(scalars.count, start, end, stride, line) {
                out.append(scalars[place])
            }
            return .string(String(out))
        default: throw TemplateFault(line: line, reason: "a slice of what is no list or string")
        }
    }

    private mutating func places(
        _ count: Int, _ start: Int?, _ end: Int?, _ stride: Int?, _ line: Int
    ) throws(TemplateFault) -> [Int] {
        try step(line, count)
        let stride = (stride ?? 1).clamped(to: -count - 1...count + 1)
        guard stride != 0 else { throw TemplateFault(line: line, reason: "a slice's step is 0") }
        let lowest = stride > 0 ? 0 : -1
        let highest = stride > 0 ? count : count - 1
        func place(_ index: Int?, absent: Int) -> Int {
            guard let index else { return absent }
            return (index < 0 ? index + count : index).clamped(to: lowest...highest)
        }
        let first = place(start, absent: stride > 0 ? 0 : count - 1)
        let last = place(end, absent: stride > 0 ? count : -1)
        return Array(Swift.stride(from: first, to: last, by: stride))
    }
}
