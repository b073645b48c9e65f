import Yams

extension SettingsDocument {
    /// Every value by its dotted path, lists of plain values as one: what two documents are compared by.
    public var fields: [String: String] {
        var fields: [String: String] = [:]
        Self.collect(root, at: "", into: &fields)
        return fields
    }

    private static func collect(_ node: Node, at path: String, into fields: inout [String: String])
    {
        if let mapping = node.mapping {
            for (key, value) in mapping {
                collect(
                    value, at: (path.isEmpty ? "" : path + ".") + (key.string ?? "?"), into: &fields
                )
            }
        } else if let list = node.sequence, list.contains(where: { $0.scalar == nil }) {
            for (index, entry) in list.enumerated() {
                collect(entry, at: "\(path)[\(index)]", into: &fields)
            }
        } else if let list = node.sequence {
            fields[path] = "[" + list.map { $0.string ?? "?" }.joined(separator: ", ") + "]"
        } else {
            fields[path] = node.string ?? "?"
        }
    }
}
