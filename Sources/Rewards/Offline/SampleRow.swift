import Rollouts

/// Why a row, or one completion of it, cannot be scored.
enum RowFault: Error, Equatable, CustomStringConvertible {
    case tooLong(limit: Int)
    case malformed(column: Int, reason: String)
    case notAnObject
    case noCompletion(wanted: String?, keys: [String])
    case completionIsNoText

    var description: String {
        switch self {
        case .tooLong(let limit): "the line is longer than \(limit) bytes"
        case .malformed(let column, let reason): "not JSON at byte \(column): \(reason)"
        case .notAnObject: "the row is no JSON object"
        case .noCompletion(let wanted, let keys):
            "the row has no \(wanted.map { "member '\($0)'" } ?? "completion") among its members "
                + keys.sorted().prefix(12).joined(separator: ", ")
        case .completionIsNoText: "the completion is neither text nor messages"
        }
    }
}

/// One completion of a row, ready to be scored.
struct RowSample: Equatable {
    var id: String
    /// Index within the row.
    var sample: Int
    var input: ScoringInput
    /// What the row itself says of the completion.
    var label: Bool?
    var fault: RowFault?
}
