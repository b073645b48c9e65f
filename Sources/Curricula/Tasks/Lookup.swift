import Rollouts

/// Retrieval: the value of one key out of a growing context.
///
/// A problem reads `ab=37;cd=12;ad=55;?cd:` and is answered by `12`; the demonstration copies the pair
/// that it found, `cd=12`. Levels grow from 4 pairs (23 characters) to 128 (772), for phases of growing
/// length such as QwenLong-L1's (arXiv:2505.17667); keys have one letter in the first two levels, and
/// two in the others, where a quarter of the pairs, 16 at most, are distractors: their keys share a
/// letter with the one that is asked for. Who forgets reads the pair of a distractor, or of any other
/// key.
struct LookupTask: QuestionTask {
    static let name = "lookup"
    static let summary = "The value of one key among many, such as ab=37;cd=12;?cd:"
    private static let sizes = [4, 8, 16, 32, 64, 128]
    static let levels = sizes.enumerated().map { level, size in
        "\(size) pairs" + (width(level) == 1 ? ", keys of one letter" : "")
    }
    /// Letters of a key: the first levels are for learning what retrieval is.
    private static func width(_ level: Int) -> Int { level < 2 ? 1 : 2 }
    static let alphabet = LookupQuestion.letters + "0123456789=;?:"

    static func drawn(level: Int, using rng: inout SplitMix64) -> LookupQuestion? {
        let count = sizes[level]
        // Thirty keys share a letter with another one.
        let distractors = min(count / 4, 16)
        let width = width(level)
        func letters() -> [Character] {
            (0..<width).map { _ in rng.pick(Array(LookupQuestion.letters)) }
        }
        let asked = letters()
        let value = rng.pick(10...99)
        var pairs = [LookupQuestion.Pair(key: String(asked), value: value)]
        var keys: Set = [String(asked)]
        while pairs.count < count {
            let isNear = width == 2 && pairs.count <= distractors
            var key = letters()
            if isNear {
                let kept = rng.below(2)
                key[kept] = asked[kept]
            }
            guard keys.insert(String(key)).inserted else { continue }
            var other = rng.pick(10...99)
            // A distractor's value must not be right by chance.
            while isNear, other == value { other = rng.pick(10...99) }
            pairs.append(LookupQuestion.Pair(key: String(key), value: other))
        }
        for index in pairs.indices.dropFirst() { pairs.swapAt(index, rng.below(index + 1)) }
        return LookupQuestion(pairs: pairs, asked: String(asked))
    }

    static func worked(_ question: LookupQuestion, by pupil: inout Pupil) -> (
        working: String, answer: String
    ) {
        var pair = question.found
        if pupil.forgets(), let other = question.mistaken(&pupil.random) { pair = other }
        if pupil.slips() {
            // One of the two digits, without a zero in front.
            pair.value =
                pupil.random.below(2) == 0
                ? pupil.otherNumber(than: pair.value)
                : (pair.value / 10 + pupil.random.pick(0...7)) % 9 * 10 + 10 + pair.value % 10
        }
        return ("\(pair)", "\(pair.value)")
    }

    static func grade(_ answer: String, gold: String) -> TaskGrade? {
        .ofWhole(answer, gold: gold)
    }

    /// The value that is asked for changes, or the key that is.
    func perturbed(
        _ problem: Problem, answeredBy response: String, using rng: inout SplitMix64
    ) -> Problem {
        guard var other = LookupQuestion(prompt: problem.prompt) else { return problem }
        if rng.below(2) == 0, let pair = other.mistaken(&rng) {
            other.asked = pair.key
        } else {
            let value = other.found.value
            other.pairs = other.pairs.map { pair in
                guard pair.key == other.asked else { return pair }
                let changed = (value - 10 + rng.pick(1...89)) % 90 + 10
                return LookupQuestion.Pair(key: pair.key, value: changed)
            }
        }
        return Self.replacing(problem, with: other)
    }
}

/// Pairs, and the key whose value is asked for.
struct LookupQuestion: TaskQuestion {
    static let letters = "abcdefghijklmnop"

    /// A key of one or two letters with its value of two digits.
    struct Pair: Sendable, Equatable, CustomStringConvertible {
        var key: String
        var value: Int64

        var description: String { "\(key)=\(value)" }
    }

    var pairs: [Pair]
    var asked: String

    init(pairs: [Pair], asked: String) { (self.pairs, self.asked) = (pairs, asked) }

    init?(prompt: String) {
        guard prompt.utf8.count <= 4096 else { return nil }
        var scanner = PromptScanner(prompt)
        var pairs: [Pair] = []
        while !scanner.accept("?") {
            guard let key = Self.key(&scanner), scanner.accept("="), let value = scanner.number(),
                (10...99).contains(value), scanner.accept(";")
            else { return nil }
            pairs.append(Pair(key: key, value: value))
        }
        guard let asked = Self.key(&scanner), scanner.accept(":"), scanner.isAtEnd,
            Set(pairs.map(\.key)).count == pairs.count, pairs.contains(where: { $0.key == asked })
        else { return nil }
        self.init(pairs: pairs, asked: asked)
    }

    private static func key(_ scanner: inout PromptScanner) -> String? {
        guard let first = scanner.accept(anyOf: letters),
            case let second = scanner.accept(anyOf: letters)
        else { return nil }
        return String([first, second].compactMap { $0 })
    }

    var prompt: String { pairs.map { "\($0);" }.joined() + "?\(asked):" }
    var answer: String { "\(found.value)" }

    /// The pair that is asked for.
    var found: Pair { pairs.first { $0.key == asked } ?? Pair(key: asked, value: 10) }

    /// A pair of another value, of a key that shares a letter where there is one.
    func mistaken(_ rng: inout SplitMix64) -> Pair? {
        let right = found
        let wrong = pairs.filter { $0.value != right.value }
        let near = wrong.filter { zip($0.key, asked).contains { $0 == $1 } }
        let choice = near.isEmpty ? wrong : near
        return choice.isEmpty ? nil : rng.pick(choice)
    }
}
