public import Rollouts

/// Write a word under demands: instructions that any answer which keeps them fulfils.
///
/// A problem reads `n=5;+b;-c;^d;$e:` (five letters, with a b, without c, from d to e) over the letters
/// a to h, and is answered by such a word, `<answer>dabfe</answer>`. Its gold is the list of demands.
/// Small kin of IFEval (arXiv:2311.07911): every demand is checked by a rule, many answers are right.
public struct ConstraintGenerator: ProblemGenerator {
    /// The task's name.
    public static let name = "constraints"
    /// One sentence.
    public static let summary = "A word that keeps each of one to five demands, such as n=5;+b;-c:"
    /// The level table.
    public static let levels = [
        "one demand", "two demands", "three demands", "four demands", "five demands",
    ]
    /// The single characters of prompts and answers.
    public static let alphabet = "abcdefgh234567n=+-^$;:"

    /// A generator.
    public init() {}

    /// Distinct lists of demands, each kept by a word that was drawn first.
    public func problems(
        level: Int, count: Int, seed: UInt64, split: Split
    ) throws(CurriculumError) -> [Problem] {
        guard Self.levels.indices.contains(level) else {
            throw .unknownLevel(level: level, known: 0...Self.levels.count - 1)
        }
        var rng = SplitMix64(seed: seed, UInt64(level), split == .train ? 0 : 1, 0xC0)
        var chosen: [Problem] = []
        var seen: Set<String> = []
        var misses = 0
        while chosen.count < count, misses < 2000 {
            let word = Word.drawn(&rng)
            let gold = Demands(true: word, count: level + 1, &rng).text
            guard seen.insert(gold).inserted else {
                misses += 1
                continue
            }
            misses = 0
            guard Self.side(gold) == split else { continue }
            chosen.append(
                Problem(
                    id: "\(Self.name)-\(gold)", prompt: gold + ":", answer: gold, level: level,
                    tags: [Self.name], metadata: ["example": .string(word)]))
        }
        return chosen
    }

    /// Which side of the wall a list of demands stands on.
    private static func side(_ gold: String) -> Split {
        stableHash("constraints \(gold)") % 7 == 0 ? .heldOut : .train
    }

    /// A word for the problem; each demand is forgotten, and each letter slips, with the noise's chance.
    public func demonstration(
        for problem: Problem, noise: DemonstrationNoise, using rng: inout SplitMix64
    ) throws(CurriculumError) -> String {
        guard let demands = Demands(text: problem.answer) else {
            throw .notOfTask(prompt: problem.prompt, task: Self.name)
        }
        var minded = demands
        minded.all.removeAll { _ in rng.uniform() < noise.forgetsCarry }
        guard let word = minded.word(&rng) ?? problem.metadata["example"]?.string else {
            throw .notOfTask(prompt: problem.prompt, task: Self.name)
        }
        let written = word.map { letter in
            rng.uniform() < noise.slips ? Word.letter(&rng) : letter
        }
        return "<answer>\(String(written))</answer>"
    }

    /// One where every demand is kept, otherwise 0 with the first that is not.
    public static func grade(_ answer: String, gold: String) -> TaskGrade? {
        guard let demands = Demands(text: gold) else { return nil }
        guard !answer.isEmpty, answer.count <= 64, answer.allSatisfy(Word.letters.contains) else {
            return TaskGrade(
                0, "not a word of the letters \(Word.letters.first)–\(Word.letters.last)")
        }
        let broken = demands.all.first { !$0.isKept(by: answer) }
        return broken.map { TaskGrade(0, "\($0) is not kept") } ?? TaskGrade(1, "all kept")
    }

    /// One demand becomes another of its kind that the response breaks.
    public func perturbed(
        _ problem: Problem, answeredBy response: String, using rng: inout SplitMix64
    ) -> Problem {
        guard var demands = Demands(text: problem.answer), let word = Self.answer(in: response)
        else { return problem }
        for _ in 0..<64 {
            let place = rng.below(demands.all.count)
            let old = demands.all[place]
            let new = old.redrawn(&rng)
            guard new != old, !new.isKept(by: word) else { continue }
            demands.all[place] = new
            var changed = problem
            changed.prompt = demands.text + ":"
            changed.answer = demands.text
            return changed
        }
        return problem
    }
}

