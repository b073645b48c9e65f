/// A turn of a conversation.
public struct ChatMessage: Sendable, Equatable {
    /// Who speaks: `system`, `user`, `assistant` or `tool`.
    public var role: String
    /// What is said.
    public var content: String

    /// What `role` says.
    public init(role: String, content: String) {
        self.role = role
        self.content = content
    }
}
