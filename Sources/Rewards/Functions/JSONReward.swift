import Foundation
import MathAnswers
import Rollouts

/// Whether the answer is a JSON object with the members that are asked for.
///
/// The text is the answer tag's, the last fenced block's, or the whole completion's. Each rule of
/// `members` is one check: the member is there (or optional), has the type, is one of `enum`, and lies within
/// `minimum`…`maximum`. The value is 1 where all hold, else 0, or the share that holds.
public struct JSONReward: RewardFunction {
    enum Kind: String, CaseIterable { case string, number, integer, boolean, array, object, null }
    enum Pay: String, CaseIterable { case all, share }

    private struct Rule: Sendable {
        var path: String
        var kind: Kind?
        var isOptional: Bool
        var words: [String]?
        var minimum: Double?
        var maximum: Double?
    }

    /// `json`.
    public static let type = "json"
    private let rules: [Rule]
    private let pay: Pay
    private let forbidsOthers: Bool

    /// Reads `members`, `pay` and `additional`: whether other members may stand there.
    public init(_ settings: inout SpecReader) throws(RewardError) {
        rules = try Self.rules(&settings)
        pay = try settings.choice("pay", default: .all)
        forbidsOthers = !(try settings.bool("additional", default: true))
    }

    private static func rules(_ settings: inout SpecReader) throws(RewardError) -> [Rule] {
        var readers = try settings.mappings("members")
        var rules: [Rule] = []
        for index in readers.indices {
            let rule = Rule(
                path: try readers[index].requiredString("name"),
                kind: try readers[index].optionalChoice("type"),
                isOptional: try readers[index].bool("optional", default: false),
                words: try readers[index].strings("enum"),
                minimum: try readers[index].double("minimum"),
                maximum: try readers[index].double("maximum"))
            try readers[index].finish()
            rules.append(rule)
        }
        settings.record("members", .array(readers.map { .object($0.canonical) }))
        return rules
    }

    /// Reads the object and checks its members.
    public func score(_ input: ScoringInput) -> RewardResult {
        let text = Self.document(in: input.completion)
        let object: JSONValue
        do {
            object = try JSONReader.parse(Array(text.utf8))
        } catch {
            return RewardResult(
                value: 0, status: .answerUnparseable,
                reason: "not JSON at byte \(error.offset + 1): \(error.reason)",
                extracted: String(text.prefix(200)))
        }
        guard case .object(let members) = object else {
            return RewardResult(value: 0, status: .answerUnparseable, reason: "no JSON object")
        }
        var faults = rules.compactMap { Self.fault(of: $0, in: object) }
        let named = Set(rules.map { $0.path.split(separator: ".").first.map(String.init) ?? "" })
        if forbidsOthers, let other = members.keys.sorted().first(where: { !named.contains($0) }) {
            faults.append("'\(other)' is not asked for")
        }
        let checks = rules.count + (forbidsOthers ? 1 : 0)
        let share = checks == 0 ? 1 : Double(checks - faults.count) / Double(checks)
        return RewardResult(
            value: pay == .share ? share : faults.isEmpty ? 1 : 0,
            reason: faults.first ?? "all members hold", extracted: String(text.prefix(200)))
    }

    private static func fault(of rule: Rule, in object: JSONValue) -> String? {
        guard let value = object[path: rule.path] ?? (object[rule.path] == .null ? .null : nil)
        else {
            return rule.isOptional ? nil : "'\(rule.path)' is missing"
        }
        if let kind = rule.kind, !isOf(kind, value) {
            return "'\(rule.path)' is no \(kind.rawValue)"
        }
        if let words = rule.words, !words.contains(value.scalarText ?? "") {
            return "'\(rule.path)' is none of \(words.joined(separator: ", "))"
        }
        if let number = value.double {
            if let minimum = rule.minimum, number < minimum { return "'\(rule.path)' is too small" }
            if let maximum = rule.maximum, number > maximum { return "'\(rule.path)' is too large" }
        } else if rule.minimum != nil || rule.maximum != nil {
            return "'\(rule.path)' is no number"
        }
        return nil
    }

    private static func isOf(_ kind: Kind, _ value: JSONValue) -> Bool {
        switch (kind, value) {
        case (.string, .string), (.boolean, .bool), (.array, .array), (.object, .object),
            (.null, .null), (.number, .number), (.number, .integer), (.integer, .integer),
            (.number, .numeral):
            true
        case (.integer, .number), (.integer, .numeral):
            value.double.map { $0 == $0.rounded() } ?? false
        default: false
        }
    }

    /// The text that should be JSON.
    private static func document(in completion: String) -> String {
        let options = MathOptions(extraction: [.answerTag])
        if let found = MathVerifier(options: options).extraction(from: completion) {
            return unfenced(found.text[...])
        }
        return unfenced(completion.behindReasoning)
    }

    /// The last fenced block, or the whole text without a byte order mark.
    private static func unfenced(_ text: Substring) -> String {
        if let block = FencedBlock.all(in: text).last { return block.text }
        return String(text.unicodeScalars.drop { $0 == "\u{FEFF}" })
    }
}

extension SpecReader {
    /// The mappings of the list of `key`, each with a reader of its own; what they hold is for the
    /// caller to record.
    mutating func mappings(_ key: String) throws(RewardError) -> [SpecReader] {
        var readers: [SpecReader] = []
        notes?.note(key, ["type": "array", "items": ["type": "object"]])
        let inner = notes?.child(key)
        for node in try sequence(key) {
            var reader = try SpecReader(node, owner: "this member", file: file)
            reader.notes = inner
            readers.append(reader)
        }
        return readers
    }
}
