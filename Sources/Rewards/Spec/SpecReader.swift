public import Rollouts
import Yams

/// One mapping of a spec, read key by key.
///
/// It remembers every setting that was read, defaults included, so that the canonical
/// configuration does not depend on what the author left out; `finish()` refuses what nobody read.
public struct SpecReader {
    /// What the mapping is, in words, for messages.
    public let owner: String
    /// The settings read so far.
    public private(set) var canonical: [String: JSONValue] = [:]
    let file: String
    let mark: Mark?
    private let values: [String: Node]
    private let keyPlaces: [(key: String, place: SourcePlace)]
    private var read: [String] = []
    /// Learns which keys there are and what they hold, where a schema is made.
    var notes: SchemaNotes?

    /// A reader of `node`.
    ///
    /// - Throws: `wrongType` where it is no mapping or a key is no text.
    init(_ node: Node, owner: String, file: String) throws(RewardError) {
        self.owner = owner
        self.file = file
        mark = node.mark
        guard case .mapping(let mapping) = node else {
            throw .wrongType(
                Self.place(node.mark, in: file), key: owner, expected: "a mapping",
                found: Self.describe(node))
        }
        var values: [String: Node] = [:]
        var places: [(key: String, place: SourcePlace)] = []
        for (key, value) in mapping {
            guard case .scalar(let scalar) = key else {
                throw .wrongType(
                    Self.place(key.mark, in: file), key: owner, expected: "text keys",
                    found: Self.describe(key))
            }
            values[scalar.string] = value
            places.append((scalar.string, Self.place(key.mark, in: file)))
        }
        self.values = values
        keyPlaces = places
    }

    /// Where `key` stands, or the mapping itself where it does not.
    public func place(of key: String) -> SourcePlace {
        keyPlaces.first { $0.key == key }?.place ?? Self.place(mark, in: file)
    }

    /// Where the value of `key` stands.
    func valuePlace(of key: String) -> SourcePlace {
        guard let node = values[key] else { return place(of: key) }
        return Self.place(node.mark, in: file)
    }

    /// The keys in the order of the file.
    var keys: [String] { keyPlaces.map(\.key) }

    static func place(_ mark: Mark?, in file: String) -> SourcePlace {
        SourcePlace(file: file, line: mark?.line ?? 1, column: mark?.column ?? 1)
    }

    static func describe(_ node: Node) -> String {
        switch node {
        case .mapping: "a mapping"
        case .sequence: "a list"
        case .alias: "an alias"
        case .scalar(let scalar):
            node.null != nil && scalar.style == .plain ? "nothing" : "'\(scalar.string.prefix(40))'"
        }
    }

    /// The node of `key`, marked as read.
    mutating func node(_ key: String) -> Node? {
        if !read.contains(key) { read.append(key) }
        return values[key]
    }

    /// The text of `key`, or nil; a number or Boolean counts as the text that was written.
    public mutating func string(_ key: String) throws(RewardError) -> String? {
        notes?.note(key, SchemaNotes.scalar)
        guard let node = node(key) else { return nil }
        guard case .scalar(let scalar) = node, !(scalar.style == .plain && node.null != nil) else {
            throw mismatch(key, "text", node)
        }
        canonical[key] = .string(scalar.string)
        return scalar.string
    }

    /// The text of `key`, which must be there.
    public mutating func requiredString(_ key: String) throws(RewardError) -> String {
        guard let text = try string(key) else { throw missing(key) }
        return text
    }

    /// The finite number of `key`, or nil.
    public mutating func double(_ key: String) throws(RewardError) -> Double? {
        notes?.note(key, ["type": "number"])
        guard let node = node(key) else { return nil }
        // Read as people write numbers: YAML 1.1 takes 010 for 8 and 1:30 for 90.
        guard case .scalar(let scalar) = node, scalar.style == .plain,
            let value = Self.number(scalar.string)
        else { throw mismatch(key, "a number", node) }
        guard value.isFinite else {
            throw .badValue(valuePlace(of: key), key: key, problem: "must be finite")
        }
        canonical[key] = .number(value)
        return value
    }

    private static func number(_ text: String) -> Double? {
        if [".nan", ".inf", "-.inf", "+.inf"].contains(text.lowercased()) { return .nan }
        return text.contains { "xXpP".contains($0) } ? nil : Double(text)
    }

