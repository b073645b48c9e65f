import Rollouts

/// Linear equations in x.
///
/// A problem reads `2(x+3)=5x-9:` and is answered by `5`, or `7/3`. The demonstration opens the
/// brackets, brings the unknowns to the left and the numbers to the right, and divides:
/// `2(x+3)=2x+6;2x-5x=-3x;-9-6=-15;x=-15/-3=5`. Any exact form of the number is right, also `14/6`.
struct LinearTask: QuestionTask {
    static let name = "linear"
    static let summary = "A linear equation in x, such as 2(x+3)=5x-9:"
    static let levels = [
        "one step", "x on one side", "x on both sides", "brackets",
        "fractional solutions", "brackets and fractional solutions",
    ]
    static let alphabet = "0123456789x+-=/();:"

    static func drawn(level: Int, using rng: inout SplitMix64) -> LinearQuestion? {
        typealias Side = LinearQuestion.Side
        let solution = rng.pick(-9...9)
        let constant = rng.pick(-9...9)
        let factor = rng.pick(2...9)
        let other = rng.pick(-9...9)
        switch level {
        case 0:
            return rng.below(2) == 0
                ? LinearQuestion(Side(1, constant), Side(0, solution + constant))
                : LinearQuestion(Side(factor, 0), Side(0, factor * solution))
        case 1:
            return LinearQuestion(
                Side(factor, constant), Side(0, factor * solution + constant))
        case 2:
            guard other != 0 else { return nil }
            return LinearQuestion(
                Side(factor, constant), Side(other, (factor - other) * solution + constant))
        case 3:
            let right = rng.below(2) == 0 ? 0 : other
            return LinearQuestion(
                Side(factor, constant, isBracket: true),
                Side(right, factor * (solution + constant) - right * solution))
        default:
            let question = LinearQuestion(
                Side(factor, constant, isBracket: level == 5),
                Side(rng.below(2) == 0 ? 0 : other, rng.pick(-20...20)))
            return question.flatMap { $0.isWhole ? nil : $0 }
        }
    }

    static func worked(_ question: LinearQuestion, by pupil: inout Pupil) -> (
        working: String, answer: String
    ) {
        var steps: [String] = []
        func opened(_ side: LinearQuestion.Side) -> LinearQuestion.Side {
            guard side.isBracket else { return side }
            let product = pupil.forgets() ? side.constant : side.factor * side.constant
            let open = LinearQuestion.Side(side.factor, pupil.written(product))
            steps.append("\(side)=\(open)")
            return open
        }
        let (left, right) = (opened(question.left), opened(question.right))
        var factor = left.factor
        if right.factor != 0 {
            factor = pupil.written(left.factor - right.factor)
            // An equation without its unknown would end here.
            if factor == 0 { factor = 10 }
            let (one, two) = (LinearQuestion.unknown(left.factor), -right.factor)
            let moved = two < 0 ? LinearQuestion.unknown(two) : "+" + LinearQuestion.unknown(two)
            steps.append("\(one)\(moved)=\(LinearQuestion.unknown(factor))")
        }
        var constant = right.constant
        if left.constant != 0 {
            // Moved over, but with its old sign.
            let moved = pupil.forgets() ? left.constant : -left.constant
            constant = pupil.written(right.constant + moved)
            steps.append("\(right.constant)\(moved.withSign)=\(constant)")
        }
        guard factor != 1, let value = ExactFraction(constant, factor) else {
            steps.append("x=\(constant)")
            return (steps.joined(separator: ";"), "\(constant)")
        }
        let answer = ExactFraction(pupil.written(value.top), value.bottom) ?? value
        let quotient = "\(constant)/\(factor)"
        steps.append(
            quotient == answer.description ? "x=\(quotient)" : "x=\(quotient)=\(answer)")
        return (steps.joined(separator: ";"), answer.description)
    }

    /// One where the answer is the number that gold is, with or without `x=` before it.
    static func grade(_ answer: String, gold: String) -> TaskGrade? {
        guard let expected = AnswerReader.fraction(gold) else { return nil }
        guard let given = AnswerReader.fraction(AnswerReader.withoutUnknown(answer)) else {
            return TaskGrade(0, "neither a whole number nor a fraction")
        }
        return given.value == expected.value
            ? TaskGrade(1, "the solution") : TaskGrade(0, "another number")
    }
}

/// One equation with one solution.
struct LinearQuestion: TaskQuestion {
    /// `factor·x + constant`, or `factor·(x + constant)`.
    struct Side: Sendable, Equatable, CustomStringConvertible {
        var factor: Int64
        var constant: Int64
        var isBracket: Bool

        init(_ factor: Int64, _ constant: Int64, isBracket: Bool = false) {
            (self.factor, self.constant, self.isBracket) = (factor, constant, isBracket)
        }

        var description: String {
            if isBracket { return "\(factor)(x\(constant.withSign))" }
            if factor == 0 { return "\(constant)" }
            return unknown(factor) + (constant == 0 ? "" : constant.withSign)
        }

        init?(_ scanner: inout PromptScanner) {
            let isNegative = scanner.accept("-")
            let number = scanner.number()
            let factor = (isNegative ? -1 : 1) * (number ?? 1)
            if scanner.accept("(x") {
                guard let constant = scanner.signedNumber(needsSign: true), scanner.accept(")")
                else { return nil }
                self.init(factor, constant, isBracket: true)
            } else if scanner.accept("x") {
                self.init(factor, scanner.signedNumber(needsSign: true) ?? 0)
            } else if let number {
                self.init(0, isNegative ? -number : number)
            } else {
                return nil
            }
        }

        /// The constant behind the bracket, once it is open.
        var openConstant: Int64 { isBracket ? factor * constant : constant }
    }

    let left: Side
    let right: Side
    private let solution: ExactFraction

    init?(_ left: Side, _ right: Side) {
        guard left.factor != right.factor, left.factor != 0,
            ![left, right].contains(where: { $0.isBracket && $0.constant == 0 }),
            let solution = ExactFraction(
                right.openConstant - left.openConstant, left.factor - right.factor)
        else { return nil }
        (self.left, self.right, self.solution) = (left, right, solution)
    }

    init?(prompt: String) {
        var scanner = PromptScanner(prompt)
        guard let left = Side(&scanner), scanner.accept("="), let right = Side(&scanner),
            scanner.accept(":"), scanner.isAtEnd
        else { return nil }
        self.init(left, right)
        if self.prompt != prompt { return nil }
    }

    var isWhole: Bool { solution.bottom == 1 }
    var prompt: String { "\(left)=\(right):" }
    var answer: String { solution.description }

    /// `3x`, `x` or `-x`.
    static func unknown(_ factor: Int64) -> String {
        switch factor {
        case 1: "x"
        case -1: "-x"
        default: "\(factor)x"
        }
    }
}
