import Foundation
import Rollouts

/// 1 where the completion, or its marked answer, is one of several texts, else 0.
///
/// The texts are those of the spec, or gold: a text, or a JSON list of texts.
public struct AnyOfReward: RewardFunction {
    /// `any_of`.
    public static let type = "any_of"
    private let texts: [String]?
    private let ignoresCase: Bool
    private let reader: MarkedAnswer

    /// Looks at whether the answer is right.
    public var traits: RewardTraits { RewardTraits(basis: .correctness) }

    /// Reads `texts` (default: gold), `ignore_case` and `answer`: where the text stands.
    public init(_ settings: inout SpecReader) throws(RewardError) {
        texts = try settings.strings("texts")
        if texts?.isEmpty == true {
            throw .badValue(settings.place(of: "texts"), key: "texts", problem: "names no text")
        }
        ignoresCase = try settings.bool("ignore_case", default: true)
        reader = MarkedAnswer(try settings.choice("answer", default: .marked))
    }

    /// Compares with each text.
    public func score(_ input: ScoringInput) -> RewardResult {
        guard let wanted = texts ?? input.gold.map(Self.texts),
            wanted.contains(where: { $0.contains { !$0.isWhitespace } })
        else {
            return .unscored(.goldUnparseable, "the row has no gold answer")
        }
        guard let answer = reader.text(of: input.completion) else {
            return RewardResult(value: 0, status: .answerMissing, reason: "no_answer")
        }
        let found = prepared(answer)
        let isThere = !found.isEmpty && wanted.contains { prepared($0) == found }
        return RewardResult(
            value: isThere ? 1 : 0, reason: isThere ? "one of the texts" : "none of the texts",
            extracted: answer)
    }

    /// The texts of gold: those of a JSON list, or the text itself.
    private static func texts(of gold: String) -> [String] {
        guard gold.utf8.first == UInt8(ascii: "["),
            let list = (try? JSONReader.parse(Array(gold.utf8)))?.array
        else { return [gold] }
        let texts = list.compactMap(\.scalarText)
        return texts.count == list.count ? texts : [gold]
    }

    private func prepared(_ text: String) -> String {
        let trimmed = text.trimmingCharacters(in: .whitespacesAndNewlines)
        return ignoresCase ? trimmed.lowercased() : trimmed
    }
}
