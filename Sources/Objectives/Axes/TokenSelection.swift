/// Whose tokens carry the policy term; the others count in denominators and are pulled by the KL term.
public enum TokenSelection: Sendable, Equatable {
    /// All trained ones.
    case all
    /// Those whose entropy is in the top `share` of the batch. "Beyond the 80/20 rule",
    /// arXiv:2506.01939 (share 0.2).
    case highestEntropy(share: Double)

    /// The entropy from which a token is chosen; nil where all are.
    ///
    /// Where a step has several micro-batches, take it of the whole step and put it into `BatchTotals`.
    ///
    /// - Throws: `missing` without entropies, `invalidSetting` for a share outside of 0…1.
    public func threshold(_ batch: PolicyBatch) throws(ObjectiveError) -> Double? {
        guard case .highestEntropy(let share) = self else { return nil }
        guard let entropies = batch.entropies else {
            throw .missing(input: "entropies", neededBy: "the choice of tokens")
        }
        let trained = batch.mask.indices.filter { batch.mask[$0] }
        guard !trained.isEmpty else { return nil }
        return try highEntropyMask(trained.map { entropies[$0] }, share: share).threshold
    }
}
