public import Rollouts

extension ScoringInput {
    /// What a policy wrote to a problem.
    ///
    /// The token count is that of `completion.tokens`, the end-of-text token included; nil where
    /// there is text without tokens.
    public init(_ completion: Completion, of problem: Problem) {
        let isUncounted = completion.tokens.isEmpty && !completion.text.isEmpty
        self.init(
            prompt: problem.prompt, completion: completion.text, gold: problem.answer,
            tokenCount: isUncounted ? nil : completion.tokens.count,
            truncated: completion.isTruncated, fields: problem.metadata)
    }
}

extension RewardScorer {
    /// Scores all completions of one problem.
    public func score(_ completions: [Completion], of problem: Problem) -> RolloutGroup {
        RolloutGroup(
            problem: problem, completions: completions,
            scores: score(completions.map { ScoringInput($0, of: problem) }))
    }
}
