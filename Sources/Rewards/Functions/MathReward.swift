import MathAnswers
import Rollouts

/// 1 where the completion's final answer equals gold as mathematics, else 0.
///
/// A completion without a readable answer earns 0; gold that cannot be read, or a comparison that
/// exceeds its budget, leaves no value.
public struct MathReward: RewardFunction {
    /// `math`.
    public static let type = "math"
    private let verifier: MathVerifier
    private let wantsNumber: Bool

    private enum SeveralBoxes: String, CaseIterable { case hedge, last }

    /// What its values look at.
    public var traits: RewardTraits {
        RewardTraits(basis: .correctness)
    }

    /// Reads `extract`, `extract_gold`, `decimal_places`, `round_to_gold`, `several_boxes`,
    /// `final_form` and `step_limit`.
    public init(_ settings: inout SpecReader) throws(RewardError) {
        var options = MathOptions()
        options.extraction = try settings.choices("extract", default: ExtractionRule.standard)
        options.extractsGold = try settings.bool("extract_gold", default: false)
        options.decimalPlaces = try settings.int(
            "decimal_places", in: 0...100, default: options.decimalPlaces)
        options.roundsToGold = try settings.bool("round_to_gold", default: false)
        options.severalBoxes = try Self.severalBoxes(&settings)
        options.finalForm = try settings.bool("final_form", default: false)
        options.stepLimit = try settings.int(
            "step_limit", in: 100...100_000_000, default: options.stepLimit)
        verifier = MathVerifier(options: options)
        wantsNumber = false
    }

    /// A reward of this policy.
    ///
    /// - Parameter wantsNumber: whether gold that is no number cannot be used.
    init(_ options: MathOptions, wantsNumber: Bool) {
        verifier = MathVerifier(options: options)
        self.wantsNumber = wantsNumber
    }

    /// What the key `several_boxes` says.
    static func severalBoxes(
        _ settings: inout SpecReader
    ) throws(RewardError) -> MathOptions.SeveralBoxes {
        let boxes: SeveralBoxes = try settings.choice("several_boxes", default: .hedge)
        return boxes == .hedge ? .hedge : .last
    }

    /// Compiles each distinct gold of the group once.
    public func score(group: [ScoringInput]) -> [RewardResult] {
        // Mostly all of a group have one gold.
        var last: (text: String, gold: CompiledGold)?
        return group.map { input in
            guard let text = input.gold else {
                return .unscored(.goldUnparseable, "the row has no gold answer")
            }
            let gold: CompiledGold
            if let last, last.text == text {
                gold = last.gold
            } else {
                gold = verifier.compile(gold: text)
                last = (text, gold)
            }
            if wantsNumber, !gold.isNumeric {
                return .unscored(.goldUnparseable, gold.fault ?? "gold is no number")
            }
            let verdict = verifier.check(gold, completion: input.completion)
            // Gold's fault comes first: no completion of such a problem can be compared fairly.
            if verdict.kind == .answerMissing, !gold.isUsable {
                return .unscored(.goldUnparseable, gold.fault ?? "gold_unparseable")
            }
            var result = Self.result(verdict)
            result.gold = gold.text
            return result
        }
    }

    private static func result(_ verdict: MathVerdict) -> RewardResult {
        var result = RewardResult(
            value: 0, reason: verdict.reason, extracted: verdict.extracted)
        switch verdict.kind {
        case .equal: result.value = 1
        case .different: break
        case .answerMissing: result.status = .answerMissing
        case .answerUnparseable: result.status = .answerUnparseable
        case .goldUnparseable:
            result.value = nil
            result.status = .goldUnparseable
        case .resourceLimit:
            result.value = nil
            result.status = .resourceLimit
        }
        return result
    }
}
