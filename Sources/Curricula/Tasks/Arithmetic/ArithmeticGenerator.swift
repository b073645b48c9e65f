public import Rollouts

/// Sums, differences and products of small whole numbers, by levels.
///
/// A problem reads `47+85=` and its answer `132`; with place letters the operands are written
/// `b4a7+b8a5=`, so that a tiny model need not count columns. One seventh of the operand pairs, by
/// hash, is held out whatever the operation, and both orders of a pair fall on the same side.
public struct ArithmeticGenerator: ProblemGenerator {
    /// The curriculum's name.
    public static let name = "arithmetic"
    /// One sentence.
    public static let summary = "A sum, difference or product of whole numbers, such as 47+85="
    /// The level table.
    public static let levels = [
        "one digit ± one digit", "two digits ± two digits", "three digits ± three digits",
        "two digits × one digit", "three digits × one digit",
    ]
    /// The single characters of prompts and demonstrations.
    public static let alphabet = "0123456789+-*=,;?abcd"

    /// Whether operands carry place letters.
    public let placeLetters: Bool

    /// A generator.
    public init(placeLetters: Bool = false) { self.placeLetters = placeLetters }

    /// Distinct problems of a level; small levels simply have fewer.
    public func problems(
        level: Int, count: Int, seed: UInt64, split: Split
    ) throws(CurriculumError) -> [Problem] {
        let questions = try Self.space(level)
        var rng = SplitMix64(seed: seed, UInt64(level), split == .train ? 0 : 1)
        var chosen: [Problem] = []
        var seen: Set<Int> = []
        // Draws without replacement; the last few of a small level are swept up in order.
        var misses = 0
        while chosen.count < count, seen.count < questions.count, misses < 1000 {
            let index = rng.below(questions.count)
            guard seen.insert(index).inserted else {
                misses += 1
                continue
            }
            misses = 0
            let question = questions[index]
            if Self.side(question, level) == split { chosen.append(problem(question, level)) }
        }
        for index in questions.indices where chosen.count < count && !seen.contains(index) {
            let question = questions[index]
            if Self.side(question, level) == split { chosen.append(problem(question, level)) }
        }
        return chosen
    }

    /// One where the answer is the number that gold is.
    public static func grade(_ answer: String, gold: String) -> TaskGrade? {
        guard let expected = Int(gold) else { return nil }
        guard answer.utf8.count <= 20, let value = Int(answer) else {
            return TaskGrade(0, "not a whole number")
        }
        return value == expected ? TaskGrade(1, "the result") : TaskGrade(0, "another number")
    }

    /// Which side of the wall an operand pair stands on.
    private static func side(_ question: ArithmeticQuestion, _ level: Int) -> Split {
        let (low, high) = (min(question.a, question.b), max(question.a, question.b))
        return stableHash("arithmetic \(level) \(low) \(high)") % 7 == 0 ? .heldOut : .train
    }

    private func problem(_ question: ArithmeticQuestion, _ level: Int) -> Problem {
        let prompt =
            written(question.a) + question.operation.rawValue + written(question.b) + "="
        return Problem(
            id: "arithmetic-\(level)-\(question.a)\(question.operation.rawValue)\(question.b)",
            prompt: prompt, answer: String(question.result), level: level,
            tags: [Self.name, question.operation.tag])
    }

    /// An operand, with a letter before each digit where the configuration asks for that.
    func written(_ value: Int) -> String {
        guard placeLetters else { return String(value) }
        let digits = ArithmeticQuestion.digits(value)
        return digits.indices.reversed().map { Self.letter($0) + String(digits[$0]) }.joined()
    }

    /// The letter of a place: `a` for ones, `b` for tens.
    static func letter(_ place: Int) -> String {
        String(UnicodeScalar(UInt8(97 + min(place, 25))))
    }

    /// A level's questions as an indexable space, so that the largest level is never listed.
    private static func space(_ level: Int) throws(CurriculumError) -> QuestionSpace {
        switch level {
        case 0: QuestionSpace(sums: 0...9)
        case 1: QuestionSpace(sums: 10...99)
        case 2: QuestionSpace(sums: 100...999)
        case 3: QuestionSpace(products: 10...99, by: 2...9)
        case 4: QuestionSpace(products: 100...999, by: 2...9)
        default: throw .unknownLevel(level: level, known: 0...levels.count - 1)
        }
    }
}

/// All questions of a level by index: for sums, each pair once with + and once with −, the larger
/// operand first where it is −.
struct QuestionSpace: RandomAccessCollection {
    private let first: ClosedRange<Int>
    private let second: ClosedRange<Int>
    private let isProduct: Bool

    init(sums range: ClosedRange<Int>) {
        (first, second, isProduct) = (range, range, false)
    }

    init(products range: ClosedRange<Int>, by factors: ClosedRange<Int>) {
        (first, second, isProduct) = (range, factors, true)
    }

    var startIndex: Int { 0 }
    var endIndex: Int {
        let pairs = first.count * second.count
        return isProduct ? pairs : pairs + first.count * (first.count + 1) / 2
    }

    subscript(index: Int) -> ArithmeticQuestion {
        let pairs = first.count * second.count
        if index < pairs {
            let a = first.lowerBound + index / second.count
            let b = second.lowerBound + index % second.count
            return ArithmeticQuestion(a, isProduct ? .product : .addition, b)
        }
        // The row of a triangular number: differences with 0 <= b <= a.
        let place = index - pairs
        var row = Int(((8 * Double(place) + 1).squareRoot() - 1) / 2)
        while row * (row + 1) / 2 > place { row -= 1 }
        while (row + 1) * (row + 2) / 2 <= place { row += 1 }
        let column = place - row * (row + 1) / 2
        return ArithmeticQuestion(
            first.lowerBound + row, .subtraction, first.lowerBound + column)
    }
}
