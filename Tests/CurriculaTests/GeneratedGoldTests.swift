import Curricula
import Rollouts
import Testing

/// Gold answers against another way of computing them, and graders against rewritings and near misses.
@Suite struct GeneratedGoldTests {
    private static let cases = GeneratedTask.allCases.flatMap { task in
        task.type.levels.indices.map { (task, $0) }
    }

    private func value(_ text: String) -> ExactFraction? {
        var reader = ExactExpression(text)
        return reader.read()
    }

    private func problems(
        _ task: GeneratedTask, _ level: Int, count: Int = 60
    ) throws -> [Problem] {
        try task.generator().problems(level: level, count: count, seed: 21, split: .train)
    }

    private func grade(_ task: GeneratedTask, _ answer: String, _ gold: String) -> Double? {
        task.type.grade(answer, gold: gold)?.value
    }

    /// Problems of every level of a task.
    private func all(_ task: GeneratedTask) throws -> [Problem] {
        try task.type.levels.indices.flatMap { try problems(task, $0) }
    }

    @Test("gold is what exact arithmetic says of the prompt")
    func evaluated() throws {
        for problem in try all(.chain) {
            let value = value(String(problem.prompt.dropLast()))
            #expect(value?.description == problem.answer, "\(problem.prompt)")
        }
        for problem in try all(.fractions) {
            // Each fraction in brackets, so that the bar binds before the operation.
            let plain = problem.prompt.dropLast().map { character in
                "+-*:".contains(character)
                    ? ")\(character == ":" ? "/" : character)(" : "\(character)"
            }
            let value = value("(" + plain.joined() + ")")
            #expect(value?.description == problem.answer, "\(problem.prompt)")
        }
    }

    /// An equation's sides with a number in place of x.
    private func sides(_ equation: Substring, at x: String) -> [ExactFraction?] {
        equation.split(separator: "=").map { side in
            var text = ""
            var rest = side
            while let first = rest.popFirst() {
                let isFactor = text.last?.isNumber == true || text.last == ")"
                if first == "x" {
                    text += (isFactor ? "*" : "") + "(\(x))"
                    if rest.hasPrefix("^2") {
                        text += "*(\(x))"
                        rest = rest.dropFirst(2)
                    }
                } else {
                    text += first == "(" && isFactor ? "*(" : "\(first)"
                }
            }
            return value(text)
        }
    }

    @Test("solutions solve their equations, and no other whole number does")
    func equations() throws {
        for problem in try all(.linear) {
            let both = sides(problem.prompt.dropLast(), at: problem.answer)
            #expect(both.count == 2 && both[0] != nil && both[0] == both[1], "\(problem.prompt)")
        }
        for problem in try all(.quadratic) {
            let solutions = (-30...30).filter {
                let both = sides(problem.prompt.dropLast(), at: "\($0)")
                return both.count == 2 && both[0] != nil && both[0] == both[1]
            }
            let gold = problem.answer == "none" ? [] : problem.answer.split(separator: ",")
            #expect(solutions.map(String.init) == gold.map(String.init), "\(problem.prompt)")
        }
        #expect(try problems(.quadratic, 4).contains { $0.answer == "none" })
    }

    @Test("digits mean the same number in both bases")
    func bases() throws {
        for problem in try all(.bases) {
            let parts = problem.prompt.split { ":>".contains($0) }
            let bases = try [#require(Int(parts[0])), #require(Int(parts[2]))]
            #expect(
                Int(parts[1], radix: bases[0]) == Int(problem.answer, radix: bases[1]),
                "\(problem.prompt)")
        }
    }

    @Test("residues keep what their names promise")
    func residues() throws {
        for problem in try all(.modular) {
            let parts = problem.prompt.dropLast().split(separator: "%")
            let modulus = try #require(Int(parts[1]))
            let gold = try #require(Int(problem.answer))
            #expect((0..<modulus).contains(gold))
            let power = parts[0].split(separator: "^")
            if power.count == 2 {
                let base = try #require(Int(power[0]))
                let exponent = try #require(Int(power[1]))
                if exponent == -1 {
                    #expect(base * gold % modulus == 1, "\(problem.prompt)")
                } else {
                    let found = (0..<exponent).reduce(1) { value, _ in value * base % modulus }
                    #expect(found == gold, "\(problem.prompt)")
                }
            } else {
                // The chain as one expression, reduced once at its end.
                let steps = parts[0].split(separator: ",")
                let nested = steps.dropFirst().reduce(String(steps[0])) { "(\($0))\($1)" }
                let whole = try #require(value(nested)).top
                let found = (Int(whole) % modulus + modulus) % modulus
                #expect(found == gold, "\(problem.prompt)")
            }
        }
    }

