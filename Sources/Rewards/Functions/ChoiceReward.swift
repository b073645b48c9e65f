import Foundation
import MathAnswers
import Patterns
import Rollouts

/// 1 where the completion chooses gold's letter of a multiple choice, else 0.
///
/// The letter is read from a box, an answer tag or behind "the answer is", in the forms `C`, `(C)`,
/// `C.`, `C) text` and `\text{C}`; several different letters are a hedge and pay nothing. Gold is
/// such a letter, or the index of it where `zero_based` says so.
public struct ChoiceReward: RewardFunction {
    /// `choice`.
    public static let type = "choice"
    private let last: UInt8
    private let isIndex: Bool
    private let takesLoneLetter: Bool
    private let verifier = MathVerifier()

    /// Looks at whether the answer is right.
    public var traits: RewardTraits { RewardTraits(basis: .correctness) }

    /// Reads `letters` (how many there are), `zero_based` and `lone_letter`: whether the last lone
    /// capital counts where nothing marks an answer.
    public init(_ settings: inout SpecReader) throws(RewardError) {
        last = UInt8(0x40 + (try settings.int("letters", in: 2...26, default: 10)))
        isIndex = try settings.bool("zero_based", default: false)
        takesLoneLetter = try settings.bool("lone_letter", default: false)
    }

    /// Compares the letters.
    public func score(_ input: ScoringInput) -> RewardResult {
        guard let gold = input.gold.flatMap(goldLetter) else {
            return .unscored(.goldUnparseable, "gold is no letter of a choice")
        }
        var found = verifier.extraction(from: input.completion)
        let visible = String(input.completion.behindReasoning)
        // "The answer is C" within a box or tag, "C is the correct answer" outside of any.
        var said: String?
        if found.map({ letter($0.text) == nil }) ?? true {
            said = saidLetter(found?.text ?? visible)
            if said != nil { found = nil }
        }
        guard
            let text = found?.text ?? said
                ?? (takesLoneLetter ? lastLoneLetter(visible) : nil)
        else { return RewardResult(value: 0, status: .answerMissing, reason: "no_answer") }
        let texts = found.map { $0.alternatives.isEmpty ? [text] : $0.alternatives } ?? [text]
        let letters = Set(texts.compactMap(letter))
        guard letters.count == 1, texts.allSatisfy({ letter($0) != nil }),
            let chosen = letters.first
        else {
            return RewardResult(
                value: 0, status: letters.isEmpty ? .answerUnparseable : .scored,
                reason: letters.isEmpty ? "no letter" : "hedge", extracted: text)
        }
        return RewardResult(
            value: chosen == gold ? 1 : 0, reason: "letter",
            extracted: String(UnicodeScalar(chosen)))
    }

    private func goldLetter(_ gold: String) -> UInt8? {
        let gold = gold.trimmingCharacters(in: .whitespacesAndNewlines)
        if isIndex {
            guard let index = Int(gold), index >= 0, index <= Int(last) - 0x41 else { return nil }
            return UInt8(0x41 + index)
        }
        // "A dog" is the text of an answer, "A) a dog" names the choice.
        let bytes = gold.utf8.drop { "({[\"'".utf8.contains($0) }
        let second = bytes.dropFirst().first
        guard second.map({ ")}].:,\"'".utf8.contains($0) }) ?? true else { return nil }
        return letter(gold)
    }

    /// The letter that a text chooses and that nothing else rivals; nil where there is none.
    private func letter(_ text: String) -> UInt8? {
        let bytes = Self.undressed(Array(text.utf8))
        guard let first = bytes.first else { return nil }
        let letter = first & ~0x20
        guard (0x41...last).contains(letter) else { return nil }
        let rest = bytes.dropFirst()
        // C^c, C_1, Cat.
        if let next = rest.first, isWordByte(next) || next == 0x5E || next == 0x7B { return nil }
        let closing = rest.drop { " \n\t*$)}].:,;\"'".utf8.contains($0) }
        if closing.isEmpty { return letter }
        // A small letter is a choice only where it stands alone, or before its bracket.
        let isLabelled = rest.first.map { ")}].:".utf8.contains($0) } ?? false
        if first != letter, !isLabelled { return nil }
        let words = String(decoding: rest, as: UTF8.self).lowercased()
        if !isLabelled, letter == 0x41 || letter == 0x49, Self.isArticle(before: words) {
            return nil
        }
        if Self.denials.contains(where: { words.hasPrefix($0) }) { return nil }
        return hasRival(rest, isLabelled: isLabelled) ? nil : letter
    }

