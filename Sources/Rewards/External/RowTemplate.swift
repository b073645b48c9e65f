import Foundation
import Rollouts

/// A text with places for members of a row.
///
/// They are `{completion}`, `{response}` (the completion without its reasoning), `{code}`, `{prompt}`,
/// `{gold}`, `{token}` and `{fields.NAME}`; any other brace stands for itself.
struct RowTemplate: Sendable, Equatable {
    /// What may stand in the braces.
    enum Place: Sendable, Equatable {
        case completion
        /// The completion without its reasoning.
        case response
        /// Its last fenced block.
        case code
        case prompt
        case gold
        /// A random text of each run.
        case token
        case field(String)

        /// As it is written.
        var name: String {
            switch self {
            case .completion: "completion"
            case .response: "response"
            case .code: "code"
            case .prompt: "prompt"
            case .gold: "gold"
            case .token: "token"
            case .field(let name): "fields.\(name)"
            }
        }
    }

    private enum Piece: Sendable, Equatable {
        case text(String)
        case place(Place)
    }

    private var pieces: [Piece] = []

    init(_ source: String) {
        var text = ""
        var rest = source[...]
        while let open = rest.firstIndex(of: "{") {
            text += rest[..<open]
            let inner = rest[open...].dropFirst()
            if let close = inner.firstIndex(of: "}"), let place = Self.place(inner[..<close]) {
                if !text.isEmpty { pieces.append(.text(text)) }
                text = ""
                pieces.append(.place(place))
                rest = inner[inner.index(after: close)...]
            } else {
                text += "{"
                rest = inner
            }
        }
        text += rest
        if !text.isEmpty { pieces.append(.text(text)) }
    }

    private static func place(_ name: Substring) -> Place? {
        switch name {
        case "completion": return .completion
        case "response": return .response
        case "code": return .code
        case "prompt": return .prompt
        case "gold": return .gold
        case "token": return .token
        default:
            guard name.hasPrefix("fields."), name.count > 7 else { return nil }
            return .field(String(name.dropFirst(7)))
        }
    }

    /// What the text waits for.
    var places: [Place] {
        pieces.compactMap { if case .place(let place) = $0 { place } else { nil } }
    }

    /// The text with its places filled; nil where `value` knows nothing for one.
    func filled(_ value: (Place) -> String?) -> String? {
        var text = ""
        for piece in pieces {
            switch piece {
            case .text(let part): text += part
            case .place(let place):
                guard let part = value(place) else { return nil }
                text += part
            }
        }
        return text
    }
}

extension ScoringInput {
    /// What the row itself says for a place of a template; nil where it says nothing.
    func text(for place: RowTemplate.Place) -> String? {
        switch place {
        case .completion: completion
        case .response:
            completion.behindReasoning.trimmingCharacters(in: .whitespacesAndNewlines)
        case .prompt: prompt
        case .gold: gold
        case .field(let name):
            (fields[name] ?? JSONValue.object(fields)[path: name]).flatMap {
                $0 == .null ? nil : $0.scalarText ?? $0.serialized()
            }
        case .code, .token: nil
        }
    }
}