    @Test("an asked key stands once in its context, with the gold value")
    func lookup() throws {
        for problem in try all(.lookup) {
            let asked = problem.prompt.dropLast().split(separator: "?")[1]
            let pairs = problem.prompt.split(separator: ";").dropLast().filter {
                $0.hasPrefix(asked + "=")
            }
            #expect(pairs.count == 1 && pairs[0].hasSuffix("=\(problem.answer)"))
        }
        let lengths = try GeneratedTask.lookup.type.levels.indices.map { level in
            try problems(.lookup, level, count: 1)[0].prompt.count
        }
        #expect(lengths == [23, 43] + [16, 32, 64, 128].map { $0 * 6 + 4 })
    }

    @Test("sorted lists have the items of the prompt, and no descent")
    func sorting() throws {
        for problem in try all(.sorting) {
            let given = problem.prompt.dropLast().split(separator: ",")
            let sorted = problem.answer.split(separator: ",")
            #expect(given.sorted() == sorted.sorted())
            for (a, b) in zip(sorted, sorted.dropFirst()) {
                let isInOrder =
                    if let x = Int(a), let y = Int(b) { x <= y } else { a <= b }
                #expect(isInOrder, "\(problem.answer)")
            }
        }
    }

    @Test("countdown: gold is the prompt's JSON, and its example comes to the target")
    func countdown() throws {
        for problem in try all(.countdown) {
            let gold = try #require(CountdownPuzzle(json: problem.answer))
            let numbers = gold.numbers.map(String.init).joined(separator: ",")
            #expect("\(numbers)>\(gold.target):" == problem.prompt)
            let example = try #require(problem.metadata["example"]?.string)
            #expect(value(example) == ExactFraction(whole: gold.target), "\(example)")
            #expect(grade(.countdown, example + " = \(gold.target)", problem.answer) == 1)
            #expect(grade(.countdown, "\(gold.target)", problem.answer) == 0)
            #expect(grade(.countdown, "\(example)+1", problem.answer) == 0)
        }
        // A problem that has lost its example is solved by search.
        var random = SplitMix64(seed: 4)
        for var problem in try problems(.countdown, 3, count: 5) {
            problem.metadata = [:]
            let text = try GeneratedTask.countdown.generator().demonstration(
                for: problem, noise: .none, using: &random)
            let answer = text.split(separator: "<answer>").last?.split(separator: "<").first
            #expect(grade(.countdown, String(answer ?? ""), problem.answer) == 1)
        }
    }

