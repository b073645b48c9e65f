import Rollouts

/// What readers of settings were asked for, as JSON Schema.
final class SchemaNotes {
    /// By key.
    private(set) var schemas: [String: [String: JSONValue]] = [:]
    /// The least integer that a key took, which may depend on other settings and is no part of the schema.
    var lowest: [String: Int] = [:]
    /// Of lists of mappings, what each mapping holds.
    private var children: [String: SchemaNotes] = [:]

    /// A text, as people may write it without quotes.
    static let scalar: [String: JSONValue] = ["type": ["string", "number", "boolean"]]

    /// One of the words of a closed list.
    static func words<Choice: RawRepresentable<String> & CaseIterable>(
        of choice: Choice.Type
    ) -> [String: JSONValue] {
        ["enum": .array(choice.allCases.map { .string($0.rawValue) })]
    }

    /// A key with what its value must be; the first that is said of it stays, and closed lists of several
    /// readings are joined.
    func note(_ key: String, _ schema: [String: JSONValue], default fallback: JSONValue? = nil) {
        var known = schemas[key] ?? [:]
        if known["enum"] == nil, known["type"] == nil { known.merge(schema) { first, _ in first } }
        if let fallback { known["default"] = fallback }
        schemas[key] = known
    }

    /// The notes on the mappings of a list.
    func child(_ key: String) -> SchemaNotes {
        let child = children[key] ?? SchemaNotes()
        children[key] = child
        return child
    }

    /// The keys as a schema's `properties`.
    var properties: JSONValue {
        .object(
            schemas.merging(children.mapValues(\.list)) { _, list in list }
                .mapValues { .object($0) })
    }

    private var list: [String: JSONValue] {
        [
            "type": "array",
            "items": ["type": "object", "properties": properties, "additionalProperties": false],
        ]
    }
}
