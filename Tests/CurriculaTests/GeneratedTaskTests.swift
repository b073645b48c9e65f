import Curricula
import Rollouts
import Testing

/// Laws of every generated task.
@Suite struct GeneratedTaskTests {
    private static let cases = GeneratedTask.allCases.flatMap { task in
        task.type.levels.indices.map { (task, $0) }
    }

    /// What is graded of a demonstration: the text between the tags, or the whole transcript.
    private func answer(of text: String, _ task: GeneratedTask) -> String? {
        if task.type is any InteractiveTask.Type { return text }
        let parts = text.split(separator: "<answer>", omittingEmptySubsequences: false)
        guard parts.count == 2, parts[1].hasSuffix("</answer>") else { return nil }
        return String(parts[1].dropLast("</answer>".count))
    }

    @Test("problems are distinct, the same for the same seed, and the wall holds", arguments: cases)
    func problems(_ task: GeneratedTask, level: Int) throws {
        let generator = task.generator()
        let train = try generator.problems(level: level, count: 400, seed: 7, split: .train)
        let held = try generator.problems(level: level, count: 100, seed: 11, split: .heldOut)
        #expect(!train.isEmpty && !held.isEmpty)
        #expect(Set(train.map(\.id)).count == train.count)
        // What an environment keeps to itself tells problems of one prompt apart.
        let isInteractive = generator is any InteractiveTask
        func key(_ problem: Problem) -> String {
            isInteractive ? problem.prompt + problem.answer : problem.prompt
        }
        #expect(Set(train.map(key)).count == train.count)
        #expect(Set(train.map(key)).isDisjoint(with: held.map(key)))
        #expect(try generator.problems(level: level, count: 400, seed: 7, split: .train) == train)
        for problem in train {
            #expect(problem.level == level && problem.tags.contains(task.rawValue))
            #expect(problem.prompt.allSatisfy(task.type.alphabet.contains))
        }
    }

    @Test("perfect demonstrations are right, within the alphabet", arguments: cases)
    func demonstrations(_ task: GeneratedTask, level: Int) throws {
        let generator = task.generator()
        var random = SplitMix64(seed: 3)
        for problem in try generator.problems(level: level, count: 200, seed: 5, split: .train) {
            let text = try generator.demonstration(for: problem, noise: .none, using: &random)
            let given = answer(of: text, task) ?? "none"
            let found = task.type.grade(given, gold: problem.answer)
            let grade = try #require(found)
            #expect(grade.value == 1, "\(problem.prompt) \(given): \(grade.reason)")
            var plain = text
            for tag in task.type.specialTokens {
                plain = plain.split(separator: tag, omittingEmptySubsequences: false).joined()
            }
            #expect(plain.allSatisfy(task.type.alphabet.contains), "\(plain)")
        }
    }

    @Test("noise makes demonstrations wrong now and then", arguments: GeneratedTask.allCases)
    func noise(_ task: GeneratedTask) throws {
        let generator = task.generator()
        let level = task.type.levels.count - 1
        var random = SplitMix64(seed: 3)
        let noise = DemonstrationNoise(forgetsCarry: 0.5, forgetsCarryAgain: 0.5, slips: 0.1)
        let values = try generator.problems(level: level, count: 300, seed: 5, split: .train).map {
            let text = try generator.demonstration(for: $0, noise: noise, using: &random)
            return task.type.grade(answer(of: text, task) ?? "", gold: $0.answer)?.value ?? -1
        }
        #expect(values.contains(1) && values.contains { $0 < 0.5 } && values.allSatisfy { $0 >= 0 })
    }

    @Test("under a perturbed prompt the response is wrong", arguments: cases)
    func perturbed(_ task: GeneratedTask, level: Int) throws {
        let generator = task.generator()
        var random = SplitMix64(seed: 9)
        var changed = 0
        let problems = try generator.problems(level: level, count: 100, seed: 5, split: .train)
        for problem in problems {
            let text = try generator.demonstration(for: problem, noise: .none, using: &random)
            let other = generator.perturbed(problem, answeredBy: text, using: &random)
            if other.prompt != problem.prompt { changed += 1 }
            #expect(other.prompt.allSatisfy(task.type.alphabet.contains))
        }
        #expect(changed * 10 >= problems.count * 9)
    }

    @Test(
        "hostile answers are graded, and a gold of no sense is none",
        arguments: GeneratedTask.allCases)
    func hostile(_ task: GeneratedTask) throws {
        let problem = try #require(
            try task.generator().problems(level: 0, count: 1, seed: 1, split: .train).first)
        let answers = [
            "", " ", "\u{0}", "é", "١٢", "-", "+", "=", "n=", "$",
            String(repeating: "9", count: 100_000),
            String(repeating: "(", count: 100_000), "1e400", "NaN", "🙂🙂", "a\nb",
        ]
        for answer in answers {
            let found = task.type.grade(answer, gold: problem.answer)
            let grade = try #require(found)
            #expect((0...1).contains(grade.value) && !grade.reason.isEmpty)
        }
        for gold in [
            "", "\u{0}", "no gold at all", "n=99;+z", String(repeating: ";", count: 10_000),
        ] {
            let grade = task.type.grade("1", gold: gold)
            #expect(grade == nil, "\(gold.prefix(20))")
        }
        #expect(throws: CurriculumError.self) {
            var random = SplitMix64(seed: 1)
            _ = try task.generator().demonstration(
                for: Problem(id: "x", prompt: "what?", answer: "no gold at all"), noise: .none,
                using: &random)
        }
        #expect(throws: CurriculumError.self) {
            _ = try task.generator().problems(level: 99, count: 1, seed: 1, split: .train)
        }
    }

    @Test("constraints: one broken demand is enough, whichever it is")
    func constraints() throws {
        let gold = "n=5;+b;-c;^d;$e"
        #expect(ConstraintGenerator.grade("dabfe", gold: gold)?.value == 1)
        for wrong in ["dabfae", "daafe", "dabce", "aabfe", "dabfa", "DABFE", "dabf e"] {
            #expect(ConstraintGenerator.grade(wrong, gold: gold)?.value == 0, "\(wrong)")
        }
        // A perturbed problem's gold refuses the response.
        var random = SplitMix64(seed: 2)
        let generator = ConstraintGenerator()
        for problem in try generator.problems(level: 2, count: 100, seed: 5, split: .train) {
            let text = try generator.demonstration(for: problem, noise: .none, using: &random)
            let other = generator.perturbed(problem, answeredBy: text, using: &random)
            let word = try #require(answer(of: text, .constraints))
            #expect(
                other.prompt == problem.prompt
                    || ConstraintGenerator.grade(word, gold: other.answer)?.value == 0)
        }
    }
}
