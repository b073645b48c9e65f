/// What is wrong with a template, or with what it was given, and where.
struct TemplateFault: Error {
    /// Counts from 1.
    let line: Int
    let reason: String

    /// The error for the outside.
    var policyError: PolicyError { .chatTemplate(line: line, reason: reason) }
}