/// Words over the task's letters.
private enum Word {
    static let letters = Alphabet()
    /// Fewer than the letters, so that every word leaves one out.
    static let lengths = 2...7

    /// The letters a to h.
    struct Alphabet {
        let first: Character = "a"
        let last: Character = "h"
        let count = 8

        func contains(_ letter: Character) -> Bool {
            ("a"..."h").contains(letter) && letter.isASCII
        }
    }

    static func letter(_ rng: inout SplitMix64) -> Character {
        Character(UnicodeScalar(UInt8(ascii: "a") + UInt8(rng.below(letters.count))))
    }

    static func drawn(_ rng: inout SplitMix64) -> String {
        let length = lengths.lowerBound + rng.below(lengths.count)
        return String((0..<length).map { _ in letter(&rng) })
    }
}

/// One demand on a word.
private enum Demand: Equatable, CustomStringConvertible {
    case length(Int)
    case with(Character)
    case without(Character)
    case first(Character)
    case last(Character)

    var description: String {
        switch self {
        case .length(let count): "n=\(count)"
        case .with(let letter): "+\(letter)"
        case .without(let letter): "-\(letter)"
        case .first(let letter): "^\(letter)"
        case .last(let letter): "$\(letter)"
        }
    }

    init?(_ text: Substring) {
        if text.hasPrefix("n="), let count = Int(text.dropFirst(2)), Word.lengths.contains(count) {
            self = .length(count)
            return
        }
        guard text.count == 2, let letter = text.last, Word.letters.contains(letter) else {
            return nil
        }
        switch text.first {
        case "+": self = .with(letter)
        case "-": self = .without(letter)
        case "^": self = .first(letter)
        case "$": self = .last(letter)
        default: return nil
        }
    }

    func isKept(by word: String) -> Bool {
        switch self {
        case .length(let count): word.count == count
        case .with(let letter): word.contains(letter)
        case .without(let letter): !word.contains(letter)
        case .first(let letter): word.first == letter
        case .last(let letter): word.last == letter
        }
    }

    /// Another demand of the kind.
    func redrawn(_ rng: inout SplitMix64) -> Demand {
        switch self {
        case .length: .length(Word.lengths.lowerBound + rng.below(Word.lengths.count))
        case .with: .with(Word.letter(&rng))
        case .without: .without(Word.letter(&rng))
        case .first: .first(Word.letter(&rng))
        case .last: .last(Word.letter(&rng))
        }
    }
}

/// The demands of a problem, at most one of a kind, in the order of their kinds.
private struct Demands {
    var all: [Demand]

    var text: String { all.map(\.description).joined(separator: ";") }

    init?(text: String) {
        let parts = text.split(separator: ";", omittingEmptySubsequences: false)
        all = parts.compactMap(Demand.init)
        guard all.count == parts.count, (1...5).contains(all.count) else { return nil }
    }

    /// `count` demands of different kinds that a word keeps.
    init(true word: String, count: Int, _ rng: inout SplitMix64) {
        let letters = Array(word)
        let absent = "abcdefgh".filter { !word.contains($0) }
        let kinds: [Demand] = [
            .length(letters.count), .with(letters[rng.below(letters.count)]),
            .without(Array(absent)[rng.below(absent.count)]), .first(letters[0]),
            .last(letters[letters.count - 1]),
        ]
        var left = Array(kinds.indices)
        while left.count > count { left.remove(at: rng.below(left.count)) }
        all = left.map { kinds[$0] }
    }

    /// A word that keeps them all; nil where a few hundred draws found none.
    func word(_ rng: inout SplitMix64) -> String? {
        for _ in 0..<400 {
            var letters = Array(Word.drawn(&rng))
            for demand in all {
                guard case .length(let count) = demand else { continue }
                letters = (0..<count).map { _ in Word.letter(&rng) }
            }
            for demand in all {
                switch demand {
                case .length: break
                case .with(let letter): letters[rng.below(letters.count)] = letter
                case .without(let letter):
                    for index in letters.indices where letters[index] == letter {
                        letters[index] = Word.letter(&rng)
                    }
                case .first(let letter): letters[0] = letter
                case .last(let letter): letters[letters.count - 1] = letter
                }
            }
            let word = String(letters)
            if all.allSatisfy({ $0.isKept(by: word) }) { return word }
        }
        return nil
    }
}
