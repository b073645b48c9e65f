import Foundation
public import Rollouts

/// A task that makes its own problems: with levels, seeded, with a wall between train and held-out, and
/// with a scorer of its own.
///
/// One conforming type stands in one file with its level table, its problems and its scorer;
/// `GeneratedTask` lists them.
public protocol ProblemGenerator: Sendable {
    /// Tags the problems and names the task in recipes and specs.
    static var name: String { get }
    /// One sentence: what is asked and what answers it.
    static var summary: String { get }
    /// What each level holds, easy first.
    static var levels: [String] { get }
    /// The single characters of prompts and demonstrations, for a policy with a vocabulary of characters.
    static var alphabet: String { get }
    /// Strings that are one token each in such a vocabulary.
    static var specialTokens: [String] { get }

    /// Distinct problems of a level, the same ones for the same arguments.
    ///
    /// - Returns: `count` problems, or fewer where the level has no more on that side.
    /// - Throws: `CurriculumError.unknownLevel`.
    func problems(
        level: Int, count: Int, seed: UInt64, split: Split
    ) throws(CurriculumError) -> [Problem]

    /// A completion as a fallible pupil writes it: `<think>…</think><answer>…</answer>`, or the transcript
    /// of an `InteractiveTask`.
    ///
    /// - Throws: `CurriculumError.notOfTask` where the problem is none of this generator's.
    func demonstration(
        for problem: Problem, noise: DemonstrationNoise, using rng: inout SplitMix64
    ) throws(CurriculumError) -> String

    /// What an answer is worth.
    ///
    /// - Parameters:
    ///   - answer: the text between the answer's tags; of an `InteractiveTask`, the whole transcript.
    ///   - gold: the problem's `answer`, which holds all that a judgement needs.
    /// - Returns: nil where `gold` is none of this task's.
    static func grade(_ answer: String, gold: String) -> TaskGrade?

    /// The problem with its prompt changed so that `response`, a right one, no longer answers it.
    ///
    /// A discriminator learns from such pairs what a prompt asks for (GAPO, arXiv:2503.20194).
    func perturbed(
        _ problem: Problem, answeredBy response: String, using rng: inout SplitMix64
    ) -> Problem
}

/// What an answer to a generated problem is worth, and why.
public struct TaskGrade: Sendable, Equatable {
    /// From 0 to 1; right from one half.
    public var value: Double
    /// The rule that decided.
    public var reason: String

    /// A grade from its parts.
    public init(_ value: Double, _ reason: String) {
        self.value = value
        self.reason = reason
    }
}

extension ProblemGenerator {
    /// The tags of reasoning and answer.
    public static var specialTokens: [String] { ["<think>", "</think>", "<answer>", "</answer>"] }

    /// The text between the last answer's tags.
    static func answer(in response: String) -> String? {
        guard let open = response.range(of: "<answer>", options: .backwards),
            let close = response.range(of: "</answer>", range: open.upperBound..<response.endIndex)
        else { return nil }
        return String(response[open.upperBound..<close.lowerBound])
    }

    /// One digit of the prompt becomes another.
    public func perturbed(
        _ problem: Problem, answeredBy response: String, using rng: inout SplitMix64
    ) -> Problem {
        var changed = problem
        changed.prompt = Self.withOtherDigit(problem.prompt, using: &rng)
        return changed
    }

    /// One digit of the text becomes another, where it has one.
    static func withOtherDigit(_ prompt: String, using rng: inout SplitMix64) -> String {
        var text = Array(prompt)
        let digits = text.indices.filter { text[$0].isASCII && text[$0].isNumber }
        guard !digits.isEmpty else { return prompt }
        let place = digits[rng.below(digits.count)]
        let old = text[place].wholeNumberValue ?? 0
        text[place] = Character(String((old + 1 + rng.below(9)) % 10))
        return String(text)
    }
}

/// The built-in tasks by name.
public enum GeneratedTask: String, Sendable, CaseIterable {
    /// Sums, differences and products.
    case arithmetic
    /// Words under demands.
    case constraints
    /// Two fractions and an operation.
    case fractions
    /// Linear equations.
    case linear
    /// Quadratic equations.
    case quadratic
    /// Numbers and a target.
    case countdown
    /// Lists to put in order.
    case sorting
    /// Numbers in other bases.
    case bases
    /// Residues.
    case modular
    /// One value out of many.
    case lookup
    /// Chains of operations.
    case chain
    /// A number found in turns.
    case guessing

    /// What makes, demonstrates and grades its problems.
    public var type: any ProblemGenerator.Type {
        switch self {
        case .arithmetic: ArithmeticGenerator.self
        case .constraints: ConstraintGenerator.self
        case .fractions: FractionTask.self
        case .linear: LinearTask.self
        case .quadratic: QuadraticTask.self
        case .countdown: CountdownTask.self
        case .sorting: SortingTask.self
        case .bases: BaseTask.self
        case .modular: ModularTask.self
        case .lookup: LookupTask.self
        case .chain: ChainTask.self
        case .guessing: GuessingGenerator.self
        }
    }

    /// Its generator.
    ///
    /// - Parameter placeLetters: whether arithmetic writes its operands with place letters.
    public func generator(placeLetters: Bool = false) -> any ProblemGenerator {
        switch self {
        case .arithmetic: ArithmeticGenerator(placeLetters: placeLetters)
        case .constraints: ConstraintGenerator()
        case .fractions: FractionTask()
        case .linear: LinearTask()
        case .quadratic: QuadraticTask()
        case .countdown: CountdownTask()
        case .sorting: SortingTask()
        case .bases: BaseTask()
        case .modular: ModularTask()
        case .lookup: LookupTask()
        case .chain: ChainTask()
        case .guessing: GuessingGenerator()
        }
    }
}
