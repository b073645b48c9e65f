import Foundation
import Yams

/// A settings file as a tree whose nodes know their place.
public struct SettingsDocument {
    let root: Node
    let file: String
    /// Dotted paths that an override set: faults there are laid to the command line.
    let overridden: Set<String>

    /// Reads a file.
    ///
    /// - Throws: `SettingsError` where it is missing, no UTF-8, no YAML, or no mapping.
    public init(path: String, overrides: [String] = []) throws(SettingsError) {
        guard let bytes = FileManager.default.contents(atPath: path) else {
            throw SettingsError(
                file: path, problem: "the file cannot be read",
                remedy: "Check the path and its permissions.")
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw SettingsError(
                file: path, problem: "the file is not UTF-8", remedy: "Save it as UTF-8 text.")
        }
        try self.init(yaml: text, file: path, overrides: overrides)
    }

    /// Reads text; `file` names it in errors.
    ///
    /// An override is `a.b.c=value`, its value in YAML.
    public init(yaml: String, file: String, overrides: [String] = []) throws(SettingsError) {
        var tree = try Self.compose(yaml, file: file)
        var paths: Set<String> = []
        for override in overrides {
            guard let cut = override.firstIndex(of: "="), cut != override.startIndex else {
                throw SettingsError(
                    file: "--set", problem: "`\(override)` is no override",
                    remedy: "Write --set a.b=value.")
            }
            let keys = override[..<cut].split(separator: ".", omittingEmptySubsequences: false)
                .map(String.init)
            let value = try Self.composeValue(String(override[override.index(after: cut)...]))
            tree = Self.set(value, at: keys[...], in: tree)
            paths.insert(keys.joined(separator: "."))
        }
        root = tree
        self.file = file
        overridden = paths
    }

    private static func compose(_ yaml: String, file: String) throws(SettingsError) -> Node {
        let node: Node?
        do {
            node = try Yams.compose(yaml: yaml)
        } catch let error as YamlError {
            throw fault(error, file: file)
        } catch {
            throw SettingsError(file: file, problem: "\(error)", remedy: "Mend the YAML.")
        }
        guard let node, node.mapping != nil else {
            throw SettingsError(
                file: file, line: 1, column: 1, problem: "expected `key: value` lines",
                remedy: "Start the file with a key such as `name:`.")
        }
        return node
    }

    private static func composeValue(_ text: String) throws(SettingsError) -> Node {
        do {
            return try Yams.compose(yaml: text) ?? Node("")
        } catch {
            throw SettingsError(
                file: "--set", problem: "`\(text)` is no YAML value",
                remedy: "Quote the value, or write a number, a word or [a, b].")
        }
    }

    private static func fault(_ error: YamlError, file: String) -> SettingsError {
        switch error {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            SettingsError(
                file: file, line: mark.line, column: mark.column, problem: problem,
                remedy: "Mend the YAML there: check indentation, quotes and brackets.")
        case .duplicatedKeysInMapping(let duplicates, _):
            SettingsError(
                file: file, problem: "keys stand twice: \(duplicates.map { "\($0)" }.sorted())",
                remedy: "Keep one of them.")
        default:
            SettingsError(file: file, problem: "\(error)", remedy: "Mend the YAML.")
        }
    }

    private static func set(_ value: Node, at keys: ArraySlice<String>, in node: Node) -> Node {
        guard let key = keys.first else { return value }
        var mapping = node.mapping ?? Node.Mapping([])
        let child = mapping[Node(key)] ?? Node([] as [(Node, Node)], Tag(.map))
        mapping[Node(key)] = set(value, at: keys.dropFirst(), in: child)
        return .mapping(mapping)
    }
}
