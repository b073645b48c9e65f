/// A part of a template's source.
struct TemplateToken {
    enum Kind: Equatable {
        /// Text between the tags, white space already trimmed.
        case text(String)
        case variableStart
        case variableEnd
        case blockStart
        case blockEnd
        case name(String)
        case integer(Int)
        case number(Double)
        case string(String)
        case sign(String)
        case end

        static func == (left: Kind, right: Kind) -> Bool {
            switch (left, right) {
            case (.variableStart, .variableStart), (.variableEnd, .variableEnd), (.end, .end),
                (.blockStart, .blockStart), (.blockEnd, .blockEnd):
                true
            case (.name(let left), .name(let right)), (.sign(let left), .sign(let right)):
                left.utf8.elementsEqual(right.utf8)
            default: false
            }
        }
    }

    let kind: Kind
    let line: Int

    /// How an error names the token.
    var description: String {
        switch kind {
        case .text: "text"
        case .variableStart: "'{{'"
        case .variableEnd: "'}}'"
        case .blockStart: "'{%'"
        case .blockEnd: "'%}'"
        case .name(let name), .sign(let name): "'\(name)'"
        case .integer(let value): "\(value)"
        case .number(let value): "\(value)"
        case .string(let text): text.debugDescription
        case .end: "the end of the template"
        }
    }
}
