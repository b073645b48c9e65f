public import Rollouts

/// A position in a text file; line and column start at 1.
public struct SourcePlace: Sendable, Equatable, CustomStringConvertible {
    /// The file as it was named.
    public var file: String
    /// Starts at 1.
    public var line: Int
    /// Starts at 1, in Unicode scalars.
    public var column: Int

    /// A place from its parts.
    public init(file: String, line: Int, column: Int) {
        self.file = file
        self.line = line
        self.column = column
    }

    /// `file:line:column`, as editors understand it.
    public var description: String { "\(file):\(line):\(column)" }
}

/// Why a reward spec or a file of rows cannot be used.
public enum RewardError: UserError, Equatable {
    /// A file that could not be read.
    case unreadable(path: String, reason: String)
    /// A file that could not be written.
    case unwritable(path: String, reason: String)
    /// The text is not YAML.
    case malformed(SourcePlace, reason: String)
    /// A key that means nothing here.
    case unknownKey(SourcePlace, key: String, allowed: [String])
    /// A key that must be there.
    case missingKey(SourcePlace, key: String, of: String)
    /// A value of another type than the key wants.
    case wrongType(SourcePlace, key: String, expected: String, found: String)
    /// A value of the right type that cannot be used.
    case badValue(SourcePlace, key: String, problem: String)
    /// Two rewards of one name.
    case duplicateName(SourcePlace, name: String)
    /// A `type` that no reward function has.
    case unknownType(SourcePlace, type: String, known: [String])
    /// A key that names a reward which the spec does not define.
    case unknownReward(SourcePlace, key: String, name: String, known: [String])
    /// A regular expression that does not compile; `offset` counts its UTF-8 bytes.
    case badPattern(SourcePlace, key: String, offset: Int, reason: String)
    /// A partial output that cannot be gone on with.
    case notResumable(path: String, reason: String)
    /// A spec that is well-formed and would teach the wrong thing.
    case unsound(SourcePlace, check: String, problem: String, remedy: String)
    /// A spec that tests nothing.
    case noExamples(file: String)
    /// A spec without an example of a right answer.
    case nothingToAttack(file: String)

    /// Where and what.
    public var description: String {
        switch self {
        case .unreadable(let path, let reason): "cannot read \(path): \(reason)"
        case .unwritable(let path, let reason): "cannot write \(path): \(reason)"
        case .malformed(let place, let reason): "\(place): not a spec: \(reason)"
        case .unknownKey(let place, let key, _): "\(place): unknown key '\(key)'"
        case .missingKey(let place, let key, let owner): "\(place): \(owner) needs '\(key)'"
        case .wrongType(let place, let key, let expected, let found):
            "\(place): '\(key)' must be \(expected), found \(found)"
        case .badValue(let place, let key, let problem): "\(place): '\(key)' \(problem)"
        case .duplicateName(let place, let name): "\(place): two rewards are named '\(name)'"
        case .unknownType(let place, let type, _): "\(place): no reward type is named '\(type)'"
        case .unknownReward(let place, let key, let name, _):
            "\(place): '\(key)' names '\(name)', which no reward of this spec is called"
        case .badPattern(let place, let key, let offset, let reason):
            "\(place): '\(key)' is not a regular expression: \(reason) at byte \(offset)"
        case .notResumable(let path, let reason): "cannot go on with \(path): \(reason)"
        case .unsound(let place, let check, let problem, _): "\(place): \(problem) [\(check)]"
        case .nothingToAttack(let file):
            "\(file): no example of a right answer, so there is nothing to attack"
        case .noExamples(let file): "\(file): the spec has no examples, so nothing tests it"
        }
    }

    /// What would mend it.
    public var remedy: String {
        switch self {
        case .unreadable: "Check the path and its permissions."
        case .unwritable: "Check that the folder exists, is writable and has room."
        case .malformed: "Mend the YAML there; quote text that holds ': ' or ' #'."
        case .unknownKey(_, let key, let allowed):
            if let near = nearest(to: key, among: allowed) {
                "Did you mean '\(near)'? Allowed: \(list(allowed))."
            } else {
                "Remove it. Allowed: \(list(allowed))."
            }
        case .missingKey(_, let key, _): "Add '\(key):'; docs/rewards.md describes every key."
        case .wrongType(_, let key, let expected, _): "Write \(expected) after '\(key):'."
        case .badValue(_, let key, _): "Change the value of '\(key)'."
        case .duplicateName: "Rename one of them; records and logs tell rewards apart by name."
        case .unknownType(_, let type, let known):
            if let near = nearest(to: type, among: known) {
                "Did you mean '\(near)'? Known: \(list(known))."
            } else {
                "Known: \(list(known))."
            }
        case .unknownReward(_, _, _, let known): "Name one of: \(list(known))."
        case .badPattern:
            "Mend the pattern there; single quotes keep YAML from reading backslashes."
        case .notResumable:
            "Give the same spec, inputs and options, or start again without --resume."
        case .unsound(_, let check, _, let remedy):
            "\(remedy) If it is meant so, say `allow: [\(check)]`."
        case .nothingToAttack: "Add an example that the spec pays, with its gold answer."
        case .noExamples: "Add 'examples:' with at least one completion to pay and one to refuse."
        }
    }

    /// Unwritable output is failed work; everything else is input.
    public var fault: Fault {
        switch self {
        case .unwritable: .work
        case .unreadable, .malformed, .unknownKey, .missingKey, .wrongType, .badValue,
            .duplicateName, .unknownType, .unknownReward, .badPattern, .unsound, .notResumable,
            .noExamples, .nothingToAttack:
            .input
        }
    }
}

private func list(_ words: [String]) -> String { words.joined(separator: ", ") }

/// The word of `words` within two edits of `text`, or nil.
func nearest(to text: String, among words: [String]) -> String? {
    let scored = words.map { (word: $0, distance: editDistance(text, $0)) }
    guard let best = scored.min(by: { $0.distance < $1.distance }), best.distance <= 2 else {
        return nil
    }
    return best.word
}

/// Levenshtein distance; texts beyond 64 characters count as far apart.
private func editDistance(_ left: String, _ right: String) -> Int {
    let (a, b) = (Array(left), Array(right))
    guard !a.isEmpty, !b.isEmpty, a.count <= 64, b.count <= 64 else { return max(a.count, b.count) }
    var row = Array(0...b.count)
    for i in 1...a.count {
        var diagonal = row[0]
        row[0] = i
        for j in 1...b.count {
            let substitution = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1)
            diagonal = row[j]
            row[j] = min(substitution, row[j] + 1, row[j - 1] + 1)
        }
    }
    return row[b.count]
}
