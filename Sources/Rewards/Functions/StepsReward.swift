import Patterns
import Rollouts

/// min(1, steps / target): how many steps the reasoning marks.
///
/// Source: `reasoning_steps_reward` of open-r1, whose pattern and target of 3 are the defaults.
public struct StepsReward: RewardFunction {
    /// `reasoning_steps`.
    public static let type = "reasoning_steps"
    private static let markers =
        #"Step \d+:|^\d+\.|\n-|\n\*|First,|Second,|Next,|Finally,"#
    private let pattern: Pattern
    private let target: Int

    /// Reads `target`, `pattern` and `limit`.
    public init(_ settings: inout SpecReader) throws(RewardError) {
        target = try settings.int("target", in: 1...1000, default: 3)
        let steps = try settings.int("limit", in: 1...100_000_000, default: 1_000_000)
        let source = try settings.string("pattern") ?? Self.markers
        let place = settings.place(of: "pattern")
        do {
            pattern = try Pattern(source, options: [.utf], limits: .init(match: UInt32(steps)))
        } catch .syntax(_, let offset, let message) {
            throw .badPattern(place, key: "pattern", offset: offset, reason: message)
        } catch {
            throw .badPattern(place, key: "pattern", offset: 0, reason: "\(error)")
        }
    }

    /// Counts the markers.
    public func score(_ input: ScoringInput) -> RewardResult {
        do {
            let count = try pattern.count(in: input.completion)
            return RewardResult(
                value: min(1, Double(count) / Double(target)), reason: "\(count) steps")
        } catch {
            return .unscored(.resourceLimit, "\(error)")
        }
    }
}