    /// The finite number of `key`, or `fallback`.
    public mutating func double(_ key: String, default fallback: Double) throws(RewardError)
        -> Double
    {
        notes?.note(key, [:], default: .number(fallback))
        if let value = try double(key) { return value }
        canonical[key] = .number(fallback)
        return fallback
    }

    /// The integer of `key` within `range`, or nil.
    public mutating func int(
        _ key: String, in range: ClosedRange<Int> = 0...1_000_000_000
    ) throws(RewardError) -> Int? {
        notes?.note(key, ["type": "integer"])
        notes?.lowest[key] = range.lowerBound
        guard let node = node(key) else { return nil }
        guard case .scalar(let scalar) = node, scalar.style == .plain,
            let value = Int(scalar.string)
        else { throw mismatch(key, "an integer", node) }
        guard range.contains(value) else {
            throw .badValue(
                valuePlace(of: key), key: key,
                problem: "is \(value), outside of \(range.lowerBound)…\(range.upperBound)")
        }
        canonical[key] = .integer(Int64(value))
        return value
    }

    /// The integer of `key` within `range`, or `fallback`.
    public mutating func int(
        _ key: String, in range: ClosedRange<Int> = 0...1_000_000_000, default fallback: Int
    ) throws(RewardError) -> Int {
        notes?.note(key, [:], default: .integer(Int64(fallback)))
        if let value = try int(key, in: range) { return value }
        canonical[key] = .integer(Int64(fallback))
        return fallback
    }

    /// The integer of `key`, which must be there.
    public mutating func requiredInt(
        _ key: String, in range: ClosedRange<Int> = 0...1_000_000_000
    ) throws(RewardError) -> Int {
        guard let value = try int(key, in: range) else { throw missing(key) }
        return value
    }

    /// `true` or `false`, or `fallback`.
    public mutating func bool(_ key: String, default fallback: Bool) throws(RewardError) -> Bool {
        notes?.note(key, ["type": "boolean"], default: .bool(fallback))
        guard let node = node(key) else {
            canonical[key] = .bool(fallback)
            return fallback
        }
        guard case .scalar(let scalar) = node, scalar.style == .plain, let value = node.bool else {
            throw mismatch(key, "true or false", node)
        }
        canonical[key] = .bool(value)
        return value
    }

    /// The bounds `[low, high]` of `key`, or nil.
    public mutating func range(_ key: String) throws(RewardError) -> ClosedRange<Double>? {
        notes?.note(
            key,
            [
                "type": "array", "items": ["type": "number"], "minItems": 2, "maxItems": 2,
            ])
        guard let node = node(key) else { return nil }
        guard case .sequence(let sequence) = node, sequence.count == 2,
            let low = sequence[0].float, let high = sequence[1].float
        else { throw mismatch(key, "two numbers, [low, high]", node) }
        guard low.isFinite, high.isFinite, low < high else {
            throw .badValue(
                valuePlace(of: key), key: key, problem: "must be finite and ascending")
        }
        canonical[key] = .array([.number(low), .number(high)])
        return low...high
    }

    /// One of the words of `choices`, or `fallback`; without a fallback the key must be there.
    public mutating func choice<Choice: RawRepresentable<String> & CaseIterable>(
        _ key: String, default fallback: Choice? = nil
    ) throws(RewardError) -> Choice {
        notes?.note(
            key, SchemaNotes.words(of: Choice.self),
            default: fallback.map { .string($0.rawValue) })
        guard let text = try string(key) else {
            guard let fallback else { throw missing(key) }
            canonical[key] = .string(fallback.rawValue)
            return fallback
        }
        guard let choice = Choice(rawValue: text) else {
            let words = Choice.allCases.map(\.rawValue)
            throw .wrongType(
                valuePlace(of: key), key: key, expected: "one of \(words.joined(separator: ", "))",
                found: "'\(text.prefix(40))'")
        }
        return choice
    }

    /// One of the words of `choices`, or nil where the key is absent.
    public mutating func optionalChoice<Choice: RawRepresentable<String> & CaseIterable>(
        _ key: String
    ) throws(RewardError) -> Choice? {
        notes?.note(key, SchemaNotes.words(of: Choice.self))
        guard node(key) != nil else { return nil }
        let choice: Choice = try choice(key)
        return choice
    }

