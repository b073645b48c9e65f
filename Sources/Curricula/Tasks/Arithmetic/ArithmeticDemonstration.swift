public import Rollouts

/// Planted errors of demonstrations: what a first try gets wrong and a second look mends.
public struct DemonstrationNoise: Sendable, Equatable {
    /// Chance that the first pass forgets a carry or borrow, or a demand, or a turn the answers so far.
    public var forgetsCarry: Double
    /// The same in later passes.
    public var forgetsCarryAgain: Double
    /// Chance that the digit that a column writes down is another, or that a guess is not the middle.
    public var slips: Double
    /// How often a working has one pass, two, three and so on; empty for one to three, equally often.
    public var passWeights: [Double]

    /// Noise from its parts, chances each in 0...1.
    public init(
        forgetsCarry: Double, forgetsCarryAgain: Double, slips: Double, passWeights: [Double] = []
    ) {
        self.passWeights = passWeights
        self.forgetsCarry = forgetsCarry
        self.forgetsCarryAgain = forgetsCarryAgain
        self.slips = slips
    }

    /// Re-checking helps, so a policy is tempted to grow longer.
    public static let standard = DemonstrationNoise(
        forgetsCarry: 0.7, forgetsCarryAgain: 0.25, slips: 0.08)
    /// Perfect work.
    public static let none = DemonstrationNoise(forgetsCarry: 0, forgetsCarryAgain: 0, slips: 0)
}

extension DemonstrationNoise {
    fileprivate func passes(_ rng: inout SplitMix64) -> Int {
        guard !passWeights.isEmpty else { return 1 + rng.below(3) }
        var point = rng.uniform() * passWeights.reduce(0, +)
        for (index, weight) in passWeights.enumerated() {
            point -= weight
            if point < 0 { return index + 1 }
        }
        return (passWeights.lastIndex { $0 > 0 } ?? 0) + 1
    }
}

extension ArithmeticGenerator {
    /// A completion as a fallible pupil writes it.
    ///
    /// Columns from the ones up with the carry written out, `7+5=12,4+8+1=13;`, in one pass or
    /// more, each further one after a `?`; the last pass gives the answer:
    /// `<think>7+5=12,4+8+1=13;</think><answer>132</answer>`.
    ///
    /// - Throws: `CurriculumError.notOfTask` where the prompt is no problem of this generator.
    public func demonstration(
        for problem: Problem, noise: DemonstrationNoise, using rng: inout SplitMix64
    ) throws(CurriculumError) -> String {
        guard let question = ArithmeticQuestion(prompt: problem.prompt) else {
            throw .notOfTask(prompt: problem.prompt, task: Self.name)
        }
        let passes = noise.passes(&rng)
        var working = ""
        var answer = 0
        for pass in 0..<passes {
            if pass > 0 { working += "?" }
            let forgets = pass == 0 ? noise.forgetsCarry : noise.forgetsCarryAgain
            let (text, value) = self.pass(question, forgets: forgets, noise: noise, &rng)
            working += text
            answer = value
        }
        return "<think>\(working)</think><answer>\(answer)</answer>"
    }

    /// One pass over the columns, and the number that it comes to.
    private func pass(
        _ question: ArithmeticQuestion, forgets: Double, noise: DemonstrationNoise,
        _ rng: inout SplitMix64
    ) -> (text: String, value: Int) {
        let top = ArithmeticQuestion.digits(question.a)
        let bottom = ArithmeticQuestion.digits(question.b)
        let columns = question.operation == .product ? top.count : max(top.count, bottom.count)
        var steps: [String] = []
        var carry = 0
        var value = 0
        var place = 1
        for column in 0..<columns {
            let x = column < top.count ? top[column] : 0
            let y =
                question.operation == .product
                ? bottom[0] : column < bottom.count ? bottom[column] : 0
            if carry > 0, rng.uniform() < forgets { carry = 0 }
            var step = Self.column(question.operation, x, y, carry: carry)
            if rng.uniform() < noise.slips {
                let digit = (step.result % 10 + 1 + rng.below(9)) % 10
                step.result += digit - step.result % 10
            }
            let prefix = placeLetters ? Self.letter(column) : ""
            steps.append("\(prefix)\(step.text)=\(step.result)")
            let isLast = column == columns - 1
            value += place * (isLast ? step.result : step.result % 10)
            carry = question.operation == .subtraction ? step.borrow : step.result / 10
            place *= 10
        }
        return (steps.joined(separator: placeLetters ? "" : ",") + ";", value)
    }

    /// What one column computes: its text, its result, and whether a difference had to borrow.
    private static func column(
        _ operation: ArithmeticOperation, _ x: Int, _ y: Int, carry: Int
    ) -> (text: String, result: Int, borrow: Int) {
        let tail = carry > 0 ? (operation == .subtraction ? "-\(carry)" : "+\(carry)") : ""
        switch operation {
        case .addition: return ("\(x)+\(y)\(tail)", x + y + carry, 0)
        case .product: return ("\(x)*\(y)\(tail)", x * y + carry, 0)
        case .subtraction:
            let borrow = x - carry < y ? 1 : 0
            return ("\(x + 10 * borrow)-\(y)\(tail)", x + 10 * borrow - y - carry, borrow)
        }
    }
}
