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
            guard let value = ProcessInfo.processInfo.environment[name] else {
                throw Missing(name: name)
            }
            text += rest[..<open.lowerBound] + value
            rest = rest[rest.index(after: close)...]
        }
        return text + rest
    }
}