    @Test("harmless forms are right, near misses worth nothing")
    func forms() {
        let cases: [(GeneratedTask, gold: String, right: [String], wrong: [String])] = [
            (
                .fractions, "5/6", ["5/6", " 5 / 6\n", "+5/6", "05/06"],
                ["10/12", "6/5", "-5/6", "5/-6", "0.8333", "5", "5/6/1", "5/0", "5/", "/6"]
            ),
            (.fractions, "-2", ["-2", "- 2", "-2/1", "−2"], ["-4/2", "2", "-20", "--2"]),
            (
                .linear, "7/3", ["7/3", "x=7/3", " x = 14/6", "+7/3"],
                ["2.333", "3/7", "y=7/3", "x=", "x", "7/3=x", "8/3"]
            ),
            (
                .quadratic, "-2,3", ["-2,3", "3,-2", " 3 , -2 ", "x=-2,x=3", "3,-2,3"],
                ["3", "-2", "2,3", "-2,3,4", "none", "", "-2 3", "-2,", ",", "1,2,3,4,5"]
            ),
            (.quadratic, "none", ["none", " none "], ["None!", "0", "", "non", "none,none"]),
            (.quadratic, "4", ["4", "4,4"], ["4,5", "-4", "none"]),
            (
                .sorting, "a,b,d", ["a,b,d", "a, b, d"],
                ["b,a,d", "a,b", "a,b,d,d", "abd", "A,B,D", "a;b;d", "a,b,d,"]
            ),
            (.sorting, "3,22,100", ["3,22,100", "03,22,+100"], ["100,22,3", "3,22", "3,22,10"]),
            (
                .bases, "2f", ["2f", "2F", "002f", " 2f"],
                ["0x2f", "2e", "2ff", "f2", "-2f", "2 f"]
            ),
            (.bases, "0", ["0", "000"], ["", "1", "00001"]),
            (.modular, "4", ["4", "04", "+4"], ["13", "-5", "4.0", "4%9", "5"]),
            (.lookup, "12", ["12", " 12 "], ["21", "1", "2", "cd=12", "12;", "112"]),
            (.chain, "-23", ["-23", "− 23", "-023"], ["23", "-2 3", "-230", "-23.0"]),
            (
                .countdown, #"{"numbers":[3,4,6],"target":30}"#,
                ["3*(4+6)", "(6+4)×3", "30 = 3 * (6 + 4)"],
                ["3*4+6", "30", "3*(4+6)*1", "5*6", "3*(4+6", "3*(4+6)=31", "(3+3)*5"]
            ),
        ]
        for (task, gold, right, wrong) in cases {
            for text in right { #expect(grade(task, text, gold) == 1, "\(task) `\(text)`") }
            for text in wrong { #expect(grade(task, text, gold) == 0, "\(task) `\(text)`") }
        }
        let unreduced = GeneratedTask.fractions.type.grade("10/12", gold: "5/6")
        #expect(unreduced?.reason == "equal, but not in lowest terms")
    }

    @Test("random bytes and mutilated golds are graded between 0 and 1", arguments: cases)
    func fuzz(_ task: GeneratedTask, level: Int) throws {
        var random = SplitMix64(seed: UInt64(level))
        let letters = Array("0123456789+-*/=()[]{}<>,;:|%^?xabcdefrno \\\"\n\u{2212}é\u{0}".utf8)
        for problem in try problems(task, level, count: 5) {
            for _ in 0..<60 {
                let length = 1 + random.below(40)
                let bytes = (0..<length).map { _ in
                    random.below(8) == 0
                        ? UInt8(random.below(256)) : letters[random.below(letters.count)]
                }
                let text = String(decoding: bytes, as: UTF8.self)
                let value = try #require(grade(task, text, problem.answer))
                #expect((0...1).contains(value))
                _ = task.type.grade(problem.answer, gold: text)
                let other = Problem(id: "x", prompt: text, answer: text)
                _ = try? task.generator().demonstration(
                    for: other, noise: .standard, using: &random)
            }
        }
        for length in [2_000, 100_000] {
            for text in ["1,", "a,", "x=", "1/", "-", "+1", "*", "=", "\u{2212}", "[", "0"] {
                let gold = try problems(task, level, count: 1)[0].answer
                let long = String(repeating: text, count: length / text.utf8.count)
                #expect(grade(task, long, gold) == 0)
            }
        }
    }

    @Test("a perturbed problem's own gold refuses the response", arguments: cases)
    func perturbed(_ task: GeneratedTask, level: Int) throws {
        // Arithmetic's prompts change alone, and transcripts of several turns have no answer's tags.
        let generator = task.generator()
        guard task != .arithmetic, !(generator is any InteractiveTask) else { return }
        var random = SplitMix64(seed: 17)
        for problem in try problems(task, level, count: 40) {
            let text = try generator.demonstration(for: problem, noise: .none, using: &random)
            let other = generator.perturbed(problem, answeredBy: text, using: &random)
            let answer = text.split(separator: "<answer>").last?.split(separator: "<").first
            guard other.prompt != problem.prompt else { continue }
            let value = try #require(grade(task, String(answer ?? ""), other.answer))
            #expect(value < 0.5, "\(problem.prompt) \(other.prompt) \(answer ?? "")")
        }
    }

    @Test("small levels give all they have, whatever the seed", arguments: cases)
    func exhausted(_ task: GeneratedTask, level: Int) throws {
        let generator = task.generator()
        let one = try generator.problems(level: level, count: 300, seed: 1, split: .train)
        guard one.count < 300, task != .constraints else { return }
        let two = try generator.problems(level: level, count: 300, seed: 2, split: .train)
        #expect(Set(one.map(\.prompt)) == Set(two.map(\.prompt)))
    }

    @Test("more slips make more demonstrations wrong", arguments: cases)
    func proportion(_ task: GeneratedTask, level: Int) throws {
        guard !(task.generator() is any InteractiveTask) else { return }
        let problems = try problems(task, level, count: 80)
        func wrong(_ noise: DemonstrationNoise) throws -> Double {
            var random = SplitMix64(seed: 31)
            let count = try problems.count { problem in
                let text = try task.generator().demonstration(
                    for: problem, noise: noise, using: &random)
                let answer = text.split(separator: "<answer>").last?.split(separator: "<").first
                return grade(task, String(answer ?? ""), problem.answer) != 1
            }
            return Double(count) / Double(problems.count)
        }
        let few = try wrong(DemonstrationNoise(forgetsCarry: 0, forgetsCarryAgain: 0, slips: 0.05))
        let many = try wrong(DemonstrationNoise(forgetsCarry: 0, forgetsCarryAgain: 0, slips: 0.6))
        #expect(few < many && many > 0.25 && few < 0.8, "\(few) \(many)")
    }
}
