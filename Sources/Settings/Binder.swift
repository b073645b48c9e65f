public import Rollouts
import Yams

/// A group of settings that reads from and writes to YAML through one declaration a field.
///
/// `bind` names each field once; the initial values of the type are the defaults.
public protocol Configurable {
    /// The defaults.
    init()
    /// Names every field: the binder reads it where the file has it, or writes it.
    mutating func bind(_ settings: Binder) throws(SettingsError)
}

extension Configurable {
    /// Reads the document over the defaults; unknown keys and bad values are errors with place.
    public init(_ document: SettingsDocument) throws(SettingsError) {
        self.init()
        let binder = Binder(reading: document.root, path: [], document: document)
        try bind(binder)
        try binder.refuseUnknownKeys()
    }

    /// All fields as YAML, defaults included: what ran.
    public func yaml() throws(SettingsError) -> String {
        var copy = self
        let binder = Binder(writing: ())
        try copy.bind(binder)
        do {
            return try Yams.serialize(node: .mapping(binder.written), width: 100)
        } catch {
            throw SettingsError(file: "settings", problem: "\(error)", remedy: "Report this.")
        }
    }
}

/// Walks one mapping, either reading fields out of it or writing them into it.
public final class Binder {
    private let source: Node.Mapping?
    private let place: Node?
    private let document: SettingsDocument?
    private let path: [String]
    private var known: [String] = []
    private let isReading: Bool
    fileprivate(set) var written = Node.Mapping([])

    init(reading node: Node?, path: [String], document: SettingsDocument) {
        source = node?.mapping
        place = node
        self.document = document
        self.path = path
        isReading = true
    }

    init(writing: Void) {
        source = nil
        place = nil
        document = nil
        path = []
        isReading = false
    }

    /// A field of any kind that settings can hold.
    public func bind<Value: SettingValue>(
        _ key: String, _ value: inout Value, where isValid: (Value) -> Bool = { _ in true },
        expected: String? = nil
    ) throws(SettingsError) {
        known.append(key)
        guard isReading else {
            if let node = value.settingNode { written[Node(key)] = node }
            return
        }
        guard let node = source?[key] else { return }
        guard let read = Value(settingNode: node), isValid(read) else {
            let wanted = expected ?? Value.kind
            throw fault(
                node, key, "expected \(wanted), found \(Self.describe(node))",
                "Write \(wanted) there.")
        }
        value = read
    }

    /// A number, word or Boolean whose meaning is for somebody else to check; absent when nil.
    public func bindScalar(_ key: String, _ value: inout JSONValue?) throws(SettingsError) {
        known.append(key)
        guard isReading else {
            if let node = value?.settingNode { written[Node(key)] = node }
            return
        }
        guard let node = source?[key] else { return }
        guard let read = JSONValue(settingNode: node) else {
            throw fault(
                node, key, "expected \(JSONValue.kind), found \(Self.describe(node))",
                "Write \(JSONValue.kind) there.")
        }
        value = read == .null ? nil : read
    }

    /// A number within bounds.
    public func bind<Value: SettingValue & Comparable>(
        _ key: String, _ value: inout Value, in range: ClosedRange<Value>
    ) throws(SettingsError) {
        try bind(
            key, &value, where: { range.contains($0) },
            expected: "\(Value.kind) in \(range.lowerBound)...\(range.upperBound)")
    }

    /// A nested group.
    public func section<Section: Configurable>(
        _ key: String, _ section: inout Section
    ) throws(SettingsError) {
        known.append(key)
        guard isReading, let document else {
            let inner = Binder(writing: ())
            try section.bind(inner)
            written[Node(key)] = .mapping(inner.written)
            return
        }
        guard let node = source?[key] else { return }
        section = try read(node, key, document, over: section)
    }

