import Curricula
import Rollouts
import Testing

/// Laws of the environment that answers guesses, and of its grader.
@Suite struct GuessingTests {
    private let task = GuessingGenerator()

    private func problem(_ gold: String) -> Problem {
        Problem(id: gold, prompt: String(gold.prefix(6)), answer: gold)
    }

    /// Plays texts against the environment until it has the last word.
    private func play(_ texts: [String], _ problem: Problem) throws -> [Turn] {
        var turns: [Turn] = []
        for text in texts {
            let reply = try task.reply(to: text, after: turns, of: problem)
            turns.append(Turn(text: text, reply: reply.text))
            if reply.isLast { break }
        }
        return turns
    }

    private func transcript(_ turns: [Turn]) -> String {
        turns.map { $0.text + $0.reply }.joined()
    }

    @Test("halving finds every number of a range, and one guess fewer does not")
    func halving() throws {
        for turns in 3...6 {
            let (low, high) = (20, 20 + (1 << turns) - 2)
            var longest = 0
            for secret in low...high {
                let problem = problem("\(low)-\(high):\(secret);\(turns)")
                var random = SplitMix64(seed: 1)
                let played = try task.demonstratedTurns(
                    for: problem, noise: .none, using: &random)
                #expect(
                    GuessingGenerator.grade(transcript(played), gold: problem.answer)?.value == 1)
                longest = max(longest, played.count)
            }
            #expect(longest == turns)
        }
    }

    @Test(
        "what the environment calls found is right, and nothing else, whatever the policy writes",
        arguments: 1...60 as ClosedRange<UInt64>)
    func agreement(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let letters = Array(GuessingGenerator.alphabet.filter { $0 != ";" })
        for level in GuessingGenerator.levels.indices {
            for problem in try task.problems(
                level: level, count: 20, seed: seed, split: .train)
            {
                let texts = (0..<8).map { _ in
                    // Half of the guesses have the form of one, some are the number itself.
                    switch random.below(8) {
                    case 0: return String(problem.answer.dropFirst(6).prefix(2)) + ";"
                    case 1...4: return "\(random.below(10))\(random.below(10));"
                    default:
                        return String(
                            (0..<random.below(5)).map { _ in letters[random.below(letters.count)] })
                            + ";"
                    }
                }
                let turns = try play(texts, problem)
                let text = transcript(turns)
                let grade = GuessingGenerator.grade(text, gold: problem.answer)
                #expect(
                    (grade?.value == 1) == (turns.last?.reply == "="),
                    "seed \(seed): \(text) of \(problem.answer)")
                #expect(turns.count <= 3 + level)
                // Another answer than the environment's, anywhere before the end, is worth nothing.
                guard turns.count > 1 else { continue }
                var forged = turns
                let place = random.below(turns.count - 1)
                forged[place].reply = ["<", ">", "=", "?"].first { $0 != turns[place].reply } ?? ""
                #expect(
                    GuessingGenerator.grade(transcript(forged), gold: problem.answer)?.value == 0,
                    "seed \(seed): \(transcript(forged)) of \(problem.answer)")
            }
        }
    }

    @Test("a policy alone cannot write itself right without the number")
    func forged() throws {
        for text in ["=", "10=;", "10;=", "10;>=", "=;", "10;=;=", "<11>;", "1 1;", "١١;", "011;"] {
            #expect(GuessingGenerator.grade(text, gold: "07-13:11;3")?.value == 0, "\(text)")
        }
    }

    @Test("replies depend on nothing but their arguments, and end at the limit")
    func replies() throws {
        let problem = problem("07-13:11;3")
        let turns = try play(["09;", "??;", "10;", "11;"], problem)
        #expect(turns.map(\.reply) == [">", "?", ">"])
        #expect(try task.reply(to: "11;", after: [], of: problem).isLast)
        #expect(throws: CurriculumError.self) {
            _ = try task.reply(to: "11;", after: [], of: self.problem("07-13:14;3"))
        }
    }

    @Test("planted errors: guesses outside of what is left, and guesses that are no middle")
    func noise() throws {
        let problem = problem("00-62:40;6")
        let turns = [Turn(text: "31;", reply: ">"), Turn(text: "47;", reply: "<")]
        func guesses(_ noise: DemonstrationNoise) throws -> Set<Int> {
            var random = SplitMix64(seed: 4)
            return Set(
                try (0..<400).compactMap { _ in
                    Int(
                        try task.demonstratedTurn(
                            after: turns, of: problem, noise: noise, using: &random
                        ).dropLast())
                })
        }
        #expect(try guesses(.none) == [39])
        let slips = try guesses(
            DemonstrationNoise(forgetsCarry: 0, forgetsCarryAgain: 0, slips: 1))
        #expect(slips == Set(32...46))
        let forgets = try guesses(
            DemonstrationNoise(forgetsCarry: 1, forgetsCarryAgain: 0, slips: 0))
        #expect(forgets.isSuperset(of: slips) && forgets.contains(5) && forgets.contains(60))
    }

    @Test("a perturbed problem refuses the transcript")
    func perturbed() throws {
        var random = SplitMix64(seed: 2)
        for problem in try task.problems(level: 1, count: 50, seed: 5, split: .train) {
            let text = try task.demonstration(for: problem, noise: .none, using: &random)
            let other = task.perturbed(problem, answeredBy: text, using: &random)
            #expect(other.prompt != problem.prompt)
            #expect(GuessingGenerator.grade(text, gold: other.answer)?.value == 0)
        }
    }
}
