import MathAnswers
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
        let found = verifier.extraction(from: input.completion)
        guard let text = found?.text ?? (takesLoneLetter ? lastLoneLetter(input.completion) : nil)
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
        guard isIndex else { return letter(gold) }
        guard let index = Int(gold), index >= 0, index <= Int(last) - 0x41 else { return nil }
        return UInt8(0x41 + index)
    }

    /// The letter that a text begins with and that nothing else rivals; nil where there is none.
    private func letter(_ text: String) -> UInt8? {
        var bytes = Array(text.utf8)[...]
        for command in ["\\textbf{", "\\text{", "\\mathrm{", "\\mathbf{"]
        where bytes.starts(with: command.utf8) {
            bytes = bytes.dropFirst(command.utf8.count)
        }
        bytes = bytes.drop { " \n\t*$({[\"'".utf8.contains($0) }
        guard let first = bytes.popFirst() else { return nil }
        let letter = first & ~0x20
        guard (0x41...last).contains(letter) else { return nil }
        if let next = bytes.first, isWordByte(next) { return nil }
        // "A or B" and "A, B" name two.
        let isLower = first != letter
        if isLower, !bytes.allSatisfy({ " \n\t*$)}].\"'".utf8.contains($0) }) { return nil }
        var index = bytes.startIndex
        while index < bytes.endIndex {
            let byte = bytes[index]
            let opens = index == bytes.startIndex || !isWordByte(bytes[index - 1])
            let ends = index + 1 == bytes.endIndex || !isWordByte(bytes[index + 1])
            // The article of "A) a dog" is small; a lone capital is another choice.
            if opens, ends, (0x41...last).contains(byte), byte != letter { return nil }
            index += 1
        }
        return letter
    }

    private func lastLoneLetter(_ text: String) -> String? {
        let bytes = Array(text.utf8)
        for index in bytes.indices.reversed() where (0x41...last).contains(bytes[index]) {
            let opens = index == 0 || !isWordByte(bytes[index - 1])
            let ends = index + 1 == bytes.count || !isWordByte(bytes[index + 1])
            if opens, ends { return String(UnicodeScalar(bytes[index])) }
        }
        return nil
    }

    private func isWordByte(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
            || byte == 0x5F || byte >= 0x80
    }
}
