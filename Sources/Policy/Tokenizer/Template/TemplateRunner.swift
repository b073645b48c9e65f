/// Runs a template's statements within bounds: steps, depth, and bytes made.
struct TemplateRunner {
    /// How a statement left its body.
    private enum Exit {
        case done, leave, next
    }

    private static let maximumDepth = 150

    var variables: [[String: TemplateValue]]
    /// What `strftime_now` writes.
    let now: (String) -> String?
    private var out = ""
    private var steps = 2_000_000
    private var bytes = 64 << 20
    private var depth = 0

    init(_ variables: [String: TemplateValue], now: @escaping (String) -> String?) {
        self.variables = [variables, [:]]
        self.now = now
    }

    /// The text that the statements write.
    mutating func run(_ body: [TemplateStatement]) throws(TemplateFault) -> String {
        _ = try perform(body)
        return out
    }

    /// Counts work, so that every template comes to its end.
    mutating func step(_ line: Int, _ count: Int = 1) throws(TemplateFault) {
        steps -= count
        guard steps >= 0 else { throw TemplateFault(line: line, reason: "takes too many steps") }
    }

    /// Counts bytes made.
    mutating func spend(_ count: Int, _ line: Int) throws(TemplateFault) {
        bytes -= count
        guard bytes >= 0 else { throw TemplateFault(line: line, reason: "makes too much text") }
    }

    /// Bytes that may still be made.
    var room: Int { bytes }

    mutating func nested<Part>(
        _ line: Int, _ body: (inout TemplateRunner) throws(TemplateFault) -> Part
    ) throws(TemplateFault) -> Part {
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.maximumDepth else {
            throw TemplateFault(line: line, reason: "calls nest too deep")
        }
        return try body(&self)
    }

    /// Runs an operation that does not know its line.
    func at<Part>(
        _ line: Int, _ body: () throws(TemplateRefusal) -> Part
    ) throws(TemplateFault) -> Part {
        do throws(TemplateRefusal) {
            return try body()
        } catch {
            throw TemplateFault(line: line, reason: error.reason)
        }
    }

    /// The text of a value, counted.
    mutating func text(_ value: TemplateValue, _ line: Int) throws(TemplateFault) -> String {
        let room = room
        let text = try at(line) { () throws(TemplateRefusal) in
            try TemplateText.shown(value, room: room)
        }
        try spend(text.utf8.count, line)
        return text
    }

    /// The variable of a name.
    func variable(_ name: String) -> TemplateValue {
        for scope in variables.reversed() {
            if let found = scope[name] { return found }
        }
        return Self.functions.contains(name) ? .function(name) : .undefined(name)
    }

    static let functions: Set<String> = [
        "raise_exception", "strftime_now", "namespace", "range", "dict",
    ]

    private mutating func set(_ name: String, _ value: TemplateValue) {
        variables[variables.count - 1][name] = value
    }

    private mutating func perform(_ body: [TemplateStatement]) throws(TemplateFault) -> Exit {
        for statement in body {
            try step(statement.line)
            let exit = try nested(statement.line) { runner throws(TemplateFault) in
                try runner.perform(statement)
            }
            if exit != .done { return exit }
        }
        return .done
    }

    private mutating func perform(_ statement: TemplateStatement) throws(TemplateFault) -> Exit {
        let line = statement.line
        switch statement.kind {
        case .text(let text):
            try spend(text.utf8.count, line)
            out += text
        case .output(let expression):
            out += try text(value(of: expression), line)
        case .condition(let branches, let otherwise):
            for branch in branches where try value(of: branch.condition).isTrue {
                return try perform(branch.body)
            }
            return try perform(otherwise)
        case .loop(let loop): return try perform(loop, line)
        case .set(let targets, let expression):
            try assign(try value(of: expression), to: targets, line)
        case .capture(let target, let body):
            try assign(.string(try captured(body)), to: [target], line)
        case .block(let body): return try perform(body)
        case .macro(let macro): set(macro.name, .macro(macro))
        case .leave: return .leave
        case .next: return .next
        }
        return .done
    }

    /// What the statements write, instead of writing it; their variables end with them.
    mutating func captured(_ body: [TemplateStatement]) throws(TemplateFault) -> String {
        let before = out
        out = ""
        variables.append([:])
        _ = try perform(body)
        variables.removeLast()
        defer { out = before }
        return out
    }

