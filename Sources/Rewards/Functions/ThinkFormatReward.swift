import Rollouts

/// 1 where the completion thinks once and then answers: `<think>…</think>` and text behind it.
///
/// The completion begins with `<think>` (after white space), or, where the template has written it
/// already, with the reasoning itself; each tag stands once; text follows. With `answer_tag` that
/// text is one `<answer>…</answer>` and nothing else, the form of DeepSeek-R1-Zero (arXiv:2501.12948).
/// It follows TRL's `think_format_reward`, but for an empty answer and white space in front.
public struct ThinkFormatReward: RewardFunction {
    /// `think_format`.
    public static let type = "think_format"
    private let isPrefilled: Bool
    private let wantsAnswerTag: Bool

    /// Reads `prefilled` and `answer_tag`.
    public init(_ settings: inout SpecReader) throws(RewardError) {
        isPrefilled = try settings.bool("prefilled", default: false)
        wantsAnswerTag = try settings.bool("answer_tag", default: false)
    }

    /// Whether the form holds.
    public func score(_ input: ScoringInput) -> RewardResult {
        var text = input.completion
        let fault = text.withUTF8 { self.fault(in: $0) }
        return RewardResult(value: fault == nil ? 1 : 0, reason: fault ?? "the form holds")
    }

    private func fault(in bytes: UnsafeBufferPointer<UInt8>) -> String? {
        let opening = Tag.places(of: "<think>", in: bytes)
        let closing = Tag.places(of: "</think>", in: bytes)
        guard closing.count == 1 else { return "\(closing.count) </think>" }
        guard opening.count == (isPrefilled ? 0 : 1) else { return "\(opening.count) <think>" }
        if let open = opening.first {
            guard open < closing[0] else { return "</think> stands first" }
            guard bytes[..<open].allSatisfy(Tag.isSpace) else { return "text before <think>" }
        }
        let rest = bytes[(closing[0] + 8)...]
        guard !rest.allSatisfy(Tag.isSpace) else { return "nothing behind </think>" }
        guard wantsAnswerTag else { return nil }
        let answers = Tag.places(of: "<answer>", in: bytes)
        let ends = Tag.places(of: "</answer>", in: bytes)
        guard answers.count == 1, ends.count == 1, answers[0] > closing[0], answers[0] < ends[0]
        else { return "not one <answer>" }
        guard bytes[(closing[0] + 8)..<answers[0]].allSatisfy(Tag.isSpace),
            bytes[(ends[0] + 9)...].allSatisfy(Tag.isSpace)
        else { return "text outside the tags" }
        return bytes[(answers[0] + 8)..<ends[0]].allSatisfy(Tag.isSpace) ? "an empty answer" : nil
    }
}

/// Tags in UTF-8 text.
enum Tag {
    /// Where a tag stands; at most a thousand places.
    static func places(of tag: String, in bytes: UnsafeBufferPointer<UInt8>) -> [Int] {
        let wanted = Array(tag.utf8)
        guard let first = wanted.first else { return [] }
        var places: [Int] = []
        var index = 0
        while index + wanted.count <= bytes.count, places.count < 1000 {
            if bytes[index] == first, bytes[index..<index + wanted.count].elementsEqual(wanted) {
                places.append(index)
                index += wanted.count
            } else {
                index += 1
            }
        }
        return places
    }

    static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }
}
