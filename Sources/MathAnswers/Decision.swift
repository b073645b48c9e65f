/// A verdict's kind and the rule that decided.
struct Decision: Equatable, Sendable {
    let kind: MathVerdict.Kind
    let reason: String
    /// Where the two part, in words, where that was asked for.
    var difference: String?

    var isEqual: Bool { kind == .equal }

    /// Applies the rules in order: same text, hedges, choice labels, normal forms.
    static func decide(
        gold: Reading, answer: Reading, isHedge: Bool, options: MathOptions,
        explains: Bool = false
    ) -> Decision {
        if answer.plainText.isEmpty { return Decision(kind: .answerMissing, reason: "no_answer") }
        if !isHedge, gold.plainText == answer.plainText {
            return Decision(kind: .equal, reason: "same_text")
        }
        if let label = choiceLabel(gold, answer), !isHedge { return label }
        guard let goldValue = gold.value else {
            if case .limit(let name)? = gold.refusal {
                return Decision(kind: .resourceLimit, reason: "gold_" + name)
            }
            return Decision(kind: .goldUnparseable, reason: "gold_unparseable")
        }
        guard let answerValue = answer.value else {
            switch answer.refusal {
            case .limit(let name)?: return Decision(kind: .resourceLimit, reason: name)
            case .undefined?: return Decision(kind: .different, reason: "undefined_value")
            default: return Decision(kind: .answerUnparseable, reason: "answer_unparseable")
            }
        }
        // Several boxes that were read as one thing, such as bounds, are not one answer.
        if isHedge, goldValue.partCount != answerValue.partCount || !answerValue.isPlural {
            return Decision(kind: .different, reason: "hedge")
        }
        let decision = compare(
            goldValue, answerValue, options,
            texts: (gold.plainText, answer.plainText),
            explains: explains)
        // `\textbf{(B)}\ 12` is the value 12 where the other side has no label.
        if decision.kind == .equal, options.finalForm, gold.expression?.isFinalNumber == true,
            answer.expression?.isFinalNumber != true
        {
            return Decision(kind: .different, reason: "not_worked_out")
        }
        if decision.kind != .equal, let inner = unlabelled(gold, answer, options) {
            let second = decide(
                gold: inner.gold, answer: inner.answer, isHedge: isHedge, options: options,
                explains: explains)
            if second.kind == .equal { return second }
        }
        return decision
    }

    /// Both readings without the choice label that one of them begins with; nil where none or
    /// both do.
    private static func unlabelled(
        _ gold: Reading, _ answer: Reading, _ options: MathOptions
    ) -> (gold: Reading, answer: Reading)? {
        switch (gold.labelledValue, answer.labelledValue) {
        case (let value?, nil):
            return (Reading(value, stepLimit: options.stepLimit), answer)
        case (nil, let value?):
            return (gold, Reading(value, stepLimit: options.stepLimit))
        default: return nil
        }
    }

    private static func compare(
        _ gold: Value, _ answer: Value, _ options: MathOptions,
        texts: (gold: String, answer: String), explains: Bool
    ) -> Decision {
        var comparison = Comparison(
            options: options, budget: Budget(steps: options.stepLimit),
            ballSteps: Int64(options.stepLimit) * 3 / 2, texts: texts, explains: explains)
        do throws(Refusal) {
            switch try comparison.compare(gold, answer) {
            case .equal(let rule): return Decision(kind: .equal, reason: rule)
            case .different(let rule):
                return Decision(
                    kind: .different, reason: rule, difference: comparison.difference)
            case .undecided: return Decision(kind: .different, reason: "undecided")
            }
        } catch {
            if case .limit(let name) = error {
                return Decision(kind: .resourceLimit, reason: name)
            }
            return Decision(kind: .different, reason: "undefined_value")
        }
    }

    /// A gold choice letter against `(C)`, `C.`, `C)`, `C: …` or `(C) 12 apples`.
    private static func choiceLabel(_ gold: Reading, _ answer: Reading) -> Decision? {
        // `(C) 12` as gold is its letter where the answer is nothing but a letter.
        let isWhole = label(answer.plainText, isWhole: true) == nil
        guard let wanted = label(gold.plainText, isWhole: isWhole),
            let given = label(answer.plainText, isWhole: false)
        else { return nil }
        return Decision(kind: wanted == given ? .equal : .different, reason: "choice_label")
    }

    /// The letter A–J of a choice; a whole text may be nothing but the letter in its brackets.
    private static func label(_ text: String, isWhole: Bool) -> UInt8? {
        var bytes = Array(text.utf8)[...]
        for command in ["\\textbf{", "\\text{", "\\mathrm{", "\\mathbf{"]
        where bytes.starts(with: command.utf8) {
            bytes = bytes.dropFirst(command.utf8.count)
            if let close = bytes.firstIndex(of: ASCII.closeBrace) {
                bytes = bytes[..<close] + bytes[(close + 1)...]
            }
        }
        let opens = bytes.first == 0x28
        if opens { bytes = bytes.dropFirst() }
        guard let letter = bytes.popFirst(), letter >= 0x41, letter <= 0x4A else { return nil }
        if bytes.isEmpty { return opens ? nil : letter }
        guard let mark = bytes.popFirst() else { return nil }
        let closes = mark == 0x29 || (!opens && (mark == ASCII.dot || mark == ASCII.colon))
        guard closes, !isWhole || bytes.isEmpty else { return nil }
        // "A) B) C)" and "B. or C." name several.
        let rest = Array(bytes)
        for index in rest.indices where rest[index] >= 0x41 && rest[index] <= 0x4A {
            let opens = index == 0 || !ASCII.isLetter(rest[index - 1])
            let ends = index + 1 == rest.count || !ASCII.isLetter(rest[index + 1])
            if opens, ends { return nil }
        }
        return letter
    }
}

extension Value {
    /// How many answers it gives.
    var partCount: Int {
        switch self {
        case .set(let parts), .list(let parts): parts.count
        default: 1
        }
    }
}