    /// A group that may be absent.
    public func section<Section: Configurable>(
        _ key: String, _ section: inout Section?
    ) throws(SettingsError) {
        known.append(key)
        guard isReading, let document else {
            guard var present = section else { return }
            let inner = Binder(writing: ())
            try present.bind(inner)
            written[Node(key)] = .mapping(inner.written)
            return
        }
        guard let node = source?[key] else { return }
        section = Self.isNull(node) ? nil : try read(node, key, document, over: Section())
    }

    /// A list of groups.
    public func sections<Section: Configurable>(
        _ key: String, _ sections: inout [Section]
    ) throws(SettingsError) {
        known.append(key)
        guard isReading, let document else {
            var nodes: [Node] = []
            for var section in sections {
                let inner = Binder(writing: ())
                try section.bind(inner)
                nodes.append(.mapping(inner.written))
            }
            written[Node(key)] = .sequence(Node.Sequence(nodes))
            return
        }
        guard let node = source?[key] else { return }
        guard let list = node.sequence else {
            throw fault(node, key, "expected a list", "Write `- ` before each entry.")
        }
        sections = []
        for (index, entry) in list.enumerated() {
            sections.append(try read(entry, "\(key)[\(index)]", document, over: Section()))
        }
    }

    /// Refuses a setting that is readable but cannot be meant, at the place of `key`.
    public func refuse(
        _ key: String, _ problem: String, remedy: String
    ) -> SettingsError {
        fault(source?[key] ?? place, key, problem, remedy)
    }

    private func read<Section: Configurable>(
        _ node: Node, _ key: String, _ document: SettingsDocument, over defaults: Section
    ) throws(SettingsError) -> Section {
        guard node.mapping != nil else {
            throw fault(
                node, key, "expected `key: value` lines, found \(Self.describe(node))",
                "Indent its settings below `\(key):`.")
        }
        var section = defaults
        let inner = Binder(reading: node, path: path + [key], document: document)
        try section.bind(inner)
        try inner.refuseUnknownKeys()
        return section
    }

    func refuseUnknownKeys() throws(SettingsError) {
        guard let source else { return }
        for (keyNode, _) in source {
            let key = keyNode.string ?? "?"
            guard !known.contains(key) else { continue }
            let near = known.min { Self.distance($0, key) < Self.distance($1, key) }
            let guess = near.map { Self.distance($0, key) <= 2 ? "Did you mean `\($0)`? " : "" }
            throw fault(
                keyNode, key, "unknown key",
                "\(guess ?? "")Known here: \(known.joined(separator: ", ")).")
        }
    }

    private func fault(
        _ node: Node?, _ key: String, _ problem: String, _ remedy: String
    ) -> SettingsError {
        let field = (path + [key]).joined(separator: ".")
        let isOverride = document?.overridden.contains(field) ?? false
        let mark = isOverride ? nil : node?.mark
        return SettingsError(
            file: isOverride ? "--set" : document?.file ?? "settings", line: mark?.line ?? 0,
            column: mark?.column ?? 0, field: field, problem: problem, remedy: remedy)
    }

    static func isNull(_ node: Node) -> Bool {
        node.scalar?.style == .plain && ["", "~", "null"].contains(node.scalar?.string ?? "")
    }

    private static func describe(_ node: Node) -> String {
        if let scalar = node.scalar { return isNull(node) ? "nothing" : "`\(scalar.string)`" }
        return node.sequence != nil ? "a list" : "a mapping"
    }

    /// Edits between two short words.
    private static func distance(_ a: String, _ b: String) -> Int {
        let right = Array(b.utf8)
        var row = Array(0...right.count)
        for (i, x) in a.utf8.enumerated() {
            var diagonal = row[0]
            row[0] = i + 1
            for (j, y) in right.enumerated() {
                let next = min(row[j] + 1, row[j + 1] + 1, diagonal + (x == y ? 0 : 1))
                diagonal = row[j + 1]
                row[j + 1] = next
            }
        }
        return row[right.count]
    }
}
