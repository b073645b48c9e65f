import Rollouts

/// A value while a template runs, with Python's rules.
enum TemplateValue {
    /// What has not been set; the text says what it would have been.
    case undefined(String)
    case none
    case bool(Bool)
    case integer(Int)
    case number(Double)
    case string(String)
    case list([TemplateValue])
    case mapping(TemplateMapping)
    case namespace(TemplateNamespace)
    case macro(TemplateMacro)
    case function(String)

    /// A value of JSON; members of objects come in the order of their names.
    init(_ json: JSONValue) {
        switch json {
        case .null: self = .none
        case .bool(let value): self = .bool(value)
        case .integer(let value): self = Int(exactly: value).map { .integer($0) } ?? .none
        case .number(let value): self = .number(value)
        case .numeral(let text): self = .number(Double(text) ?? 0)
        case .string(let text): self = .string(text)
        case .array(let elements): self = .list(elements.map { TemplateValue($0) })
        case .object(let members):
            var mapping = TemplateMapping()
            for (key, value) in members.sorted(by: { $0.key < $1.key }) {
                mapping.set(key, TemplateValue(value))
            }
            self = .mapping(mapping)
        }
    }

    var isUndefined: Bool {
        if case .undefined = self { return true }
        return false
    }

    /// A Boolean counts as 0 or 1.
    var integer: Int? {
        switch self {
        case .integer(let value): value
        case .bool(let value): value ? 1 : 0
        default: nil
        }
    }

    var number: Double? {
        if case .number(let value) = self { return value }
        return integer.map { Double($0) }
    }

    var string: String? {
        if case .string(let text) = self { return text }
        return nil
    }

    /// What `if` thinks of it.
    var isTrue: Bool {
        switch self {
        case .undefined, .none: false
        case .bool(let value): value
        case .integer(let value): value != 0
        case .number(let value): value != 0
        case .string(let text): !text.utf8.isEmpty
        case .list(let elements): !elements.isEmpty
        case .mapping(let mapping): !mapping.keys.isEmpty
        case .namespace, .macro, .function: true
        }
    }

    /// Whether Python's `==` says so; text is compared by its scalars.
    ///
    /// - Parameter steps: counted down for every value that is looked at; below 0 it gives up.
    func equals(_ other: TemplateValue, steps: inout Int) -> Bool {
        steps -= 1
        guard steps >= 0 else { return false }
        switch (self, other) {
        case (.undefined, .undefined), (.none, .none): return true
        case (.string(let left), .string(let right)): return left.utf8.elementsEqual(right.utf8)
        case (.list(let left), .list(let right)):
            guard left.count == right.count else { return false }
            for (first, second) in zip(left, right) where !first.equals(second, steps: &steps) {
                return false
            }
            return true
        case (.mapping(let left), .mapping(let right)):
            guard left.keys.count == right.keys.count else { return false }
            for (key, value) in zip(left.keys, left.values) {
                steps -= right.keys.count
                guard let other = right.value(key), value.equals(other, steps: &steps) else {
                    return false
                }
            }
            return true
        case (.namespace(let left), .namespace(let right)): return left === right
        default:
            if let left = integer, let right = other.integer { return left == right }
            if let left = number, let right = other.number { return left == right }
            return false
        }
    }
}

/// A dictionary that keeps the order of its keys.
struct TemplateMapping {
    private(set) var keys: [String] = []
    private(set) var values: [TemplateValue] = []

    /// The value of a key.
    func value(_ key: String) -> TemplateValue? { place(of: key).map { values[$0] } }

    /// Sets the value of a key.
    mutating func set(_ key: String, _ value: TemplateValue) {
        if let place = place(of: key) {
            values[place] = value
        } else {
            keys.append(key)
            values.append(value)
        }
    }

    private func place(of key: String) -> Int? {
        keys.firstIndex { $0.utf8.elementsEqual(key.utf8) }
    }
}

/// What `namespace()` makes: variables that a loop's body can set for the outside.
final class TemplateNamespace {
    var members: TemplateMapping

    init(_ members: TemplateMapping) { self.members = members }
}
