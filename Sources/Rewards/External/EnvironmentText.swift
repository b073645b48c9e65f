import Foundation

/// A text that may name variables of the environment, `${NAME}`, for what must not stand in a file.
struct EnvironmentText: Sendable, Equatable {
    /// A variable that is not set.
    struct Missing: Error, CustomStringConvertible {
        var name: String
        var description: String { "the environment variable \(name) is not set" }
    }

    /// As it was written, without the values.
    let source: String

    init(_ source: String) { self.source = source }

    /// The text with the variables' values.
    func resolved() throws(Missing) -> String {
        var text = ""
        var rest = source[...]
        while let open = rest.range(of: "${") {
            guard let close = rest[open.upperBound...].firstIndex(of: "}") else { break }
            let name = String(rest[open.upperBound..<close])
            guard let value = Self.value(of: name) else { throw Missing(name: name) }
            text += rest[..<open.lowerBound] + value
            rest = rest[rest.index(after: close)...]
        }
        return text + rest
    }

    /// The variable's value without white space around it; nil where it is not set, or holds control
    /// characters that a header must not have.
    private static func value(of name: String) -> String? {
        let value = ProcessInfo.processInfo.environment[name]?
            .trimmingCharacters(in: .whitespacesAndNewlines)
        return value.flatMap { $0.utf8.contains { $0 < 0x20 || $0 == 0x7F } ? nil : $0 }
    }

    /// `text` with the values of the variables that this one names put back to their names, as servers
    /// like to quote what they were sent.
    func redacting(_ text: String) -> String {
        var text = text
        var rest = source[...]
        while let open = rest.range(of: "${"),
            let close = rest[open.upperBound...].firstIndex(of: "}")
        {
            let name = String(rest[open.upperBound..<close])
            if let value = Self.value(of: name), value.utf8.count >= 4 {
                text = text.replacingOccurrences(of: value, with: "${\(name)}")
            }
            rest = rest[rest.index(after: close)...]
        }
        return text
    }
}
