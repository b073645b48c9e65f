import Foundation

/// Kimi's length reward of one group: `λ = ½ − (len − min)/(max − min)`, paid in full to right
/// answers and at most 0 to wrong ones; 0 where all lengths are equal.
///
/// - Parameters:
///   - lengths: shape `[G]`, tokens.
///   - correct: shape `[G]`.
/// - Throws: `shapeMismatch`.
///
/// Source: Kimi k1.5, arXiv:2501.12599.
public func kimiLengthRewards(
    lengths: [Int], correct: [Bool]
) throws(ObjectiveError) -> [Double] {
    guard lengths.count == correct.count else {
        throw .shapeMismatch(what: "correct", expected: lengths.count, found: correct.count)
    }
    guard let shortest = lengths.min(), let longest = lengths.max(), shortest < longest else {
        return lengths.map { _ in 0 }
    }
    return zip(lengths, correct).map { length, isCorrect in
        let value =
            0.5 - (Double(length) - Double(shortest)) / (Double(longest) - Double(shortest))
        return isCorrect ? value : min(0, value)
    }
}

/// The cosine length reward: from one value at length 0 to another at the limit, along half a
/// cosine; apart for right and wrong answers.
///
/// Source: "Demystifying long chain-of-thought", arXiv:2502.03373.
public struct CosineLengthReward: Sendable, Equatable {
    /// The limit in tokens.
    public var maximum: Int
    /// A right answer's reward at length 0, and at the limit.
    public var correct: (start: Double, end: Double)
    /// A wrong answer's reward at length 0, and at the limit.
    public var wrong: (start: Double, end: Double)
    /// At the limit and beyond, right or wrong.
    public var exceeded: Double

    /// - Throws: `invalidSetting` unless the maximum is 1 or more.
    public init(
        maximum: Int, correct: (start: Double, end: Double) = (2, 1),
        wrong: (start: Double, end: Double) = (-10, 0), exceeded: Double = -10
    ) throws(ObjectiveError) {
        guard maximum >= 1 else {
            throw .invalidSetting(axis: "cosine.maximum", reason: "\(maximum) is below 1")
        }
        self.maximum = maximum
        self.correct = correct
        self.wrong = wrong
        self.exceeded = exceeded
    }

    /// The reward of a completion of `length` tokens.
    public func reward(length: Int, isCorrect: Bool) -> Double {
        if length >= maximum { return exceeded }
        let (start, end) = isCorrect ? correct : wrong
        let phase = Double.pi * Double(max(0, length)) / Double(maximum)
        return end + 0.5 * (start - end) * (1 + cos(phase))
    }

    /// Equal in every part.
    public static func == (a: CosineLengthReward, b: CosineLengthReward) -> Bool {
        a.maximum == b.maximum && a.correct == b.correct && a.wrong == b.wrong
            && a.exceeded == b.exceeded
    }
}

/// The share of repeated n-grams times `maximum`: `(1 − distinct/total)·maximum`; 0 for texts
/// shorter than n.
///
/// - Parameters:
///   - tokens: the completion.
///   - n: tokens of a gram, 1 or more.
///   - maximum: the penalty of pure repetition, 0 or less.
/// - Throws: `invalidSetting`.
///
/// Source: "Demystifying long chain-of-thought", arXiv:2502.03373.
public func repetitionPenalty(
    tokens: [Int32], n: Int, maximum: Double = -1
) throws(ObjectiveError) -> Double {
    guard n >= 1 else { throw .invalidSetting(axis: "repetition.n", reason: "\(n) is below 1") }
    guard maximum <= 0, maximum.isFinite else {
        throw .invalidSetting(axis: "repetition.maximum", reason: "\(maximum) is no penalty")
    }
    guard tokens.count >= n else { return 0 }
    let total = tokens.count - n + 1
    var distinct = Set<ArraySlice<Int32>>()
    for start in 0..<total { distinct.insert(tokens[start..<(start + n)]) }
    return (1 - Double(distinct.count) / Double(total)) * maximum
}
