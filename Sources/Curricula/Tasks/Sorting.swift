import Rollouts

/// Lists of letters or numbers, to be put in order.
///
/// A problem reads `d,b,a,c:` and is answered by `a,b,c,d`. The demonstration merges neighbouring runs,
/// round by round: `b,d|a,c;a,b,c,d`. Who forgets loses an item, who slips puts two the wrong way
/// round, and either stays so to the end.
struct SortingTask: QuestionTask {
    static let name = "sorting"
    static let summary = "Letters or numbers in ascending order, such as d,b,a,c:"
    static let levels = [
        "three letters", "five letters", "eight letters", "five numbers to 99",
        "eight numbers to 99", "twelve numbers to 999",
    ]
    static let alphabet = "abcdefghijklmnopqrstuvwxyz0123456789,|;:"

    static func drawn(level: Int, using rng: inout SplitMix64) -> SortingQuestion? {
        let count = [3, 5, 8, 5, 8, 12][level]
        let items = (0..<count).map { _ in
            level < 3
                ? SortingQuestion.Item(letter: UInt8(97 + rng.below([8, 16, 26][level])))
                : .number(rng.pick(0...(level == 5 ? 999 : 99)))
        }
        return SortingQuestion(items: items)
    }

    static func worked(_ question: SortingQuestion, by pupil: inout Pupil) -> (
        working: String, answer: String
    ) {
        var runs = question.items.map { [$0] }
        var rounds: [String] = []
        // The merge in which an item is lost, and those so far.
        let lost = pupil.forgets() ? pupil.random.below(runs.count - 1) : nil
        var merges = 0
        while runs.count > 1 {
            var next: [[SortingQuestion.Item]] = []
            for index in stride(from: 0, to: runs.count, by: 2) {
                guard index + 1 < runs.count else {
                    next.append(runs[index])
                    continue
                }
                var run = merged(runs[index], runs[index + 1])
                if merges == lost { run.remove(at: pupil.random.below(run.count)) }
                merges += 1
                next.append(written(run, by: &pupil))
            }
            runs = next
            rounds.append(runs.map(SortingQuestion.text).joined(separator: "|"))
        }
        return (rounds.joined(separator: ";"), SortingQuestion.text(runs[0]))
    }

    private static func merged(
        _ first: [SortingQuestion.Item], _ second: [SortingQuestion.Item]
    ) -> [SortingQuestion.Item] {
        var (left, right) = (first[...], second[...])
        var result: [SortingQuestion.Item] = []
        while let a = left.first, let b = right.first {
            if b < a {
                result.append(right.removeFirst())
            } else {
                result.append(left.removeFirst())
            }
        }
        return result + left + right
    }

    private static func written(
        _ run: [SortingQuestion.Item], by pupil: inout Pupil
    ) -> [SortingQuestion.Item] {
        var run = run
        let places = run.indices.dropLast().filter { run[$0] != run[$0 + 1] }
        if pupil.slips(), !places.isEmpty {
            let place = pupil.random.pick(places)
            run.swapAt(place, place + 1)
        }
        return run
    }

    /// One where the answer lists the items that gold lists, in its order.
    static func grade(_ answer: String, gold: String) -> TaskGrade? {
        guard let expected = SortingQuestion.items(of: gold) else { return nil }
        guard let given = SortingQuestion.items(of: answer) else { return TaskGrade(0, "no list") }
        if given == expected { return TaskGrade(1, "in order") }
        let isMixed = given.sorted() == expected.sorted()
        return TaskGrade(0, isMixed ? "not in order" : "other items")
    }
}

/// A list in its first order.
struct SortingQuestion: TaskQuestion {
    /// Letters stand before numbers; no list has both.
    enum Item: Sendable, Comparable, CustomStringConvertible {
        case letter(UInt8)
        case number(Int64)

        init(letter: UInt8) { self = .letter(letter) }

        var description: String {
            switch self {
            case .letter(let byte): String(UnicodeScalar(byte))
            case .number(let value): "\(value)"
            }
        }
    }

    let items: [Item]

    init(items: [Item]) { self.items = items }

    init?(prompt: String) {
        guard prompt.last == ":", let items = Self.items(of: String(prompt.dropLast())),
            items.count > 1
        else { return nil }
        self.init(items: items)
        if self.prompt != prompt { return nil }
    }

    var prompt: String { Self.text(items) + ":" }
    var answer: String { Self.text(items.sorted()) }
    /// Every order of the same items.
    var key: String { answer }

    static func text(_ items: [Item]) -> String {
        items.map(\.description).joined(separator: ",")
    }

    /// Small letters or whole numbers between commas, up to 64 of them.
    static func items(of text: String) -> [Item]? {
        guard let plain = AnswerReader.trimmed(text) else { return nil }
        let parts = plain.split(separator: ",", maxSplits: 64, omittingEmptySubsequences: false)
        guard parts.count <= 64 else { return nil }
        var items: [Item] = []
        for part in parts {
            if let number = AnswerReader.whole(part) {
                items.append(.number(number))
            } else if let word = AnswerReader.trimmed(part), word.utf8.count == 1,
                let byte = word.utf8.first, (97...122).contains(byte)
            {
                items.append(.letter(byte))
            } else {
                return nil
            }
        }
        return items
    }
}
