public import Rollouts
public import Yams

/// A type that one YAML value can hold.
public protocol SettingValue {
    /// What a person should write, such as `a whole number`.
    static var kind: String { get }
    /// Reads a node; nil where it holds something else.
    init?(settingNode: SettingNode)
    /// The node that reads back as this value; nil to leave the key out.
    var settingNode: SettingNode? { get }
}

/// A node of a settings tree.
public typealias SettingNode = Node

extension Int: SettingValue {
    /// What a person should write.
    public static var kind: String { "a whole number" }
    /// The value that the node holds.
    public init?(settingNode: SettingNode) {
        guard let text = settingNode.scalar?.string else { return nil }
        let digits = text.replacing("_", with: "")
        if let value = Int(digits) {
            self = value
        } else if let real = Double(digits), let value = Int(exactly: real) {
            self = value  // 4e6
        } else {
            return nil
        }
    }
    /// The node that reads back as this value.
    public var settingNode: SettingNode? { Node(String(self), Tag(.int)) }
}

extension UInt64: SettingValue {
    /// What a person should write.
    public static var kind: String { "a whole number from 0 up" }
    /// The value that the node holds.
    public init?(settingNode: SettingNode) {
        guard let text = settingNode.scalar?.string, let value = UInt64(text) else { return nil }
        self = value
    }
    /// The node that reads back as this value.
    public var settingNode: SettingNode? { Node(String(self), Tag(.int)) }
}

extension Double: SettingValue {
    /// What a person should write.
    public static var kind: String { "a finite number" }
    /// The value that the node holds.
    public init?(settingNode: SettingNode) {
        guard let text = settingNode.scalar?.string, let value = Double(text), value.isFinite
        else { return nil }
        self = value
    }
    /// The node that reads back as this value.
    public var settingNode: SettingNode? { Node(String(self), Tag(.float)) }
}

extension Bool: SettingValue {
    /// What a person should write.
    public static var kind: String { "true or false" }
    /// The value that the node holds.
    public init?(settingNode: SettingNode) {
        switch settingNode.scalar?.string {
        case "true": self = true
        case "false": self = false
        default: return nil
        }
    }
    /// The node that reads back as this value.
    public var settingNode: SettingNode? { Node(self ? "true" : "false", Tag(.bool)) }
}

extension String: SettingValue {
    /// What a person should write.
    public static var kind: String { "text" }
    /// The value that the node holds.
    public init?(settingNode: SettingNode) {
        guard let text = settingNode.scalar?.string else { return nil }
        self = text
    }
    /// The node that reads back as this value.
    public var settingNode: SettingNode? { Node(self, Tag(.str)) }
}

extension Array: SettingValue where Element: SettingValue {
    /// What a person should write.
    public static var kind: String { "a list, each \(Element.kind)" }
    /// The value that the node holds.
    public init?(settingNode: SettingNode) {
        guard let list = settingNode.sequence else { return nil }
        var values: [Element] = []
        for node in list {
            guard let value = Element(settingNode: node) else { return nil }
            values.append(value)
        }
        self = values
    }
    /// The node that reads back as this value.
    public var settingNode: SettingNode? {
        .sequence(Node.Sequence(compactMap(\.settingNode), Tag(.seq), .flow))
    }
}

extension Dictionary: SettingValue where Key == String, Value: SettingValue {
    /// What a person should write.
    public static var kind: String { "a mapping from names, each to \(Value.kind)" }
    /// The value that the node holds; a key that stands twice is none.
    public init?(settingNode: SettingNode) {
        guard let mapping = settingNode.mapping else { return nil }
        var values: [String: Value] = [:]
        for (key, node) in mapping {
            guard let name = key.string, values[name] == nil, let value = Value(settingNode: node)
            else { return nil }
            values[name] = value
        }
        self = values
    }
    /// The node that reads back as this value, in the order of the names.
    public var settingNode: SettingNode? {
        let pairs = sorted { $0.key < $1.key }.compactMap { key, value in
            value.settingNode.map { (Node(key, Tag(.str)), $0) }
        }
        return .mapping(Node.Mapping(pairs, Tag(.map), .flow))
    }
}

extension Optional: SettingValue where Wrapped: SettingValue {
    /// What a person should write.
    public static var kind: String { Wrapped.kind }
    /// The value that the node holds.
    public init?(settingNode: SettingNode) {
        if Binder.isNull(settingNode) {
            self = .none
        } else if let value = Wrapped(settingNode: settingNode) {
            self = .some(value)
        } else {
            return nil
        }
    }
    /// The node that reads back as this value.
    public var settingNode: SettingNode? { self?.settingNode ?? Node("null", Tag(.null)) }
}

extension JSONValue: SettingValue {
    /// What a person should write.
    public static var kind: String { "a number, a word, true or false" }
    /// The value that the node holds, typed as YAML types plain text; nil for lists and mappings.
    public init?(settingNode: SettingNode) {
        guard let scalar = settingNode.scalar else { return nil }
        if scalar.style != .plain && scalar.style != .any {
            self = .string(scalar.string)
        } else if Binder.isNull(settingNode) {
            self = .null
        } else if let flag = Bool(settingNode: settingNode) {
            self = .bool(flag)
        } else if let whole = Int64(scalar.string) {
            self = .integer(whole)
        } else if let number = Double(settingNode: settingNode) {
            self = .number(number)
        } else {
            self = .string(scalar.string)
        }
    }
    /// The node that reads back as this value; nil for lists and mappings.
    public var settingNode: SettingNode? {
        switch self {
        case .null: Node("null", Tag(.null))
        case .bool(let flag): flag.settingNode
        case .integer(let value): Node(String(value), Tag(.int))
        case .number(let value): value.settingNode
        case .numeral(let text): Node(text, Tag(.float))
        case .string(let text): text.settingNode
        case .array, .object: nil
        }
    }
}

/// A word out of a closed list.
public protocol SettingChoice: SettingValue, RawRepresentable, CaseIterable
where RawValue == String {}

extension SettingChoice {
    /// The list.
    public static var kind: String {
        "one of " + allCases.map(\.rawValue).joined(separator: ", ")
    }
    /// The case that the word names.
    public init?(settingNode: SettingNode) {
        guard let text = settingNode.scalar?.string else { return nil }
        self.init(rawValue: text)
    }
    /// The word.
    public var settingNode: SettingNode? { Node(rawValue, Tag(.str)) }
}
