/// A level that rises and falls with the mean of its last scores; the board is cleared with every change.
///
/// Source: Reasoning Gym's curriculum (0.7, 0.3, 2560 scores).
public struct ScoreBoardLevel: Sendable, Equatable, Codable {
    /// The level now.
    public private(set) var level: Int
    /// The highest level.
    public let most: Int
    /// The mean above which it rises.
    public let rises: Double
    /// The mean below which it falls.
    public let falls: Double
    /// Scores that must be there.
    public let window: Int
    private var scores: [Double] = []

    /// - Throws: `CurriculumError.outOfRange` for a window below 1, or where it would fall above where it
    ///   rises.
    public init(
        level: Int = 0, most: Int = .max, rises: Double = 0.7, falls: Double = 0.3,
        window: Int = 2560
    ) throws(CurriculumError) {
        guard window >= 1 else { throw .outOfRange(what: "the window", value: Double(window)) }
        guard falls <= rises else { throw .outOfRange(what: "the mean to fall at", value: falls) }
        self.level = min(max(0, level), most)
        self.most = most
        self.rises = rises
        self.falls = falls
        self.window = window
    }

    /// Takes scores; those that are no numbers are left out.
    public mutating func observe(_ new: [Double]) {
        scores = (scores + new.filter(\.isFinite)).suffix(window)
        guard scores.count >= window else { return }
        let mean = scores.reduce(0, +) / Double(scores.count)
        let next = mean > rises ? min(level + 1, most) : mean < falls ? max(level - 1, 0) : level
        guard next != level else { return }
        level = next
        scores = []
    }
}
