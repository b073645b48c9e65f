import Foundation
import Rollouts
import Yams

extension RewardSpec {
    /// Largest spec that is read, in bytes.
    static let maximumBytes = 1 << 20

    /// Reads a spec file.
    ///
    /// - Throws: `unreadable`, and whatever is wrong with the text, with file, line and column.
    public static func load(
        path: String, rewards: [any RewardFunction.Type] = builtIn
    ) throws(RewardError) -> RewardSpec {
        let bytes: Data
        do {
            bytes = try Data(contentsOf: URL(filePath: path))
        } catch {
            var isFolder: ObjCBool = false
            let exists = FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
            throw .unreadable(
                path: path,
                reason: isFolder.boolValue
                    ? "it is a folder"
                    : exists ? error.localizedDescription : "there is no such file")
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw .unreadable(path: path, reason: "it is not UTF-8")
        }
        // A byte order mark, as some editors leave it.
        let plain =
            text.unicodeScalars.first == "\u{FEFF}" ? String(text.unicodeScalars.dropFirst()) : text
        return try parse(yaml: plain, file: path, rewards: rewards)
    }

    /// Reads a spec from its text.
    ///
    /// - Parameters:
    ///   - file: the name that messages use.
    ///   - rewards: the reward functions that it may name.
    public static func parse(
        yaml: String, file: String, rewards: [any RewardFunction.Type] = builtIn
    ) throws(RewardError) -> RewardSpec {
        guard yaml.utf8.count <= maximumBytes else {
            throw .unreadable(path: file, reason: "a spec has at most \(maximumBytes) bytes")
        }
        var reader = try SpecReader(try document(yaml, file: file), owner: "the spec", file: file)
        let name = try reader.requiredString("name")
        guard name.contains(where: { !$0.isWhitespace }) else {
            throw .badValue(
                reader.valuePlace(of: "name"), key: "name", problem: "must not be empty")
        }
        let version = try reader.string("version") ?? "1"
        reader.record("version", .string(version))
        let summary = try reader.string("description") ?? ""
        let fields = try Self.fields(&reader)
        let combination: Combination = try reader.choice("combine", default: .weightedSum)
        let total = combination == .formula ? try reader.formula("total") : nil
        if total == nil, reader.keys.contains("total") {
            throw .badValue(
                reader.place(of: "total"), key: "total",
                problem: "is only read with 'combine: formula'")
        }
        let clip = try reader.range("clip")
        let normalization = try Self.normalization(&reader)
        let allowed = try Self.allowed(&reader)
        let policy: UnscoredPolicy = try reader.choice("on_unscored", default: .mask)
        var settings: [JSONValue] = []
        let components = try Self.components(&reader, rewards: rewards, settings: &settings)
        let outcome = try reader.requiredString("outcome")
        let known = components.map(\.name)
        guard known.contains(outcome) else {
            throw .unknownReward(
                reader.valuePlace(of: "outcome"), key: "outcome", name: outcome, known: known)
        }
        for name in total?.names ?? [] where !known.contains(name) {
            throw .unknownReward(
                reader.valuePlace(of: "total"), key: "total", name: name, known: known)
        }
        let examples = try Self.examples(&reader, components: known)
        try reader.finish()

        var canonical = reader.canonical
        canonical["name"] = nil
        canonical["description"] = nil
        canonical["allow"] = nil
        canonical["rewards"] = .array(settings)
        canonical["fields"] = .object([
            "prompt": fields.prompt.map { .string($0) } ?? .null,
            "completion": fields.completion.map { .string($0) } ?? .null,
            "gold": fields.gold.map { .string($0) } ?? .null,
        ])
        var spec = RewardSpec(
            name: name, version: version, components: components, outcome: outcome,
            combination: combination, total: total, clip: clip, normalization: normalization,
            onUnscored: policy, fields: fields,
            configHash: SHA256.hex(of: JSONValue.object(canonical).serialized()))
        spec.file = file
        spec.summary = summary
        spec.allowed = allowed
        spec.examples = examples
        if let refusal = spec.findings.first(where: { $0.isRefused }) {
            throw .unsound(
                SourcePlace(file: file, line: reader.place(of: "rewards").line, column: 1),
                check: refusal.check.rawValue, problem: refusal.problem, remedy: refusal.remedy)
        }
        return spec
    }

    private static func normalization(
        _ reader: inout SpecReader
    ) throws(RewardError) -> Normalization {
        let normalization: Normalization = try reader.choice("normalize", default: .some(.none))
        return normalization
    }

