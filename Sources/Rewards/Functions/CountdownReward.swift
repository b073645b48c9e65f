import Curricula
import MathAnswers
import Rollouts

/// 1 where the answer is an expression over the given numbers that comes to the target.
///
/// Gold is a JSON object `{"target": 24, "numbers": [1, 2, 3, 4]}`, or the row has members `target`
/// and `numbers` (or `nums`). Numbers, `+ - * / ×÷`, and brackets may stand in the expression; every
/// given number is used at most once, and exactly once with `use_all`. Arithmetic is exact.
///
/// Source: TinyZero's countdown task, whose `format_score` is `partial` here.
public struct CountdownReward: RewardFunction {
    /// `countdown`.
    public static let type = "countdown"
    private let verifier: MathVerifier
    private let usesAll: Bool
    private let partial: Double

    /// Looks at whether the expression is right.
    public var traits: RewardTraits { RewardTraits(basis: .correctness, readsFields: true) }

    /// Reads `extract`, `use_all` and `partial`: what an expression over the given numbers with
    /// another value is worth, below one half.
    public init(_ settings: inout SpecReader) throws(RewardError) {
        var options = MathOptions()
        options.extraction = try settings.choices(
            "extract", default: [.answerTag, .boxed, .finalAnswer, .answerColon, .answerIs])
        verifier = MathVerifier(options: options)
        usesAll = try settings.bool("use_all", default: true)
        partial = try settings.double("partial", default: 0)
        guard (0..<0.5).contains(partial) else {
            throw .badValue(
                settings.place(of: "partial"), key: "partial", problem: "must be within 0…0.5")
        }
    }

    /// Reads the expression and does the arithmetic.
    public func score(_ input: ScoringInput) -> RewardResult {
        guard let puzzle = Self.puzzle(of: input) else {
            return .unscored(.goldUnparseable, "no target and numbers in gold or in the row")
        }
        guard let found = verifier.extraction(from: input.completion) else {
            return RewardResult(value: 0, status: .answerMissing, reason: "no_answer")
        }
        guard found.alternatives.isEmpty else {
            return RewardResult(value: 0, reason: "hedge", extracted: found.text)
        }
        let value: Double
        let reason: String
        switch puzzle.judge(found.text, usesAll: usesAll) {
        case .target: (value, reason) = (1, "the target")
        case .anotherValue: (value, reason) = (partial, "another value")
        case .otherNumbers: (value, reason) = (0, "other numbers")
        case .falseStatement(let side): (value, reason) = (0, "'=\(side.prefix(40))' is not so")
        case .unreadable(let fault):
            return RewardResult(
                value: 0, status: .answerUnparseable, reason: "no expression: \(fault)",
                extracted: found.text)
        }
        return RewardResult(value: value, reason: reason, extracted: found.text)
    }

    private static func puzzle(of input: ScoringInput) -> CountdownPuzzle? {
        input.gold.flatMap(CountdownPuzzle.init(json:)) ?? CountdownPuzzle(.object(input.fields))
    }
}
