/// What an operation does not allow; who runs the template adds the line.
struct TemplateRefusal: Error {
    let reason: String

    init(_ reason: String) { self.reason = reason }
}
