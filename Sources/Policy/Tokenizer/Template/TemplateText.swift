/// How values are written, as Python's `str`, `repr` and `json.dumps` do it.
struct TemplateText {
    /// Nesting beyond this is refused.
    private static let maximumDepth = 64

    private(set) var out = ""
    /// Bytes that may still be written.
    private var room: Int

    /// The text of a value as an output shows it.
    static func shown(_ value: TemplateValue, room: Int) throws(TemplateRefusal) -> String {
        switch value {
        case .undefined: return ""
        case .string(let text): return text
        default:
            var text = TemplateText(room: room)
            try text.represent(value, depth: 0)
            return text.out
        }
    }

    /// The JSON of a value; `indent` is the number of spaces a level, or nil for one line.
    static func json(
        _ value: TemplateValue, indent: Int?, room: Int
    ) throws(TemplateRefusal) -> String {
        var text = TemplateText(room: room)
        try text.json(value, indent: indent, depth: 0)
        return text.out
    }

    private init(room: Int) { self.room = room }

    private mutating func write(_ text: String) throws(TemplateRefusal) {
        room -= text.utf8.count
        guard room >= 0 else { throw TemplateRefusal("the text grows too long") }
        out += text
    }

    private mutating func represent(
        _ value: TemplateValue, depth: Int
    ) throws(TemplateRefusal) {
        guard depth < Self.maximumDepth else { throw TemplateRefusal("a value nested too deep") }
        switch value {
        case .undefined: try write("Undefined")
        case .none: try write("None")
        case .bool(let value): try write(value ? "True" : "False")
        case .integer(let value): try write(String(value))
        case .number(let value): try write(Self.number(value))
        case .string(let text): try write(Self.quoted(text))
        case .list(let elements):
            try write("[")
            for (index, element) in elements.enumerated() {
                if index > 0 { try write(", ") }
                try represent(element, depth: depth + 1)
            }
            try write("]")
        case .mapping(let mapping):
            try write("{")
            for (index, key) in mapping.keys.enumerated() {
                try write((index > 0 ? ", " : "") + Self.quoted(key) + ": ")
                try represent(mapping.values[index], depth: depth + 1)
            }
            try write("}")
        case .namespace, .macro, .function:
            throw TemplateRefusal("a function or namespace has no text")
        }
    }

    private static func number(_ value: Double) -> String {
        if value.isNaN { return "nan" }
        return value.isFinite ? "\(value)" : value < 0 ? "-inf" : "inf"
    }

    /// Python's spelling of a string in quotes.
    private static func quoted(_ text: String) -> String {
        let scalars = text.unicodeScalars
        let quote: Unicode.Scalar = scalars.contains("'") && !scalars.contains("\"") ? "\"" : "'"
        var out = String(quote)
        for scalar in scalars {
            switch scalar {
            case quote, "\\": out += "\\\(scalar)"
            case "\n": out += "\\n"
            case "\r": out += "\\r"
            case "\t": out += "\\t"
            case " ": out += " "
            default:
                if isPrintable(scalar) {
                    out.unicodeScalars.append(scalar)
                } else {
                    let (letter, width) =
                        scalar.value < 0x100
                        ? ("x", 2) : scalar.value < 0x10000 ? ("u", 4) : ("U", 8)
                    out += "\\" + letter + hex(scalar, width)
                }
            }
        }
        return out + String(quote)
    }

    private static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator,
            .paragraphSeparator, .spaceSeparator:
            false
        default: true
        }
    }

    private static func hex(_ scalar: Unicode.Scalar, _ width: Int) -> String {
        let digits = String(scalar.value, radix: 16)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }

    private mutating func json(
        _ value: TemplateValue, indent: Int?, depth: Int
    ) throws(TemplateRefusal) {
        guard depth < Self.maximumDepth else { throw TemplateRefusal("a value nested too deep") }
        switch value {
        case .none: try write("null")
        case .bool(let value): try write(value ? "true" : "false")
        case .integer(let value): try write(String(value))
        case .number(let value):
            guard value.isFinite else { throw TemplateRefusal("JSON has no such number") }
            try write(Self.number(value))
        case .string(let text): try write(Self.jsonString(text))
        case .list(let elements):
            guard !elements.isEmpty else { return try write("[]") }
            try write("[")
            for (index, element) in elements.enumerated() {
                try separate(index, indent, depth + 1)
                try json(element, indent: indent, depth: depth + 1)
            }
            try newLine(indent, depth)
            try write("]")
        case .mapping(let mapping):
            guard !mapping.keys.isEmpty else { return try write("{}") }
            try write("{")
            for (index, key) in mapping.keys.enumerated() {
                try separate(index, indent, depth + 1)
                try write(Self.jsonString(key) + ": ")
                try json(mapping.values[index], indent: indent, depth: depth + 1)
            }
            try newLine(indent, depth)
            try write("}")
        case .undefined, .namespace, .macro, .function:
            throw TemplateRefusal("a value that JSON cannot write")
        }
    }

    private mutating func separate(
        _ index: Int, _ indent: Int?, _ depth: Int
    ) throws(TemplateRefusal) {
        if index > 0 { try write(indent == nil ? ", " : ",") }
        try newLine(indent, depth)
    }

    private mutating func newLine(_ indent: Int?, _ depth: Int) throws(TemplateRefusal) {
        guard let indent else { return }
        try write("\n" + String(repeating: " ", count: indent * depth))
    }

    private static func jsonString(_ text: String) -> String {
        var out = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\": out += "\\\(scalar)"
            case "\n": out += "\\n"
            case "\r": out += "\\r"
            case "\t": out += "\\t"
            case "\u{8}": out += "\\b"
            case "\u{C}": out += "\\f"
            case _ where scalar.value < 0x20: out += "\\u" + hex(scalar, 4)
            default: out.unicodeScalars.append(scalar)
            }
        }
        return out + "\""
    }
}
