/// A verdict's kind and the rule that decided.
struct Decision: Equatable, Sendable {
    let kind: MathVerdict.Kind
    let reason: String

    static func decide(
        gold: Reading, answer: Reading, isHedge: Bool, options: MathOptions
    ) -> Decision {
        if answer.plainText.isEmpty { return Decision(kind: .answerMissing, reason: "no_answer") }
        if !isHedge, gold.plainText == answer.plainText {
            return Decision(kind: .equal, reason: "same_text")
        }
        if case .limit(let name)? = answer.refusal ?? gold.refusal {
            return Decision(kind: .resourceLimit, reason: name)
        }
        guard let goldValue = gold.value else {
            return Decision(kind: .goldUnparseable, reason: "gold_unparseable")
        }
        guard let answerValue = answer.value, !isHedge else {
            return Decision(kind: .answerUnparseable, reason: "answer_unparseable")
        }
        return goldValue == answerValue
            ? Decision(kind: .equal, reason: "exact_number")
            : Decision(kind: .different, reason: "exact_number")
    }
}
