public import Rollouts

/// Find a number by guesses that are answered with higher or lower: a task of several turns.
///
/// A problem reads `07-13:` (a number from 7 to 13); the policy writes `10;`, the environment answers `>`
/// (it is higher), `<` (lower), `=` (found) or `?` (that is no number), and so on: `10;>12;<11;=`. A level
/// allows as many guesses as halving needs for every number of its ranges, so that a guess that is not the
/// middle loses some of them. Numbers have two digits, and ranges begin anywhere. One seventh of the pairs
/// of a range and a number, by hash, is held out.
public struct GuessingGenerator: InteractiveTask {
    /// The task's name.
    public static let name = "guessing"
    /// One sentence.
    public static let summary = "A number of 07-13: in turns, guesses answered by higher or lower"
    /// The level table.
    public static let levels = sizes.map { "one of \($0.numbers) numbers, \($0.turns) guesses" }
    /// The characters of prompts, guesses and answers.
    public static let alphabet = "0123456789-:;<>=?"
    /// None but characters.
    public static let specialTokens: [String] = []
    /// What ends a guess.
    public static let turnEnd: Character = ";"

    /// Numbers in a range, and guesses that are enough for each of them.
    private static let sizes = (3...6).map { turns in (numbers: (1 << turns) - 1, turns: turns) }

    /// A generator.
    public init() {}

    /// Distinct pairs of a range and a number in it; several may share their range.
    public func problems(
        level: Int, count: Int, seed: UInt64, split: Split
    ) throws(CurriculumError) -> [Problem] {
        guard Self.sizes.indices.contains(level) else {
            throw .unknownLevel(level: level, known: 0...Self.sizes.count - 1)
        }
        let (numbers, turns) = Self.sizes[level]
        var games = (0...GuessingGame.most + 1 - numbers).flatMap { low in
            (low..<low + numbers).map { secret in
                GuessingGame(range: low...low + numbers - 1, secret: secret, turns: turns)
            }
        }.filter { Self.side($0) == split }
        var rng = SplitMix64(seed: seed, UInt64(level), split == .train ? 0 : 1, 0x6E)
        for index in stride(from: games.count - 1, to: 0, by: -1) {
            games.swapAt(index, rng.below(index + 1))
        }
        return games.prefix(count).map { game in
            Problem(
                id: "\(Self.name)-\(game.gold)", prompt: game.prompt, answer: game.gold,
                level: level, tags: [Self.name])
        }
    }

    /// Which side of the wall a range with its number stands on.
    private static func side(_ game: GuessingGame) -> Split {
        stableHash("guessing \(game.gold)") % 7 == 0 ? .heldOut : .train
    }

    /// Where the number lies from the guess; the last word once it is found or the guesses are spent.
    public func reply(
        to text: String, after turns: [Turn], of problem: Problem
    ) throws(CurriculumError) -> EnvironmentReply {
        let game = try self.game(problem)
        return game.reply(to: text.dropLast(), turn: turns.count)
    }

    private func game(_ problem: Problem) throws(CurriculumError) -> GuessingGame {
        guard let game = GuessingGame(gold: problem.answer) else {
            throw .notOfTask(prompt: problem.prompt, task: Self.name)
        }
        return game
    }

    /// The middle of what the answers leave.
    ///
    /// With the noise's chance to forget it is any number of the prompt's range, with its chance to slip any
    /// of those that are left.
    public func demonstratedTurn(
        after turns: [Turn], of problem: Problem, noise: DemonstrationNoise,
        using rng: inout SplitMix64
    ) throws(CurriculumError) -> String {
        let game = try self.game(problem)
        if rng.uniform() < noise.forgetsCarry {
            return GuessingGame.written(game.range.lowerBound + rng.below(game.range.count)) + ";"
        }
        let left = game.left(after: turns)
        let slips = rng.uniform() < noise.slips
        let guess =
            slips
            ? left.lowerBound + rng.below(left.count) : (left.lowerBound + left.upperBound) / 2
        return GuessingGame.written(guess) + ";"
    }

    /// One where a guess within the limit is the number.
    ///
    /// Guesses alone decide. An answer that is not the environment's makes the transcript worthless.
    public static func grade(_ answer: String, gold: String) -> TaskGrade? {
        GuessingGame(gold: gold).map { $0.grade(answer) }
    }

