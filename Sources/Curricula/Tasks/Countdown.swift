import Rollouts

/// Numbers and a target: an expression that uses every number once and comes to the target.
///
/// A problem reads `3,4,6>18:` and is answered by any such expression, `3*4+6`. Its gold is the JSON
/// `{"numbers":[3,4,6],"target":18}` that the reward `countdown` reads too. The demonstration tries up
/// to two other expressions before the one that fits, each step written out, a failure before a `?`:
/// `3+4=7;7+6=13?3*4=12;12+6=18`. Who forgets to look at the target answers a failure; who slips writes
/// another operation.
struct CountdownTask: QuestionTask {
    static let name = "countdown"
    static let summary =
        "Given numbers combined to a target, such as 3,4,6>18:"
    static let levels = [
        "two numbers to 9, + - *", "three numbers to 9, + -", "three numbers to 9, + - *",
        "four numbers to 12, + - * /", "five numbers to 25, + - * /",
    ]
    static let alphabet = "0123456789,>:+-*/()=;?"

    static func drawn(level: Int, using rng: inout SplitMix64) -> CountdownQuestion? {
        let count = [2, 3, 3, 4, 5][level]
        let largest: Int64 = [9, 9, 9, 12, 25][level]
        let numbers = (0..<count).map { _ in rng.pick(1...largest) }
        let tree = CountdownQuestion.tree(over: numbers, operations(level), &rng)
        guard let target = tree.value, (1...999).contains(target) else { return nil }
        return CountdownQuestion(numbers: numbers, target: target, solution: tree)
    }

    private static func operations(_ level: Int) -> [ArithmeticTree.Operation] {
        switch level {
        case 1: [.plus, .minus]
        case 0, 2: [.plus, .minus, .times]
        default: ArithmeticTree.Operation.allCases
        }
    }

    static func question(of problem: Problem) -> CountdownQuestion? {
        guard var question = CountdownQuestion(prompt: problem.prompt) else { return nil }
        question.solution =
            problem.metadata["example"]?.string.flatMap { ArithmeticTree($0) }
            .flatMap { question.isSolved(by: $0.text) ? $0 : nil } ?? question.found()
        return question.solution == nil ? nil : question
    }

    static func worked(_ question: CountdownQuestion, by pupil: inout Pupil) -> (
        working: String, answer: String
    ) {
        var tries: [String] = []
        let isCareless = pupil.forgets()
        let count = pupil.random.below(3)
        for _ in 0..<(isCareless ? max(count, 1) : count) {
            guard let failure = question.failure(&pupil.random) else { break }
            let (text, tree) = steps(failure, by: &pupil)
            tries.append(text)
            if isCareless { return (tries.joined(separator: "?"), tree.text) }
        }
        let (text, tree) = steps(question.solution ?? .number(0), by: &pupil)
        return ((tries + [text]).joined(separator: "?"), tree.text)
    }

    /// What is written for an expression, and the expression as it was written.
    private static func steps(
        _ tree: ArithmeticTree, by pupil: inout Pupil
    ) -> (text: String, tree: ArithmeticTree) {
        var steps: [String] = []
        func written(_ tree: ArithmeticTree) -> (tree: ArithmeticTree, value: Int64) {
            guard case .node(let operation, let left, let right) = tree, let value = tree.value
            else { return (tree, tree.value ?? 0) }
            let (a, b) = (written(left), written(right))
            var used = operation
            if pupil.slips() {
                used = pupil.random.pick(
                    ArithmeticTree.Operation.allCases.filter { $0 != operation })
            }
            steps.append("\(a.value)\(used.rawValue)\(b.value)=\(value)")
            return (.node(used, a.tree, b.tree), value)
        }
        let whole = written(tree).tree
        return (steps.joined(separator: ";"), whole)
    }

    /// One for the target, by the same exact arithmetic as the reward `countdown`.
    static func grade(_ answer: String, gold: String) -> TaskGrade? {
        guard let puzzle = CountdownPuzzle(json: gold) else { return nil }
        switch puzzle.judge(answer, usesAll: true) {
        case .target: return TaskGrade(1, "the target")
        case .anotherValue: return TaskGrade(0, "another value")
        case .otherNumbers: return TaskGrade(0, "other numbers")
        case .falseStatement: return TaskGrade(0, "a stated value is not so")
        case .unreadable(let fault): return TaskGrade(0, "no expression: \(fault)")
        }
    }
}

/// Numbers, a target, and a solution where it is known.
struct CountdownQuestion: TaskQuestion {
    let numbers: [Int64]
    let target: Int64
    var solution: ArithmeticTree?

    init(numbers: [Int64], target: Int64, solution: ArithmeticTree?) {
        (self.numbers, self.target, self.solution) = (numbers, target, solution)
    }

    init?(prompt: String) {
        var scanner = PromptScanner(prompt)
        guard var numbers = scanner.number().map({ [$0] }) else { return nil }
        while scanner.accept(",") {
            guard let number = scanner.number(), numbers.count < 5 else { return nil }
            numbers.append(number)
        }
        guard scanner.accept(">"), let target = scanner.number(), scanner.accept(":"),
            scanner.isAtEnd, numbers.count > 1
        else { return nil }
        self.init(numbers: numbers, target: target, solution: nil)
        if self.prompt != prompt { return nil }
    }

    private var puzzle: CountdownPuzzle { CountdownPuzzle(target: target, numbers: numbers) }
    var prompt: String { numbers.map(String.init).joined(separator: ",") + ">\(target):" }
    var answer: String { puzzle.json }
    var key: String { "\(numbers.sorted()) \(target)" }
    var metadata: [String: JSONValue] { solution.map { ["example": .string($0.text)] } ?? [:] }

    func isSolved(by text: String) -> Bool { puzzle.judge(text, usesAll: true) == .target }

    /// The numbers in a random order, combined at random.
    static func tree(
        over numbers: [Int64], _ operations: [ArithmeticTree.Operation], _ rng: inout SplitMix64
    ) -> ArithmeticTree {
        var order = numbers
        for index in order.indices.dropFirst() { order.swapAt(index, rng.below(index + 1)) }
        return .drawn(order[...], operations, using: &rng)
    }

    /// A whole expression over the numbers that misses the target.
    func failure(_ rng: inout SplitMix64) -> ArithmeticTree? {
        for _ in 0..<32 {
            let tree = Self.tree(over: numbers, [.plus, .minus, .times], &rng)
            if let value = tree.value, value != target { return tree }
        }
        return nil
    }

    /// A solution by search over all pairs of what is left, where whole steps lead to one.
    func found() -> ArithmeticTree? {
        func search(_ left: [(tree: ArithmeticTree, value: Int64)]) -> ArithmeticTree? {
            if left.count == 1 { return left[0].value == target ? left[0].tree : nil }
            for i in left.indices {
                for j in left.indices where j != i {
                    let rest = left.indices.filter { $0 != i && $0 != j }.map { left[$0] }
                    for operation in ArithmeticTree.Operation.allCases {
                        let isEitherWay = operation == .plus || operation == .times
                        guard !isEitherWay || i < j,
                            let value = operation.applied(left[i].value, left[j].value)
                        else { continue }
                        let tree = ArithmeticTree.node(operation, left[i].tree, left[j].tree)
                        if let tree = search(rest + [(tree, value)]) { return tree }
                    }
                }
            }
            return nil
        }
        return search(numbers.map { (.number($0), $0) })
    }
}
