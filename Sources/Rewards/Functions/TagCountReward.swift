import Rollouts

/// The share of tags that occur exactly once: a quarter each for the four of the R1 form.
///
/// Source: `tag_count_reward` of open-r1, which counts them with their line ends; here the tags
/// alone count.
public struct TagCountReward: RewardFunction {
    /// `tag_count`.
    public static let type = "tag_count"
    private let tags: [String]

    /// Reads `tags`.
    public init(_ settings: inout SpecReader) throws(RewardError) {
        let given = try settings.strings("tags")
        tags = given ?? ["<think>", "</think>", "<answer>", "</answer>"]
        guard !tags.isEmpty, tags.count <= 64, !tags.contains(""), Set(tags).count == tags.count
        else {
            throw .badValue(
                settings.place(of: "tags"), key: "tags", problem: "must name tags, each once")
        }
    }

    /// Counts every tag.
    public func score(_ input: ScoringInput) -> RewardResult {
        var text = input.completion
        let once = text.withUTF8 { bytes in
            tags.count { Tag.places(of: $0, in: bytes).count == 1 }
        }
        return RewardResult(
            value: Double(once) / Double(tags.count), reason: "\(once) of \(tags.count) tags once")
    }
}