    private mutating func assign(
        _ value: TemplateValue, to targets: [TemplateTarget], _ line: Int
    ) throws(TemplateFault) {
        guard targets.count > 1 else {
            if let target = targets.first { try assign(value, to: target, line) }
            return
        }
        let parts = try elements(of: value, line)
        guard parts.count == targets.count else {
            throw TemplateFault(
                line: line, reason: "\(parts.count) values for \(targets.count) names")
        }
        for (target, part) in zip(targets, parts) { try assign(part, to: target, line) }
    }

    private mutating func assign(
        _ value: TemplateValue, to target: TemplateTarget, _ line: Int
    ) throws(TemplateFault) {
        guard let member = target.member else { return set(target.name, value) }
        guard case .namespace(let namespace) = variable(target.name) else {
            throw TemplateFault(line: line, reason: "'\(target.name)' is no namespace")
        }
        try step(line, namespace.members.keys.count)
        // A namespace that held itself would never be let go.
        try check(value, allowsNamespace: false, line)
        namespace.members.set(member, value)
    }

    /// Checks that a value that was put together does not nest without bound.
    mutating func check(
        _ value: TemplateValue, allowsNamespace: Bool = true, depth: Int = 0, _ line: Int
    ) throws(TemplateFault) {
        try step(line)
        let parts: [TemplateValue]
        switch value {
        case .list(let elements): parts = elements
        case .mapping(let mapping): parts = mapping.values
        case .namespace where !allowsNamespace:
            throw TemplateFault(line: line, reason: "a namespace in a namespace is not supported")
        default: return
        }
        guard depth < 40 else { throw TemplateFault(line: line, reason: "a value nested too deep") }
        for part in parts {
            try check(part, allowsNamespace: allowsNamespace, depth: depth + 1, line)
        }
    }

    /// Whether `==` holds.
    mutating func equal(
        _ left: TemplateValue, _ right: TemplateValue, _ line: Int
    ) throws(TemplateFault) -> Bool {
        let isEqual = left.equals(right, steps: &steps)
        try step(line)
        return isEqual
    }

    private mutating func perform(
        _ loop: TemplateLoop, _ line: Int
    ) throws(TemplateFault) -> Exit {
        var values = try elements(of: try value(of: loop.values), line)
        if let condition = loop.condition {
            var kept: [TemplateValue] = []
            for value in values {
                variables.append([:])
                try bind(loop.names, value, line)
                if try self.value(of: condition).isTrue { kept.append(value) }
                variables.removeLast()
            }
            values = kept
        }
        guard !values.isEmpty else {
            variables.append([:])
            defer { variables.removeLast() }
            return try perform(loop.otherwise)
        }
        for index in values.indices {
            try step(line, 12)
            variables.append(["loop": Self.loopState(index, values)])
            defer { variables.removeLast() }
            try bind(loop.names, values[index], line)
            if try perform(loop.body) == .leave { break }
        }
        return .done
    }

    private static func loopState(_ index: Int, _ values: [TemplateValue]) -> TemplateValue {
        let count = values.count
        var state = TemplateMapping()
        state.set("index", .integer(index + 1))
        state.set("index0", .integer(index))
        state.set("revindex", .integer(count - index))
        state.set("revindex0", .integer(count - index - 1))
        state.set("first", .bool(index == 0))
        state.set("last", .bool(index == count - 1))
        state.set("length", .integer(count))
        if index > 0 { state.set("previtem", values[index - 1]) }
        if index + 1 < count { state.set("nextitem", values[index + 1]) }
        return .mapping(state)
    }

    private mutating func bind(
        _ names: [String], _ value: TemplateValue, _ line: Int
    ) throws(TemplateFault) {
        try assign(value, to: names.map { TemplateTarget(name: $0, member: nil) }, line)
    }

    /// What a loop goes over.
    mutating func elements(
        of value: TemplateValue, _ line: Int
    ) throws(TemplateFault) -> [TemplateValue] {
        switch value {
        case .undefined: return []
        case .list(let elements):
            try step(line, elements.count / 8)
            return elements
        case .mapping(let mapping): return mapping.keys.map { .string($0) }
        case .string(let text):
            try step(line, text.utf8.count)
            return text.unicodeScalars.map { .string(String($0)) }
        default: throw TemplateFault(line: line, reason: "a value that is no list")
        }
    }
}
