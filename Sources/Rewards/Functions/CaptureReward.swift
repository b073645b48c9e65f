import Foundation
import Patterns
import Rollouts

/// 1 where the text that a regular expression captures equals gold, else 0.
public struct CaptureReward: RewardFunction {
    enum Which: String, CaseIterable { case first, last }

    /// `capture`.
    public static let type = "capture"
    private let pattern: Pattern
    private let which: Which
    private let ignoresCase: Bool

    /// Looks at whether the answer is right.
    public var traits: RewardTraits { RewardTraits(basis: .correctness) }

    /// Reads `pattern`, whose first group is the answer, `which` match counts, `ignore_case` and
    /// `limit`.
    public init(_ settings: inout SpecReader) throws(RewardError) {
        which = try settings.choice("which", default: .last)
        ignoresCase = try settings.bool("ignore_case", default: false)
        let steps = try settings.int("limit", in: 1...100_000_000, default: 1_000_000)
        pattern = try settings.pattern("pattern", limits: .init(match: UInt32(steps)))
        guard pattern.groupCount >= 1 else {
            throw .badValue(
                settings.place(of: "pattern"), key: "pattern", problem: "captures nothing: add ( )")
        }
    }

    /// Compares the captured text, without white space around it.
    public func score(_ input: ScoringInput) -> RewardResult {
        guard let gold = input.gold, gold.contains(where: { !$0.isWhitespace }) else {
            return .unscored(.goldUnparseable, "the row has no gold answer")
        }
        do {
            var match: Match?
            var matcher = PatternMatcher(pattern)
            if which == .first {
                match = try matcher.firstMatch(in: input.completion)
            } else {
                try matcher.forEachMatch(in: input.completion) { match = $0 }
            }
            guard let range = match?.range(of: 1) else {
                return RewardResult(value: 0, status: .answerMissing, reason: "no match")
            }
            let found = Match.text(of: range, in: input.completion)
            return RewardResult(
                value: prepared(found) == prepared(gold) ? 1 : 0, reason: "captured",
                extracted: found)
        } catch {
            return .unscored(.resourceLimit, "\(error)")
        }
    }

    private func prepared(_ text: String) -> String {
        let trimmed = text.trimmingCharacters(in: .whitespacesAndNewlines)
        return ignoresCase ? trimmed.lowercased() : trimmed
    }
}

extension SpecReader {
    /// The regular expression of `key`, which must be there; `.` matches line ends.
    mutating func pattern(
        _ key: String, options: Pattern.Options = [.utf, .dotAll],
        limits: Pattern.Limits = Pattern.Limits()
    ) throws(RewardError) -> Pattern {
        let source = try requiredString(key)
        let place = valuePlace(of: key)
        do {
            return try Pattern(source, options: options, limits: limits)
        } catch .syntax(_, let offset, let message) {
            throw .badPattern(place, key: key, offset: offset, reason: message)
        } catch {
            throw .badPattern(place, key: key, offset: 0, reason: "\(error)")
        }
    }
}
