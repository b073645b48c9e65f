import Rollouts

/// Punishes repetition: (1 − distinct n-grams / n-grams) · `max_penalty`, which is −1 at first.
///
/// n-grams are compared by 64-bit hashes.
///
/// Source: Demystifying Long CoT, arXiv:2502.03373, appendix (n-gram repetition penalty).
public struct RepetitionReward: RewardFunction {
    /// `repetition`.
    public static let type = "repetition"
    private let size: Int
    private let maximumPenalty: Double

    /// What its values look at.
    public var traits: RewardTraits {
        RewardTraits(range: maximumPenalty...0)
    }

    /// Reads `ngram`, the words of an n-gram, and `max_penalty`, below 0.
    public init(_ settings: inout SpecReader) throws(RewardError) {
        size = try settings.requiredInt("ngram", in: 1...64)
        maximumPenalty = try settings.double("max_penalty", default: -1)
        guard maximumPenalty < 0 else {
            throw .badValue(
                settings.place(of: "max_penalty"), key: "max_penalty", problem: "must be below 0")
        }
    }

    /// The penalty, at most 0; texts shorter than one n-gram repeat nothing.
    public func score(_ input: ScoringInput) -> RewardResult {
        let words = Words.hashes(in: input.completion)
        guard words.count >= size else {
            return RewardResult(value: 0, reason: "fewer than \(size) words")
        }
        let total = words.count - size + 1
        let distinct = Self.distinct(words, size: size)
        let repeated = Double(total - distinct) / Double(total)
        return RewardResult(
            value: repeated == 0 ? 0 : repeated * maximumPenalty,
            reason: "\(distinct) of \(total) \(size)-grams are distinct")
    }

    /// How many n-grams differ, counted in a table of open addresses.
    ///
    /// An n-gram's hash is the sum of its words' hashes times an odd number for each place: the
    /// products do not wait for one another.
    private static func distinct(_ words: [UInt64], size: Int) -> Int {
        let total = words.count - size + 1
        let bits = Int.bitWidth - (2 * total - 1).leadingZeroBitCount
        let slots = 1 << bits
        let factors = (0..<size).map { Words.mixed(Words.seed, UInt64($0)) | 1 }
        return withUnsafeTemporaryAllocation(of: UInt64.self, capacity: slots) { table in
            table.initialize(repeating: 0)
            return words.withUnsafeBufferPointer { words in
                var distinct = 0
                for start in 0..<total {
                    var gram: UInt64 = 0
                    for index in 0..<size { gram &+= words[start + index] &* factors[index] }
                    // 0 means that a slot is free.
                    if gram == 0 { gram = 1 }
                    var slot = Int(truncatingIfNeeded: gram >> UInt64(64 - bits))
                    while table[slot] != 0, table[slot] != gram { slot = (slot + 1) & (slots - 1) }
                    if table[slot] == 0 {
                        table[slot] = gram
                        distinct += 1
                    }
                }
                return distinct
            }
        }
    }
}
