import Rollouts

/// Makes hostile texts out of real answers: every round from its own seed, so that any of them can
/// be made again alone.
struct Mutator {
    let corpus: [[UInt8]]

    /// Pieces that answers, and attacks on their readers, are made of.
    private static let pieces: [[UInt8]] = [
        "\\frac", "\\sqrt", "\\sum_{k=1}^{n}", "\\int_0^1", "\\lim_{x\\to 0}", "\\prod", "dx", "{",
        "}",
        "(", ")", "[", "]", "\\{", "\\}", "\\left|", "\\right|", "|", "^", "_", "+", "-", "*", "/",
        "!",
        "=", "<", "\\le", ",", ";", ":", "&", "\\\\", "\\pm", "\\cup", "\\setminus", "\\mathbb{R}",
        "\\pi",
        "\\infty", "\\sin", "\\ln", "\\log_2", "\\arctan", "e", "i", "x", "y", "n", "C", "0", "1",
        "2",
        "99999999999", "0.5", "1e9", "1e-9", "\\overline{3}", "\\dot{3}", "\\%", "^\\circ", "'",
        "\\text{",
        "cm", "km/h", "and", " or ", "\\boxed{", "<think>", "</think>", "<answer>", "answer: ",
        "#### ",
        "**", "$", "\\$", "\\(", "\\]", "\\begin{pmatrix}", "\\end{pmatrix}", "\\begin{cases}",
        "\\end{cases}", "\\frac{d}{dx}", "\\binom", "\\choose", "\\pmod{7}", "\\lfloor", "\\rceil",
        "√", "²",
        "₂", "½", "−", "≤", "∞", "答え", "\u{FEFF}", "\0", "\u{7F}", "\n", " ", "\\", "\\vec",
        "\\mathrm{",
    ].map { Array($0.utf8) }

    /// A pair of texts for this round.
    func pair(seed: UInt64, round: UInt64) -> (gold: String, answer: String) {
        var rng = SplitMix64(seed: seed &+ round &* 0x9E37_79B9_7F4A_7C15)
        // Half of the golds are answers as they are: an unreadable gold ends the check early.
        let gold = rng.next() % 2 == 0 ? pick(corpus, &rng) : text(&rng)
        // Near relatives go deeper into the comparison than strangers.
        let answer = rng.next() % 3 == 0 ? text(&rng) : mutated(gold, &rng)
        return (
            String(decoding: gold, as: UTF8.self), String(decoding: answer, as: UTF8.self)
        )
    }

    private func text(_ rng: inout SplitMix64) -> [UInt8] {
        switch rng.next() % 8 {
        case 0: return (0..<rng.next() % 48).map { _ in UInt8(truncatingIfNeeded: rng.next()) }
        case 1: return (0..<1 + rng.next() % 24).flatMap { _ in pick(Self.pieces, &rng) }
        default: return mutated(pick(corpus, &rng), &rng)
        }
    }

    private func pick<T>(_ items: [T], _ rng: inout SplitMix64) -> T {
        items[Int(rng.next() % UInt64(items.count))]
    }

    private func mutated(_ text: [UInt8], _ rng: inout SplitMix64) -> [UInt8] {
        var text = text
        for _ in 0..<rng.next() % 4 {
            let place = Int(rng.next() % UInt64(text.count + 1))
            let span = place..<min(text.count, place + Int(rng.next() % 12))
            switch rng.next() % 6 {
            case 0: text.insert(contentsOf: pick(Self.pieces, &rng), at: place)
            case 1: text.removeSubrange(span)
            case 2: text.insert(contentsOf: text[span], at: place)
            case 3: text.insert(contentsOf: pick(corpus, &rng), at: place)
            case 4 where place < text.count: text[place] = UInt8(truncatingIfNeeded: rng.next())
            default:
                let copies = Int(rng.next() % 40)
                let piece = pick(Self.pieces, &rng)
                text.insert(contentsOf: (0..<copies).flatMap { _ in piece }, at: place)
            }
        }
        return text
    }
}
