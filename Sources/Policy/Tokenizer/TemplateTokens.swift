/// The tokens that a file's `post_processor` puts around a text.
struct TemplateTokens: Sendable {
    private(set) var before: [Int32] = []
    private(set) var after: [Int32] = []

    /// None.
    init() {}

    /// Reads the field.
    init(_ field: TokenizerField) throws(PolicyError) {
        var isFirst = true
        for step in try PreTokenizer.flattened(field, depth: 0, members: "processors") {
            switch try step.kind() {
            case "ByteLevel": continue
            case "TemplateProcessing": try readTemplate(step)
            case "RobertaProcessing", "BertProcessing":
                before = [try Self.tokenOfPair(step.required("cls"))]
                after = [try Self.tokenOfPair(step.required("sep"))]
            case let other: throw step.unsupported(other)
            }
            guard isFirst else { throw step.fault("only one template is supported") }
            isFirst = false
        }
    }

    private static func tokenOfPair(_ field: TokenizerField) throws(PolicyError) -> Int32 {
        let parts = try field.elements()
        guard parts.count == 2 else { throw field.fault("a token and its id are expected") }
        return try parts[1].id()
    }

    private mutating func readTemplate(_ field: TokenizerField) throws(PolicyError) {
        let special = try field.member("special_tokens")
        var hasText = false
        for piece in try field.required("single").elements() {
            if let text = try piece.member("Sequence") {
                guard !hasText, try text.required("id").string() == "A" else {
                    throw text.fault("one text, named A, is expected")
                }
                hasText = true
            } else {
                let name = try piece.required("SpecialToken").required("id").string()
                guard let token = try special?.member(name) else {
                    throw piece.fault("\(name.debugDescription) is not in special_tokens")
                }
                for id in try token.required("ids").elements() {
                    if hasText { after.append(try id.id()) } else { before.append(try id.id()) }
                }
            }
        }
        guard hasText else { throw field.fault("the template has no place for the text") }
    }
}
