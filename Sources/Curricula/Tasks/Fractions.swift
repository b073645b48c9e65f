import Rollouts

/// Sums, differences, products and quotients of two fractions.
///
/// A problem reads `1/2+1/3=` (`:` divides) and is answered by `5/6`. The demonstration brings both to
/// one denominator, `1/2=3/6;1/3=2/6;3+2=5;`, or multiplies out, and reduces: `4/6:2=2/3`. An answer
/// of the right value that is not in lowest terms is worth nothing, and is told so.
struct FractionTask: QuestionTask {
    static let name = "fractions"
    static let summary = "Two fractions, answered in lowest terms, such as 1/2+1/3="
    static let levels = [
        "± with one denominator", "± where one denominator divides the other",
        "± with any denominators to 9", "products and quotients",
        "all four operations, denominators to 12",
    ]
    static let alphabet = "0123456789/+-*:=;"

    static func drawn(level: Int, using rng: inout SplitMix64) -> FractionQuestion? {
        let sums: [Character] = ["+", "-"]
        func proper(_ bottom: Int64) -> FractionQuestion.Operand {
            (rng.pick(1...bottom - 1), bottom)
        }
        switch level {
        case 0:
            let bottom = rng.pick(2...9)
            return FractionQuestion(proper(bottom), rng.pick(sums), proper(bottom))
        case 1:
            let bottom = rng.pick(2...5)
            let (small, large) = (proper(bottom), proper(bottom * rng.pick(2...3)))
            let turned = rng.below(2) == 0
            return FractionQuestion(
                turned ? large : small, rng.pick(sums), turned ? small : large)
        case 2:
            return FractionQuestion(
                proper(rng.pick(2...9)), rng.pick(sums), proper(rng.pick(2...9)))
        default:
            let (top, bottom): (Int64, Int64) = level == 3 ? (9, 9) : (15, 12)
            return FractionQuestion(
                (rng.pick(1...top), rng.pick(2...bottom)),
                rng.pick(level == 3 ? ["*", ":"] : ["+", "-", "*", ":"]),
                (rng.pick(1...top), rng.pick(2...bottom)))
        }
    }

    static func worked(_ question: FractionQuestion, by pupil: inout Pupil) -> (
        working: String, answer: String
    ) {
        var steps: [String] = []
        let (first, second) = (question.first, question.second)
        let top: Int64
        let bottom: Int64
        if question.isSum {
            let divisor = greatestCommonDivisor(first.bottom, second.bottom)
            bottom = first.bottom / divisor * second.bottom
            func widened(_ operand: FractionQuestion.Operand) -> Int64 {
                guard operand.bottom != bottom else { return operand.top }
                let factor = pupil.forgets() ? 1 : bottom / operand.bottom
                let top = pupil.written(operand.top * factor)
                steps.append("\(operand.top)/\(operand.bottom)=\(top)/\(bottom)")
                return top
            }
            let (left, right) = (widened(first), widened(second))
            top = pupil.written(question.operation == "+" ? left + right : left - right)
            steps.append("\(left)\(question.operation)\(right)=\(top)")
        } else {
            var factor = second
            if question.operation == ":" {
                if !pupil.forgets() { factor = (second.bottom, second.top) }
                steps.append("\(first.top)/\(first.bottom)*\(factor.top)/\(factor.bottom)")
            }
            top = pupil.written(first.top * factor.top)
            bottom = max(1, pupil.written(first.bottom * factor.bottom))
            steps.append("\(first.top)*\(factor.top)=\(top)")
            steps.append("\(first.bottom)*\(factor.bottom)=\(bottom)")
        }
        let divisor = greatestCommonDivisor(top, bottom)
        guard divisor > 1, !pupil.forgets() else {
            let answer = bottom == 1 ? "\(top)" : "\(top)/\(bottom)"
            return (steps.joined(separator: ";"), answer)
        }
        let (low, under) = (pupil.written(top / divisor), bottom / divisor)
        let answer = under == 1 ? "\(low)" : "\(low)/\(under)"
        steps.append("\(top)/\(bottom):\(divisor)=\(answer)")
        return (steps.joined(separator: ";"), answer)
    }

    static func grade(_ answer: String, gold: String) -> TaskGrade? {
        guard let expected = AnswerReader.fraction(gold) else { return nil }
        guard let given = AnswerReader.fraction(answer) else { return TaskGrade(0, "no fraction") }
        guard given.value == expected.value else { return TaskGrade(0, "another number") }
        return given.isLowest
            ? TaskGrade(1, "the result") : TaskGrade(0, "equal, but not in lowest terms")
    }
}

/// Two fractions and what to do with them.
struct FractionQuestion: TaskQuestion {
    typealias Operand = (top: Int64, bottom: Int64)
    let first: Operand
    let operation: Character
    let second: Operand
    private let value: ExactFraction

    init?(_ first: Operand, _ operation: Character, _ second: Operand) {
        guard first.top > 0, second.top > 0,
            let a = ExactFraction(first.top, first.bottom),
            let b = ExactFraction(second.top, second.bottom)
        else { return nil }
        let value =
            switch operation {
            case "+": a.plus(b)
            case "-": a.minus(b)
            case "*": a.times(b)
            default: a.divided(by: b)
            }
        guard let value else { return nil }
        (self.first, self.operation, self.second, self.value) = (first, operation, second, value)
    }

    init?(prompt: String) {
        var scanner = PromptScanner(prompt)
        guard let a = scanner.number(), scanner.accept("/"), let b = scanner.number(),
            let operation = scanner.accept(anyOf: "+-*:"),
            let c = scanner.number(), scanner.accept("/"), let d = scanner.number(),
            scanner.accept("="), scanner.isAtEnd
        else { return nil }
        self.init((a, b), operation, (c, d))
        if self.prompt != prompt { return nil }
    }

    var isSum: Bool { operation == "+" || operation == "-" }
    var prompt: String { "\(first.top)/\(first.bottom)\(operation)\(second.top)/\(second.bottom)=" }
    var answer: String { value.description }
    var key: String {
        [first, second].map { "\($0.top)/\($0.bottom)" }.sorted().joined(separator: " ")
    }
}