    /// Another range of the size with another number in it.
    public func perturbed(
        _ problem: Problem, answeredBy response: String, using rng: inout SplitMix64
    ) -> Problem {
        guard let game = GuessingGame(gold: problem.answer) else { return problem }
        let size = game.range.count
        for _ in 0..<64 {
            let low = rng.below(GuessingGame.most + 2 - size)
            let other = GuessingGame(
                range: low...low + size - 1, secret: low + rng.below(size), turns: game.turns)
            guard other.range != game.range, other.secret != game.secret else { continue }
            var changed = problem
            changed.prompt = other.prompt
            changed.answer = other.gold
            return changed
        }
        return problem
    }
}

/// A number, the range that it is in, and how many guesses there are.
private struct GuessingGame {
    var range: ClosedRange<Int>
    var secret: Int
    var turns: Int

    /// The largest number.
    static let most = 99

    var prompt: String {
        "\(Self.written(range.lowerBound))-\(Self.written(range.upperBound)):"
    }

    /// `07-13:11;3`: the prompt, the number and the guesses.
    var gold: String { "\(prompt)\(Self.written(secret));\(turns)" }

    init(range: ClosedRange<Int>, secret: Int, turns: Int) {
        (self.range, self.secret, self.turns) = (range, secret, turns)
    }

    init?(gold: String) {
        let text = Array(gold.utf8)
        guard text.count == 10, text[2] == UInt8(ascii: "-"), text[5] == UInt8(ascii: ":"),
            text[8] == UInt8(ascii: ";"), let low = Self.number(text[0..<2]),
            let high = Self.number(text[3..<5]), let secret = Self.number(text[6..<8]),
            low <= high, low...high ~= secret,
            (UInt8(ascii: "1")...UInt8(ascii: "9")).contains(text[9])
        else { return nil }
        self.init(range: low...high, secret: secret, turns: Int(text[9] - UInt8(ascii: "0")))
    }

    /// Two digits.
    static func written(_ number: Int) -> String { "\(number / 10)\(number % 10)" }

    /// The number that two digits are, and nothing else.
    private static func number(_ text: some Collection<UInt8>) -> Int? {
        let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
        guard text.count == 2, text.allSatisfy(digits.contains) else { return nil }
        return text.reduce(0) { 10 * $0 + Int($1 - digits.lowerBound) }
    }

    /// The answer to a guess, the mark at its end taken off; `turn` counts from 0.
    func reply(to guess: Substring, turn: Int) -> EnvironmentReply {
        let isLast = turn + 1 >= turns
        guard let number = Self.number(guess.utf8) else {
            return EnvironmentReply("?", isLast: isLast)
        }
        if number == secret { return EnvironmentReply("=", isLast: true) }
        return EnvironmentReply(number < secret ? ">" : "<", isLast: isLast)
    }

    /// What the answers so far leave of the range.
    func left(after turns: [Turn]) -> ClosedRange<Int> {
        var (low, high) = (range.lowerBound, range.upperBound)
        for turn in turns {
            guard let guess = Self.number(turn.text.dropLast().utf8) else { continue }
            if turn.reply == ">" { low = max(low, guess + 1) }
            if turn.reply == "<" { high = min(high, guess - 1) }
        }
        return low <= high ? low...high : range
    }

    /// Plays a transcript again: a guess ends with `;`, and behind it stands one character of the
    /// environment's.
    func grade(_ transcript: String) -> TaskGrade {
        var rest = transcript[...]
        for turn in 0..<turns {
            guard let end = rest.unicodeScalars.firstIndex(of: ";") else {
                return TaskGrade(0, "the guesses end at the \(ordinal(turn))")
            }
            let reply = self.reply(to: rest[..<end], turn: turn)
            rest = rest[rest.unicodeScalars.index(after: end)...]
            if reply.text == "=" {
                return rest.isEmpty || rest == "="
                    ? TaskGrade(1, "found at the \(ordinal(turn)) guess")
                    : TaskGrade(0, "the transcript goes on behind its end")
            }
            if reply.isLast { break }
            guard let found = rest.unicodeScalars.first else {
                return TaskGrade(0, "no answer to the \(ordinal(turn)) guess")
            }
            guard String(found) == reply.text else {
                return TaskGrade(0, "the answer to the \(ordinal(turn)) guess is another one")
            }
            rest.unicodeScalars.removeFirst()
        }
        return TaskGrade(0, "not found in \(turns) guesses")
    }

    private func ordinal(_ turn: Int) -> String {
        ["first", "second", "third"].indices.contains(turn)
            ? ["first", "second", "third"][turn] : "\(turn + 1)th"
    }
}
