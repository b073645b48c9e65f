import Curricula
import Rollouts
import Testing

@Suite struct ArithmeticGeneratorTests {
    private let generator = ArithmeticGenerator()

    @Test(
        "a level's train and held-out problems are distinct, right, and share no operand pair",
        arguments: 0..<ArithmeticGenerator.levels.count)
    func wall(level: Int) throws {
        let train = try generator.problems(level: level, count: 1500, seed: 7, split: .train)
        let held = try generator.problems(level: level, count: 300, seed: 7, split: .heldOut)
        #expect(!train.isEmpty && !held.isEmpty)
        #expect(Set(train.map(\.id)).count == train.count)
        func pair(_ problem: Problem) throws -> Set<Int> {
            let numbers = problem.prompt.split(whereSeparator: { "+-*=".contains($0) })
            return Set(numbers.compactMap { Int($0) })
        }
        let trained = try Set(train.map(pair))
        #expect(try held.allSatisfy { try !trained.contains(pair($0)) })
        for problem in train + held {
            let numbers = problem.prompt.split(whereSeparator: { "+-*=".contains($0) })
                .compactMap { Int($0) }
            let expected =
                problem.prompt.contains("+")
                ? numbers[0] + numbers[1]
                : problem.prompt.contains("-")
                    ? numbers[0] - numbers[1] : numbers[0] * numbers[1]
            #expect(problem.answer == String(expected) && expected >= 0)
        }
    }

    @Test("a small level gives all that it has, once")
    func exhausted() throws {
        let train = try generator.problems(level: 0, count: 10_000, seed: 1, split: .train)
        let held = try generator.problems(level: 0, count: 10_000, seed: 2, split: .heldOut)
        #expect(train.count + held.count == 155)
    }

    @Test("perfect work ends in the right answer", arguments: [false, true])
    func perfect(placeLetters: Bool) throws {
        let generator = ArithmeticGenerator(placeLetters: placeLetters)
        var rng = SplitMix64(seed: 4)
        for level in 0..<ArithmeticGenerator.levels.count {
            for problem in try generator.problems(level: level, count: 200, seed: 3, split: .train)
            {
                let text = try generator.demonstration(for: problem, noise: .none, using: &rng)
                #expect(text.hasSuffix("</think><answer>\(problem.answer)</answer>"))
            }
        }
    }

    @Test("passes over the working are as frequent as their weights say")
    func passes() throws {
        var rng = SplitMix64(seed: 6)
        let problem = try generator.problems(level: 1, count: 1, seed: 3, split: .train)[0]
        func counts(_ weights: [Double]) throws -> [Int: Int] {
            var noise = DemonstrationNoise.none
            noise.passWeights = weights
            var counts: [Int: Int] = [:]
            for _ in 0..<2000 {
                let text = try generator.demonstration(for: problem, noise: noise, using: &rng)
                counts[1 + text.count { $0 == "?" }, default: 0] += 1
            }
            return counts
        }
        #expect(try counts([0, 0, 1]) == [3: 2000])
        #expect(try counts([5, 0]) == [1: 2000])
        let mixed = try counts([6, 0, 2])
        #expect(mixed[2] == nil && abs(Double(mixed[1] ?? 0) / 2000 - 0.75) < 0.04)
        let plain = try counts([])
        #expect((1...3).allSatisfy { abs(Double(plain[$0] ?? 0) / 2000 - 1 / 3.0) < 0.04 })
    }

    @Test("planted errors leave about as many right answers as their chances say")
    func noisy() throws {
        var rng = SplitMix64(seed: 5)
        var right = 0
        let problems = try generator.problems(level: 2, count: 1000, seed: 3, split: .train)
        for problem in problems {
            let text = try generator.demonstration(for: problem, noise: .standard, using: &rng)
            right += text.hasSuffix("<answer>\(problem.answer)</answer>") ? 1 : 0
        }
        #expect((400...750).contains(right))
    }

    @Test("working is written column by column with the carry")
    func format() throws {
        var rng = SplitMix64(seed: 1)
        var shortest = String(repeating: "x", count: 999)
        let problem = Problem(id: "p", prompt: "52-47=", answer: "5")
        for _ in 0..<50 {
            let text = try generator.demonstration(for: problem, noise: .none, using: &rng)
            if text.count < shortest.count { shortest = text }
        }
        #expect(shortest == "<think>12-7=5,5-4-1=0;</think><answer>5</answer>")
    }

    @Test("what is no arithmetic is refused", arguments: ["", "2+2", "x+1=", "+1=", "1++1=", "é="])
    func refused(prompt: String) {
        var rng = SplitMix64(seed: 1)
        #expect(throws: CurriculumError.self) {
            try generator.demonstration(
                for: Problem(id: "p", prompt: prompt, answer: ""), noise: .none, using: &rng)
        }
    }
}
