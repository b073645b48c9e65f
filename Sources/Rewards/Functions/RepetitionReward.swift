import Rollouts

/// Punishes repetition: −(1 − distinct n-grams / n-grams), within −1…0.
///
/// n-grams are compared by 64-bit hashes.
///
/// Source: Demystifying Long CoT, arXiv:2502.03373, appendix (n-gram repetition penalty).
public struct RepetitionReward: RewardFunction {
    /// `repetition`.
    public static let type = "repetition"
    private let size: Int

    /// What its values look at.
    public var traits: RewardTraits {
        RewardTraits(range: -1...0)
    }

    /// Reads `ngram`, the words of an n-gram.
    public init(_ settings: inout SpecReader) throws(RewardError) {
        size = try settings.requiredInt("ngram", in: 1...64)
    }

    /// The penalty, at most 0; texts shorter than one n-gram repeat nothing.
    public func score(_ input: ScoringInput) -> RewardResult {
        let words = Words.hashes(in: input.completion)
        guard words.count >= size else {
            return RewardResult(value: 0, reason: "fewer than \(size) words")
        }
        let total = words.count - size + 1
        var grams: [UInt64] = []
        grams.reserveCapacity(total)
        for start in 0..<total {
            grams.append(words[start..<start + size].reduce(Words.seed, Words.mixed))
        }
        grams.sort()
        var distinct = 1
        for index in 1..<max(total, 1) where grams[index] != grams[index - 1] { distinct += 1 }
        let repeated = Double(total - distinct) / Double(total)
        return RewardResult(
            value: repeated == 0 ? 0 : -repeated,
            reason: "\(distinct) of \(total) \(size)-grams are distinct")
    }
}
