import Rollouts

/// Arithmetic chains: several operations, with the usual precedence and with brackets.
///
/// A problem reads `3+4*(7-2)=` and is answered by `23`. The demonstration takes one operation after
/// the other, innermost and leftmost first: `7-2=5;4*5=20;3+20=23`; now and then it does all of it
/// twice, after a `?`.
struct ChainTask: QuestionTask {
    static let name = "chain"
    static let summary = "Several operations on whole numbers, such as 3+4*(7-2)="
    static let levels = [
        "two ±", "three or four ±", "two or three of + - *", "brackets, two or three operations",
        "brackets, four or five operations, numbers to 20",
    ]
    static let alphabet = "0123456789+-*()=;?"
    static let passes = 2

    static func drawn(level: Int, using rng: inout SplitMix64) -> ChainQuestion? {
        let fewest = [3, 4, 3, 3, 5][level]
        let count = fewest + (level == 0 ? 0 : rng.below(2))
        let operations: [ArithmeticTree.Operation] =
            level < 2 ? [.plus, .minus] : [.plus, .minus, .times]
        let numbers = (0..<count).map { _ in rng.pick(1...(level == 4 ? 20 : 9)) }
        var text = ""
        if level < 3 {
            for (index, number) in numbers.enumerated() {
                text += (index > 0 ? String(rng.pick(operations).rawValue) : "") + "\(number)"
            }
            guard level < 2 || text.contains("*") else { return nil }
        } else {
            text = ArithmeticTree.drawn(numbers[...], operations, using: &rng).text
            guard text.contains("(") else { return nil }
        }
        return ChainQuestion(prompt: text + "=")
    }

    static func worked(_ question: ChainQuestion, by pupil: inout Pupil) -> (
        working: String, answer: String
    ) {
        var steps: [String] = []
        func value(_ tree: ArithmeticTree) -> Int64 {
            switch tree {
            case .number(let number): return number
            case .node(let operation, let left, let right):
                let (a, b) = (value(left), value(right))
                var result = operation.applied(a, b) ?? a
                if pupil.forgets() {
                    // A sign is overlooked: the sum, or of a sum its first part.
                    let other = operation == .plus ? a : a + b
                    result = other == result ? result + 1 : other
                }
                result = pupil.written(result)
                steps.append("\(a)\(operation.rawValue)\(b)=\(result)")
                return result
            }
        }
        let answer = value(question.tree)
        return (steps.joined(separator: ";"), "\(answer)")
    }

    static func grade(_ answer: String, gold: String) -> TaskGrade? {
        .ofWhole(answer, gold: gold)
    }
}

/// An expression with its value.
struct ChainQuestion: TaskQuestion {
    let tree: ArithmeticTree
    private let value: Int64

    init?(prompt: String) {
        guard prompt.last == "=", let tree = ArithmeticTree(prompt.dropLast()),
            case .node = tree, let value = tree.value, abs(value) <= 9999, tree.text + "=" == prompt
        else { return nil }
        (self.tree, self.value) = (tree, value)
    }

    var prompt: String { tree.text + "=" }
    var answer: String { "\(value)" }
}