    private static let denials = [
        " is wrong", " is incorrect", " is not", " isn't", " is false", " cannot", " can't",
    ]

    /// Whether "A" or "I" is a word of a sentence here: small letters follow, and no verb or reason.
    private static func isArticle(before words: String) -> Bool {
        guard words.first == " " else { return false }
        let next = words.dropFirst().prefix { $0.isLetter }
        let reasons = [
            "is", "because", "since", "as", "for", "which", "would", "must", "and", "or",
        ]
        return !next.isEmpty && !reasons.contains(String(next))
    }

    /// The bytes behind LaTeX's text commands, brackets, and the words "option" and "choice".
    private static func undressed(_ all: [UInt8]) -> ArraySlice<UInt8> {
        var bytes = all[...]
        let openings = [
            "\\textbf{", "\\text{", "\\mathrm{", "\\mathbf{", "\\textit{", "\\textrm{", "\\mathit{",
            "\\textsf{", "\\mathsf{", "`", "option ", "Option ", "choice ", "Choice ", "answer ",
            "Answer ",
        ]
        for _ in 0..<4 {
            bytes = bytes.drop { " \n\t*$({[\"':".utf8.contains($0) }
            for opening in openings where bytes.starts(with: opening.utf8) {
                bytes = bytes.dropFirst(opening.utf8.count)
            }
        }
        return bytes
    }

    /// Whether another lone capital is chosen too, as in "C or A", "C, A", "C/A" and "C) and (D)".
    ///
    /// What a label is followed by is the text of that choice, in which capitals may stand.
    private func hasRival(_ rest: ArraySlice<UInt8>, isLabelled: Bool) -> Bool {
        var index = rest.startIndex
        while index < rest.endIndex {
            let byte = rest[index]
            let opens = index == rest.startIndex || !isWordByte(rest[index - 1])
            let next = index + 1 < rest.endIndex ? rest[index + 1] : 0
            guard opens, !isWordByte(next), (0x41...last).contains(byte) else {
                index += 1
                continue
            }
            var before = index
            while before > rest.startIndex, " (*$".utf8.contains(rest[before - 1]) { before -= 1 }
            let linked = String(decoding: rest[..<before].suffix(5), as: UTF8.self).lowercased()
            let isJoined = ["or", "/", "&"].contains { linked.hasSuffix($0) }
            let isListed = [",", ";", "and"].contains { linked.hasSuffix($0) }
            // "C, I think" and "C, as A and B are wrong" list nothing.
            let nearby = index - rest.startIndex <= 8
            let ends = next == 0 || ")].,;/*$}\n\"".utf8.contains(next)
            let isBracketed = index > rest.startIndex && rest[index - 1] == 0x28 && next == 0x29
            if isJoined && (nearby || !isLabelled) || isListed && nearby && ends || isBracketed {
                return true
            }
            index += 1
        }
        return false
    }

    /// The letter that a sentence calls the answer, the last one where several do.
    private func saidLetter(_ text: String) -> String? {
        guard let sentences = Self.sentences else { return nil }
        var letter: String?
        var matcher = PatternMatcher(sentences)
        try? matcher.forEachMatch(in: text) { match in
            guard let range = match.range(of: 1) ?? match.range(of: 2) else { return }
            letter = Match.text(of: range, in: text)
        }
        return letter
    }

    private static let sentences = try? Pattern(
        #"\b(?i:(?:answer|option|choice|letter)(?:\s+is)?\s*:?)\s*[*$(]*([A-Z])\b(?![\^_'])"#
            + #"|\b([A-Z])\b[)*$]*\s+is\s+(?:the\s+)?(?:correct|right|answer|best)\b"#)

    private func lastLoneLetter(_ text: String) -> String? {
        let bytes = Array(text.utf8)
        for index in bytes.indices.reversed() where (0x41...last).contains(bytes[index]) {
            let opens = index == 0 || !isWordByte(bytes[index - 1])
            let ends = index + 1 == bytes.count || !isWordByte(bytes[index + 1])
            // "I think": the pronoun.
            let isPronoun =
                bytes[index] == 0x49 && index + 2 < bytes.count && bytes[index + 1] == 0x20
                && (0x61...0x7A).contains(bytes[index + 2])
            if isPronoun { continue }
            if opens, ends { return String(UnicodeScalar(bytes[index])) }
        }
        return nil
    }

    private func isWordByte(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
            || byte == 0x5F || byte >= 0x80
    }
}
