/// One task of a curriculum: what the policy is asked, and the answer that the data set holds.
public struct Problem: Sendable, Equatable, Codable {
    /// Stable within a store; importers derive it from the content where a row brings none.
    public var id: String
    /// The text that the policy continues.
    public var prompt: String
    /// The gold answer as the data set writes it.
    public var answer: String
    /// Difficulty class, easy = 0, where the source knows one.
    public var level: Int?
    /// Words to select by, such as a topic or a source.
    public var tags: [String]
    /// Everything else that the row held.
    public var metadata: [String: JSONValue]

    /// A problem from its parts.
    public init(
        id: String, prompt: String, answer: String, level: Int? = nil, tags: [String] = [],
        metadata: [String: JSONValue] = [:]
    ) {
        self.id = id
        self.prompt = prompt
        self.answer = answer
        self.level = level
        self.tags = tags
        self.metadata = metadata
    }
}

/// Which side of the wall a problem stands on: only `train` problems are ever drawn for updates.
public enum Split: String, Sendable, Codable, CaseIterable {
    case train
    case heldOut = "held_out"
}
