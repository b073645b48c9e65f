import Patterns

/// What is done to a text before it is cut: the `normalizer` of a file.
struct Normalizer: Sendable {
    private enum Step: Sendable {
        case form(isCompatible: Bool, composes: Bool)
        case lowercase
        case prepend(String)
        case replace(Pattern, with: String)
        case strip(left: Bool, right: Bool)
    }

    private let steps: [Step]

    /// Reads the field.
    init(_ field: TokenizerField) throws(PolicyError) {
        var steps: [Step] = []
        for step in try PreTokenizer.flattened(field, depth: 0, members: "normalizers") {
            steps.append(try Self.step(step))
        }
        self.steps = steps
    }

    private static func step(_ field: TokenizerField) throws(PolicyError) -> Step {
        switch try field.kind() {
        case "NFC": return .form(isCompatible: false, composes: true)
        case "NFD": return .form(isCompatible: false, composes: false)
        case "NFKC": return .form(isCompatible: true, composes: true)
        case "NFKD": return .form(isCompatible: true, composes: false)
        case "Lowercase": return .lowercase
        case "Prepend": return .prepend(try field.required("prepend").string())
        case "Replace":
            let pattern = try field.required("pattern")
            let split = try SplitPattern(
                regex: SplitPattern.source(pattern), .isolated, field: pattern)
            return .replace(split.pattern, with: try field.required("content").string())
        case "Strip":
            return .strip(
                left: try field.flag("strip_left", default: true),
                right: try field.flag("strip_right", default: true))
        case let other: throw field.unsupported(other)
        }
    }

    /// The normalised text.
    func apply(_ text: String) throws(PolicyError) -> String {
        var text = text
        for step in steps { text = try Self.apply(step, to: text) }
        return text
    }

    private static func apply(_ step: Step, to text: String) throws(PolicyError) -> String {
        switch step {
        case .form(let isCompatible, let composes):
            normalForm(text, isCompatible: isCompatible, composes: composes)
        case .lowercase: lowercased(text)
        case .prepend(let prefix): text.isEmpty ? text : prefix + text
        case .replace(let pattern, let content): try replaced(pattern, in: text, with: content)
        case .strip(let left, let right): stripped(text, left: left, right: right)
        }
    }

    private static func normalForm(
        _ text: String, isCompatible: Bool, composes: Bool
    ) -> String {
        var form = NormalForm(isCompatible: isCompatible, composes: composes)
        return form.apply(text)
    }

    /// Lower case scalar by scalar: no rule looks at a neighbour.
    private static func lowercased(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            result.unicodeScalars += scalar.properties.lowercaseMapping.unicodeScalars
        }
        return result
    }

    private static func stripped(_ text: String, left: Bool, right: Bool) -> String {
        var rest = text.unicodeScalars[...]
        if left { rest = rest.drop { $0.properties.isWhitespace } }
        while right, let last = rest.last, last.properties.isWhitespace { rest.removeLast() }
        return String(rest)
    }

    private static func replaced(
        _ pattern: Pattern, in text: String, with content: String
    ) throws(PolicyError) -> String {
        let bytes = Array(text.utf8)
        let added = Array(content.utf8)
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count)
        try bytes.withUnsafeBufferPointer { (buffer) throws(PolicyError) in
            try PatternFinder(pattern).forEachPiece(in: buffer) { range, isMatch in
                if isMatch {
                    result += added
                } else {
                    result += buffer[range]
                }
            }
        }
        return String(decoding: result, as: UTF8.self)
    }
}
