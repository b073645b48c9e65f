import Patterns
import Rollouts

/// 1 where the completion has the form that a regular expression describes, else 0.
///
/// Matches are bounded: a pattern that exceeds its limits on some text leaves no value there.
public struct FormatReward: RewardFunction {
    enum Mode: String, CaseIterable {
        /// The whole text.
        case full
        /// Anywhere in the text.
        case search
        /// `minimum`…`maximum` matches in the text.
        case count
    }

    /// `format`.
    public static let type = "format"
    private let pattern: Pattern
    private let mode: Mode
    private let prefill: String
    private let range: ClosedRange<Int>

    /// Reads `pattern`, `match`, `ignore_case`, `dot_all`, `prefill`, `limit`, and for counts
    /// `minimum` and `maximum`.
    public init(_ settings: inout SpecReader) throws(RewardError) {
        let source = try settings.requiredString("pattern")
        mode = try settings.choice("match", default: .full)
        prefill = try settings.string("prefill") ?? ""
        var options: Pattern.Options = [.utf]
        if try settings.bool("ignore_case", default: false) { options.insert(.caseInsensitive) }
        if try settings.bool("dot_all", default: true) { options.insert(.dotAll) }
        let steps = try settings.int("limit", in: 1...100_000_000, default: 1_000_000)
        let limits = Pattern.Limits(match: UInt32(steps))
        if mode == .count {
            let minimum = try settings.int("minimum", default: 1)
            range =
                minimum...(try settings.int(
                    "maximum", in: minimum...1_000_000_000, default: 1_000_000_000))
        } else {
            range = 1...1_000_000_000
        }
        let place = settings.valuePlace(of: "pattern")
        do {
            if mode == .full { options.insert(.wholeText) }
            pattern = try Pattern(source, options: options, limits: limits)
        } catch .syntax(_, let offset, let message) {
            throw .badPattern(place, key: "pattern", offset: offset, reason: message)
        } catch {
            throw .badPattern(place, key: "pattern", offset: 0, reason: "\(error)")
        }
    }

    /// Whether the form holds.
    public func score(_ input: ScoringInput) -> RewardResult {
        let text = prefill.isEmpty ? input.completion : prefill + input.completion
        do {
            switch mode {
            case .full, .search:
                let holds = try pattern.firstMatch(in: text) != nil
                return RewardResult(
                    value: holds ? 1 : 0, reason: holds ? "the form holds" : "another form")
            case .count:
                let count = try pattern.count(in: text)
                return RewardResult(
                    value: range.contains(count) ? 1 : 0, reason: "\(count) matches")
            }
        } catch {
            return .unscored(.resourceLimit, "\(error)")
        }
    }
}
