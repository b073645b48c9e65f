/// Why an arm made its last update.
public enum RunEnd: String, Codable, Sendable, CaseIterable {
    /// The held-out accuracy that was aimed at is reached.
    case accuracy
    /// Held-out accuracy has not grown over too many evaluations.
    case patience
    /// All steps are done.
    case steps
    /// As many tokens as were allowed are sampled.
    case tokens
    /// The time is over.
    case minutes
}

extension BudgetRecipe {
    /// What ends the updates at this state; nil while there are to be more.
    ///
    /// It depends on the state alone, so that a resumed run ends where the whole one does.
    ///
    /// - Parameter seconds: of a step that the state does not count yet.
    func end(at state: TrainingState, after seconds: Double = 0) -> RunEnd? {
        let best = state.heldOut.best?.accuracy
        if let target = stopWhen?.accuracy, let best, best >= target { return .accuracy }
        if let patience = stopWhen?.patience, state.heldOut.since >= patience { return .patience }
        if state.step >= steps { return .steps }
        if let tokens, state.sampledTokens >= tokens { return .tokens }
        if let minutes, state.seconds + seconds >= minutes * 60 { return .minutes }
        return nil
    }

    /// The end in words.
    func text(_ end: RunEnd, _ state: TrainingState) -> String {
        let best = state.heldOut.best
        let reached = best.map { "\(percent($0.accuracy)) at step \($0.step)" } ?? "none"
        let reason =
            switch end {
            case .accuracy:
                "held-out accuracy \(reached) reaches budget.stop_when.accuracy "
                    + percent(stopWhen?.accuracy ?? 0)
            case .patience:
                "\(state.heldOut.since) evaluations without a held-out accuracy above \(reached) "
                    + "(budget.stop_when.patience)"
            case .steps: "all of budget.steps are done"
            case .tokens:
                "\(state.sampledTokens) tokens are sampled, of budget.tokens \(tokens ?? 0)"
            case .minutes: "budget.minutes are over"
            }
        return "ended after step \(state.step): \(reason)"
    }

    /// Steps that a run will take as it goes: fewer than `steps` where its tokens are used up before.
    func expectedSteps(at state: TrainingState) -> Int {
        guard let tokens, state.step > 0, state.sampledTokens > 0 else { return steps }
        let perStep = Double(state.sampledTokens) / Double(state.step)
        return max(state.step, min(steps, Int((Double(tokens) / perStep).rounded(.up))))
    }
}
