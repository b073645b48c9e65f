import Rollouts

/// Quadratic equations with whole solutions, or none.
///
/// A problem reads `x^2-5x+6=0:` and is answered by all its real solutions in any order, `2,3`; a
/// double one once or twice; `none` where there are none. The demonstration divides by the first
/// coefficient and computes the discriminant, its root r and the solutions:
/// `5*5=25;4*6=24;25-24=1;r=1;5-1=4;4/2=2;5+1=6;6/2=3`.
struct QuadraticTask: QuestionTask {
    static let name = "quadratic"
    static let summary = "All real solutions of a quadratic equation, such as x^2-5x+6=0:"
    static let levels = [
        "two positive solutions", "two of any sign", "two or one, to ±12",
        "a first coefficient up to 5", "half of them without a solution",
    ]
    static let alphabet = "0123456789x^+-*/=;:,rnoe"

    static func drawn(level: Int, using rng: inout SplitMix64) -> QuadraticQuestion? {
        let range: ClosedRange<Int64> = level == 0 ? 1...9 : level == 2 ? -12...12 : -9...9
        let first = rng.pick(range)
        let second = level == 2 && rng.below(4) == 0 ? first : rng.pick(range)
        let factor = level >= 3 ? rng.pick(1...(level == 3 ? 5 : 3)) : 1
        if first == second, level < 2 { return nil }
        guard level == 4, rng.below(2) == 0 else {
            return QuadraticQuestion(factor, -factor * (first + second), factor * first * second)
        }
        let linear = rng.pick(-9...9)
        let constant = linear * linear / 4 + rng.pick(1...20)
        return QuadraticQuestion(factor, factor * linear, factor * constant)
    }

    static func worked(_ question: QuadraticQuestion, by pupil: inout Pupil) -> (
        working: String, answer: String
    ) {
        var steps: [String] = []
        if question.a > 1 {
            steps.append("\(question.monic)")
        }
        let sum = question.monic.b
        let square = pupil.written(sum * sum)
        let four = pupil.written(4 * question.monic.c)
        steps.append("\(abs(sum))*\(abs(sum))=\(square)")
        steps.append("4*\(question.monic.c)=\(four)")
        var discriminant = square - four
        if discriminant < 0, pupil.slips() || pupil.forgets() {
            // Who loses the sign goes on to solutions that there are not.
            let root = pupil.random.pick(1...9)
            discriminant = root * root
        } else {
            discriminant = pupil.written(discriminant)
        }
        steps.append("\(square)\((-four).withSign)=\(discriminant)")
        guard let root = QuadraticQuestion.root(of: discriminant) else {
            return (steps.joined(separator: ";"), "none")
        }
        steps.append("r=\(root)")
        // A forgotten sign turns the solutions around.
        let middle = pupil.forgets() ? sum : -sum
        var solutions: [Int64] = []
        for sign in root == 0 ? ["+"] : ["-", "+"] {
            let double = sign == "-" ? middle - root : middle + root
            let solution = pupil.written(double / 2)
            steps.append("\(middle)\(sign)\(root)=\(double);\(double)/2=\(solution)")
            solutions.append(solution)
        }
        return (steps.joined(separator: ";"), solutions.map(String.init).joined(separator: ","))
    }

    /// One where the answer lists the solutions that gold lists, each with or without `x=` before it.
    static func grade(_ answer: String, gold: String) -> TaskGrade? {
        guard let expected = solutions(gold) else { return nil }
        guard let given = solutions(answer) else { return TaskGrade(0, "not a list of solutions") }
        if given == expected { return TaskGrade(1, "the solutions") }
        let isPart = !given.isEmpty && given.isSubset(of: expected)
        return TaskGrade(0, isPart ? "a solution is missing" : "other solutions")
    }

    /// `none`, or up to four whole numbers.
    private static func solutions(_ text: String) -> Set<Int64>? {
        guard let plain = AnswerReader.trimmed(text) else { return nil }
        if plain == "none" { return [] }
        let parts = plain.split(separator: ",", maxSplits: 4, omittingEmptySubsequences: false)
        let numbers = parts.compactMap { AnswerReader.whole(AnswerReader.withoutUnknown($0)) }
        return numbers.count == parts.count && numbers.count <= 4 ? Set(numbers) : nil
    }
}

/// `ax² + bx + c = 0` whose real solutions are whole.
struct QuadraticQuestion: TaskQuestion {
    /// `x² + bx + c`.
    struct Monic: Sendable, CustomStringConvertible {
        let b: Int64
        let c: Int64

        var description: String { QuadraticQuestion.text(1, b, c) }
    }

    let a: Int64
    let monic: Monic
    private let solutions: [Int64]

    init?(_ a: Int64, _ b: Int64, _ c: Int64) {
        guard (1...99).contains(a), b % a == 0, c % a == 0, abs(b) < 100_000, abs(c) < 1_000_000
        else { return nil }
        self.a = a
        monic = Monic(b: b / a, c: c / a)
        let discriminant = monic.b * monic.b - 4 * monic.c
        if discriminant < 0 {
            solutions = []
            return
        }
        // The root has the parity of b, so that the solutions are whole.
        guard let root = Self.root(of: discriminant) else { return nil }
        solutions = Set([(-monic.b - root) / 2, (-monic.b + root) / 2]).sorted()
    }

    init?(prompt: String) {
        var scanner = PromptScanner(prompt)
        let a = scanner.number() ?? 1
        guard scanner.accept("x^2") else { return nil }
        var (b, c): (Int64, Int64) = (0, 0)
        if let sign = scanner.accept(anyOf: "+-") {
            let number = scanner.number()
            let value = (sign == "-" ? -1 : 1) * (number ?? 1)
            if scanner.accept("x") {
                b = value
                c = scanner.signedNumber(needsSign: true) ?? 0
            } else {
                c = value
            }
        }
        guard scanner.accept("=0:"), scanner.isAtEnd else { return nil }
        self.init(a, b, c)
        if self.prompt != prompt { return nil }
    }

    var prompt: String { Self.text(a, a * monic.b, a * monic.c) + "=0:" }
    var answer: String {
        solutions.isEmpty ? "none" : solutions.map(String.init).joined(separator: ",")
    }
    /// Multiples of one equation have the same solutions.
    var key: String { "\(monic)" }

    private static func text(_ a: Int64, _ b: Int64, _ c: Int64) -> String {
        let linear = b == 0 ? "" : (b < 0 ? "-" : "+") + LinearQuestion.unknown(abs(b))
        return (a == 1 ? "" : "\(a)") + "x^2" + linear + (c == 0 ? "" : c.withSign)
    }

    /// The whole square root, where there is one.
    static func root(of value: Int64) -> Int64? {
        guard value >= 0 else { return nil }
        var root = Int64(Double(value).squareRoot())
        while root * root > value { root -= 1 }
        while (root + 1) * (root + 1) <= value { root += 1 }
        return root * root == value ? root : nil
    }
}