    /// Several of the words of `Choice`, or `fallback`.
    public mutating func choices<Choice: RawRepresentable<String> & CaseIterable>(
        _ key: String, default fallback: [Choice]
    ) throws(RewardError) -> [Choice] {
        notes?.note(
            key, ["type": "array", "items": .object(SchemaNotes.words(of: Choice.self))],
            default: fallback.isEmpty ? nil : .array(fallback.map { .string($0.rawValue) }))
        var chosen = fallback
        let nodes = try sequence(key)
        if values[key] != nil { chosen = [] }
        for node in nodes {
            guard let text = node.string, let choice = Choice(rawValue: text) else {
                let words = Choice.allCases.map(\.rawValue).joined(separator: ", ")
                throw mismatch(key, "a list of words out of \(words)", node)
            }
            chosen.append(choice)
        }
        canonical[key] = .array(chosen.map { .string($0.rawValue) })
        return chosen
    }

    /// The texts of the list of `key`, or nil; numbers and Booleans count as they were written.
    public mutating func strings(_ key: String) throws(RewardError) -> [String]? {
        notes?.note(key, ["type": "array", "items": .object(SchemaNotes.scalar)])
        guard node(key) != nil else { return nil }
        var texts: [String] = []
        for node in try sequence(key) {
            guard case .scalar(let scalar) = node else {
                throw mismatch(key, "a list of texts", node)
            }
            texts.append(scalar.string)
        }
        canonical[key] = .array(texts.map { .string($0) })
        return texts
    }

    /// The texts of the mapping of `key` with their names, empty where it is absent.
    public mutating func texts(_ key: String) throws(RewardError) -> [String: String] {
        notes?.note(
            key, ["type": "object", "additionalProperties": .object(SchemaNotes.scalar)])
        guard let node = node(key) else { return [:] }
        guard case .mapping(let mapping) = node else { throw mismatch(key, "a mapping", node) }
        var texts: [String: String] = [:]
        for (name, value) in mapping {
            guard case .scalar(let name) = name, case .scalar(let text) = value else {
                throw mismatch(key, "a mapping of texts", value)
            }
            texts[name.string] = text.string
        }
        canonical[key] = .object(texts.mapValues { .string($0) })
        return texts
    }

    /// The mapping of `key` as JSON, empty where it is absent: plain words are numbers, Booleans and
    /// null where they look like them.
    public mutating func members(_ key: String) throws(RewardError) -> [String: JSONValue] {
        notes?.note(key, ["type": "object"])
        guard let node = node(key) else { return [:] }
        guard case .object(let members) = Self.json(node) else {
            throw mismatch(key, "a mapping", node)
        }
        canonical[key] = .object(members)
        return members
    }

    private static func json(_ node: Node) -> JSONValue {
        switch node {
        case .mapping(let mapping):
            var members: [String: JSONValue] = [:]
            for (key, value) in mapping { members[key.string ?? ""] = json(value) }
            return .object(members)
        case .sequence(let sequence): return .array(sequence.map { json($0) })
        case .scalar(let scalar) where scalar.style == .plain:
            if node.null != nil { return .null }
            if let value = node.bool { return .bool(value) }
            if let value = node.int { return .integer(Int64(value)) }
            if let value = node.float, value.isFinite { return .number(value) }
            return .string(scalar.string)
        case .scalar(let scalar): return .string(scalar.string)
        case .alias: return .null
        }
    }

    /// The list of `key`, empty where it is absent.
    mutating func sequence(_ key: String) throws(RewardError) -> [Node] {
        guard let node = node(key) else { return [] }
        guard case .sequence(let sequence) = node else { throw mismatch(key, "a list", node) }
        return Array(sequence)
    }

    /// Makes a value part of the canonical configuration.
    mutating func record(_ key: String, _ value: JSONValue) { canonical[key] = value }

    /// Refuses every key that was not read.
    public func finish() throws(RewardError) {
        for (key, place) in keyPlaces where !read.contains(key) {
            throw .unknownKey(place, key: key, allowed: read.sorted())
        }
    }

    func missing(_ key: String) -> RewardError {
        .missingKey(Self.place(mark, in: file), key: key, of: owner)
    }

    func mismatch(_ key: String, _ expected: String, _ node: Node) -> RewardError {
        .wrongType(
            Self.place(node.mark, in: file), key: key, expected: expected,
            found: Self.describe(node))
    }
}