    private static func allowed(_ reader: inout SpecReader) throws(RewardError) -> [String] {
        guard let names = try reader.strings("allow") else { return [] }
        let known = SpecFinding.Check.allCases.map(\.rawValue) + Attack.allCases.map(\.rawValue)
        if let name = names.first(where: { !known.contains($0) }) {
            throw .badValue(
                reader.valuePlace(of: "allow"), key: "allow",
                problem: "names '\(name)', which is no check and no attack; known: "
                    + known.joined(separator: ", "))
        }
        return names
    }

    private static func document(_ yaml: String, file: String) throws(RewardError) -> Node {
        try refuseAliasBombs(yaml, file: file)
        do {
            guard let node = try Yams.compose(yaml: yaml) else {
                throw RewardError.malformed(
                    SourcePlace(file: file, line: 1, column: 1), reason: "the file is empty")
            }
            return node
        } catch let error as RewardError {
            throw error
        } catch let error as YamlError {
            throw malformed(error, file: file)
        } catch {
            throw .malformed(SourcePlace(file: file, line: 1, column: 1), reason: "\(error)")
        }
    }

    /// Aliases of aliases grow exponentially when they are read, so both are counted first.
    private static func refuseAliasBombs(_ yaml: String, file: String) throws(RewardError) {
        var (anchors, aliases, line) = (0, 0, 1)
        var atStart = true
        var mark: UInt8?
        for byte in yaml.utf8 {
            if let sign = mark, byte > 0x20 {
                if sign == UInt8(ascii: "&") { anchors += 1 } else { aliases += 1 }
            }
            mark = nil
            if atStart, byte == UInt8(ascii: "&") || byte == UInt8(ascii: "*") { mark = byte }
            atStart =
                byte <= 0x20 || byte == UInt8(ascii: "[") || byte == UInt8(ascii: "{")
                || byte == UInt8(ascii: ",")
            if byte == 0x0A { line += 1 }
            if anchors > 4 || (anchors > 0 && aliases > 64) {
                throw .malformed(
                    SourcePlace(file: file, line: line, column: 1),
                    reason: "a spec has at most 4 anchors and 64 aliases")
            }
        }
    }

    private static func malformed(_ error: YamlError, file: String) -> RewardError {
        switch error {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            .malformed(SpecReader.place(mark, in: file), reason: problem)
        case .duplicatedKeysInMapping(let duplicates, let context):
            .malformed(
                SpecReader.place(context.mark, in: file),
                reason: "the key '\(duplicates.joined(separator: "', '"))' stands there twice")
        default:
            .malformed(SourcePlace(file: file, line: 1, column: 1), reason: "\(error)")
        }
    }

    private static func fields(_ reader: inout SpecReader) throws(RewardError) -> Fields {
        guard let node = reader.node("fields") else { return Fields() }
        var names = try SpecReader(node, owner: "fields", file: reader.file)
        let fields = Fields(
            prompt: try names.string("prompt"), completion: try names.string("completion"),
            gold: try names.string("gold"))
        try names.finish()
        return fields
    }

    private static func components(
        _ reader: inout SpecReader, rewards: [any RewardFunction.Type],
        settings: inout [JSONValue]
    ) throws(RewardError) -> [Component] {
        let nodes = try reader.sequence("rewards")
        guard !nodes.isEmpty else { throw reader.missing("rewards") }
        var components: [Component] = []
        var readers: [SpecReader] = []
        for node in nodes {
            var part = try SpecReader(node, owner: "this reward", file: reader.file)
            let typeName = try part.requiredString("type")
            guard let type = rewards.first(where: { $0.type == typeName }) else {
                throw .unknownType(
                    part.valuePlace(of: "type"), type: typeName, known: rewards.map { $0.type })
            }
            let name = try part.string("name") ?? typeName
            guard !reservedNames.contains(name), !name.isEmpty else {
                throw .badValue(
                    part.valuePlace(of: "name"), key: "name",
                    problem: "'\(name)' has a meaning of its own in examples and records")
            }
            guard !components.contains(where: { $0.name == name }) else {
                throw .duplicateName(part.valuePlace(of: "name"), name: name)
            }
            let weight = try part.double("weight", default: 1)
            let gate = try part.string("only_if")
            let unless = try part.string("unless")
            let transform = Transform(
                scale: try part.double("scale", default: 1),
                offset: try part.double("offset", default: 0),
                clip: try part.range("clip"))
            let function = try type.init(&part)
            try part.finish()
            var canonical = part.canonical
            canonical["name"] = .string(name)
            settings.append(.object(canonical))
            components.append(
                Component(
                    name: name, weight: weight, onlyIf: gate, unless: unless, transform: transform,
                    function: function))
            readers.append(part)
        }
        _ = try order(of: components) { index, key in readers[index].valuePlace(of: key) }
        return components
    }
}
