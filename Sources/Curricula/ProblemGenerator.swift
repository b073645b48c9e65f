public import Rollouts

/// A source of problems with levels, seeded, with a wall between train and held-out.
public protocol ProblemGenerator: Sendable {
    /// Tags the problems and names the curriculum.
    static var name: String { get }
    /// What each level holds, easy first.
    static var levels: [String] { get }
    /// Distinct problems of a level, the same ones for the same arguments.
    ///
    /// - Returns: `count` problems, or fewer where the level has no more on that side.
    /// - Throws: `CurriculumError.unknownLevel`.
    func problems(
        level: Int, count: Int, seed: UInt64, split: Split
    ) throws(CurriculumError) -> [Problem]
}
