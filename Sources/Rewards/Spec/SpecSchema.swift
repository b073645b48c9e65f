import Foundation
public import Rollouts
import Yams

/// The form of a spec as JSON Schema (draft 7), for editors.
///
/// What each type of reward takes is learned from its own initialiser, by reading settings that are
/// filled in until it is content and then varied key by key; nothing is written down twice.
public enum SpecSchema {
    /// The schema.
    ///
    /// - Parameter rewards: the reward functions that a spec may name.
    public static func json(rewards: [any RewardFunction.Type] = RewardSpec.builtIn) -> JSONValue {
        let types = rewards.map { JSONValue.string($0.type) }
        let branches = rewards.map { type -> JSONValue in
            let found = settings(of: type)
            var properties = common
            if case .object(let own) = found.notes.properties {
                properties.merge(own) { _, own in own }
            }
            properties["type"] = ["const": .string(type.type)]
            return [
                "if": ["properties": ["type": ["const": .string(type.type)]]],
                "then": [
                    "properties": .object(properties), "additionalProperties": false,
                    "required": .array((["type"] + found.required.sorted()).map { .string($0) }),
                ],
            ]
        }
        return [
            "$schema": "http://json-schema.org/draft-07/schema#",
            "title": "Assay reward spec",
            "type": "object",
            "required": ["name", "rewards", "outcome"],
            "additionalProperties": false,
            "properties": .object(
                top.merging([
                    "rewards": [
                        "type": "array", "minItems": 1,
                        "items": [
                            "type": "object", "required": ["type"],
                            "properties": ["type": ["enum": .array(types)]],
                            "allOf": .array(branches),
                        ],
                    ]
                ]) { first, _ in first }),
        ]
    }

    /// The schema as it is published, over many lines.
    public static func text(rewards: [any RewardFunction.Type] = RewardSpec.builtIn) throws
        -> String
    {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(json(rewards: rewards)), as: UTF8.self) + "\n"
    }

    // MARK: What a type takes

    /// The settings of one type of reward, and those without which it does not begin.
    static func settings(
        of type: any RewardFunction.Type
    ) -> (notes: SchemaNotes, required: Set<String>) {
        let notes = SchemaNotes()
        var base: [String: Node] = [:]
        // Filled in until nothing is missing.
        var required: Set<String> = []
        for _ in 0..<32 {
            guard let (key, isRequired) = missing(type, base, notes), base[key] == nil else {
                break
            }
            base[key] = example(of: key, notes)
            if isRequired { required.insert(key) }
        }
        // Varied, since some keys are read only beside others.
        for _ in 0..<2 {
            for (key, schema) in notes.schemas.sorted(by: { $0.key < $1.key }) {
                let words = schema["enum"]?.array?.compactMap(\.string) ?? []
                let values = words.isEmpty ? [example(of: key, notes)] : words.map { Node($0) }
                for value in values {
                    var varied = base
                    varied[key] = value
                    for _ in 0..<32 {
                        guard let next = missing(type, varied, notes)?.key, varied[next] == nil
                        else { break }
                        varied[next] = example(of: next, notes)
                    }
                }
            }
        }
        return (notes, required)
    }

    /// The key that the type misses among the settings, and whether it must be there or another may
    /// stand for it; nil where it misses none or wants another value.
    private static func missing(
        _ type: any RewardFunction.Type, _ settings: [String: Node], _ notes: SchemaNotes
    ) -> (key: String, isRequired: Bool)? {
        let node = Node(settings.sorted { $0.key < $1.key }.map { (Node($0.key), $0.value) })
        do {
            var reader = try SpecReader(node, owner: type.type, file: "")
            reader.notes = notes
            _ = try type.init(&reader)
            return nil
        } catch .missingKey(_, let key, _) {
            return (key, true)
        } catch .badValue(_, let key, _) where settings[key] == nil {
            return (key, false)
        } catch {
            return nil
        }
    }

    /// A value of the kind that the notes ask for.
    private static func example(of key: String, _ notes: SchemaNotes) -> Node {
        if let text = texts[key] { return plain(text) }
        let schema = notes.schemas[key] ?? [:]
        if let word = schema["enum"]?.array?.first?.string { return Node(word) }
        switch schema["type"]?.string {
        case "number": return plain("1")
        case "integer":
            return plain(key == "maximum" ? "1000" : "\(notes.lowest[key] ?? 1)")
        case "boolean": return plain("true")
        case "array": return list(of: schema)
        case "object": return Node([(Node("name"), Node("{response}"))])
        default: return Node("x")
        }
    }

    private static func plain(_ text: String) -> Node {
        Node(text, .implicit, .plain)
    }

    private static func list(of schema: [String: JSONValue]) -> Node {
        let items = schema["items"]
        if let word = items?["enum"]?.array?.first?.string { return Node([Node(word)]) }
        if schema["maxItems"] != nil { return Node([plain("0"), plain("1")]) }
        if items?["type"]?.string == "object" { return Node([Node([(Node("name"), Node("x"))])]) }
        return Node([Node("x")])
    }

    /// Texts that must have a form.
    private static let texts = [
        "url": "http://localhost", "pattern": "(x)", "prompt": "{response}", "api_key": "${KEY}",
    ]

    // MARK: What all have

    private static let common: [String: JSONValue] = [
        "name": scalar,
        "weight": ["type": "number", "default": 1],
        "only_if": ["type": "string"], "unless": ["type": "string"],
        "scale": ["type": "number", "default": 1], "offset": ["type": "number", "default": 0],
        "clip": range,
    ]

    private static let range: JSONValue = [
        "type": "array", "items": ["type": "number"], "minItems": 2, "maxItems": 2,
    ]

    private static let scalar = JSONValue.object(SchemaNotes.scalar)

    private static let top: [String: JSONValue] = [
        "name": scalar, "version": scalar, "description": scalar,
        "fields": [
            "type": "object", "additionalProperties": false,
            "properties": ["prompt": scalar, "completion": scalar, "gold": scalar],
        ],
        "combine": .object(SchemaNotes.words(of: RewardSpec.Combination.self)),
        "total": scalar,
        "clip": range,
        "normalize": .object(SchemaNotes.words(of: RewardSpec.Normalization.self)),
        "allow": [
            "type": "array",
            "items": [
                "enum": .array(
                    (SpecFinding.Check.allCases.map(\.rawValue) + Attack.allCases.map(\.rawValue))
                        .map { .string($0) })
            ],
        ],
        "on_unscored": .object(SchemaNotes.words(of: RewardSpec.UnscoredPolicy.self)),
        "outcome": ["type": "string"],
        "examples": [
            "type": "array",
            "items": [
                "type": "object", "required": ["completion", "expect"],
                "additionalProperties": false,
                "properties": [
                    "name": scalar, "prompt": scalar, "completion": scalar, "gold": scalar,
                    "tokens": ["type": "integer", "minimum": 0],
                    "truncated": ["type": "boolean", "default": false],
                    "fields": ["type": "object"],
                    "expect": ["type": "object", "minProperties": 1],
                ],
            ],
        ],
    ]
}
