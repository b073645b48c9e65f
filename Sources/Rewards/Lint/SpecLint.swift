import MathAnswers
public import Rollouts

/// One attack on one spec.
public struct LintFinding: Sendable {
    /// The attack.
    public var attack: Attack
    /// Whether the spec pays it, or nil where there was nothing to try.
    public var isPaid: Bool?
    /// Whether the spec's author has allowed it.
    public var isAllowed: Bool
    /// The completion that was paid, or the first that was tried.
    public var completion: String
    /// Its score.
    public var score: Score?
    /// Why it counts as paid, or why nothing was tried.
    public var reason: String
}

extension RewardScorer {
    /// Attacks the spec with what can be made of its own examples.
    ///
    /// An attack is paid where the raw outcome comes to one half or more, where its total is above
    /// that of the right completion, or where form alone earns a positive total.
    public func lint() -> [LintFinding] {
        let rights = rightExamples()
        return Attack.allCases.map { attack in
            let isAllowed = spec.allowed.contains(attack.rawValue)
            var first: (String, Score)?
            for right in rights {
                for completion in attack.completions(right) {
                    let score = judged(completion, like: right, attack)
                    first = first ?? (completion, score)
                    if let reason = fault(score, attack, right) {
                        return LintFinding(
                            attack: attack, isPaid: true, isAllowed: isAllowed,
                            completion: completion, score: score, reason: reason)
                    }
                }
            }
            return LintFinding(
                attack: attack, isPaid: first == nil ? nil : false, isAllowed: isAllowed,
                completion: first?.0 ?? "", score: first?.1,
                reason: first != nil
                    ? ""
                    : rights.isEmpty
                        ? "the spec has no example of a right answer"
                        : "no example says what to try")
        }
    }

    /// Whether some part asks a program, a server or a judge.
    public var asksOthers: Bool {
        spec.components.contains { $0.function.traits.basis == .external }
    }

    /// Up to eight examples that are paid, with the text that was read from each.
    private func rightExamples() -> [RightExample] {
        let scored = spec.examples.map { ($0.input, score([$0.input])[0]) }
        let answers = scored.compactMap { $0.1.extracted }
        var seen: Set<String> = []
        return scored.filter { ($0.1.outcome ?? 0) >= 0.5 }.prefix(8).compactMap { input, score in
            guard let reward = score.reward else { return nil }
            let answer = score.extracted ?? input.gold ?? ""
            guard !answer.isEmpty else { return nil }
            return RightExample(
                input: input, reward: reward, answer: answer,
                answers: answers.filter { seen.insert($0).inserted || $0 != answer },
                slack: slack(around: answer))
        }
    }

    /// How far from a number the outcome still calls it right.
    private func slack(around answer: String) -> Double {
        let judge = spec.components.first { $0.name == spec.outcome }?.function
        guard let tolerance = (judge as? NumericReward)?.tolerance, let number = Double(answer)
        else { return 0 }
        return max(tolerance.absolute, tolerance.relative * abs(number))
    }

    private func judged(
        _ completion: String, like right: RightExample, _ attack: Attack
    ) -> Score {
        var input = right.input
        input.completion = completion
        input.truncated = attack == .truncation
        // Tokens go with the length of the text, where they were counted.
        let share =
            Double(completion.utf8.count) / Double(max(1, right.input.completion.utf8.count))
        input.tokenCount = right.input.tokenCount.map { max(1, Int(Double($0) * share)) }
        return score([input])[0]
    }

    /// Why a completion counts as paid, or nil.
    private func fault(_ score: Score, _ attack: Attack, _ right: RightExample) -> String? {
        if let outcome = score.outcome, outcome >= 0.5 { return "it counts as right" }
        guard let reward = score.reward else { return nil }
        switch attack {
        case .formOnly, .emptyAnswer, .blank, .injection, .echo:
            return reward > 0 ? "it earns \(reward)" : nil
        case .shortAndWrong:
            var long = right.input
            long.completion =
                String(repeating: "We look at every case in turn. ", count: 400)
                + right.input.completion
            long.tokenCount = right.input.tokenCount.map { $0 + 3200 }
            guard let earned = self.score([long])[0].reward, reward > earned else { return nil }
            return "it earns \(reward), a long right one \(earned)"
        default:
            return reward > right.reward
                ? "it earns \(reward), the right one \(right.reward)" : nil
        }
    }
}
