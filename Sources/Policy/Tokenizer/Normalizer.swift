import Foundation
import Patterns

/// What is done to a text before it is cut: the `normalizer` of a file.
struct Normalizer: Sendable {
    private enum Step: Sendable {
        case composed
        case decomposed
        case compatibilityComposed
        case compatibilityDecomposed
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
        case "NFC": return .composed
        case "NFD": return .decomposed
        case "NFKC": return .compatibilityComposed
        case "NFKD": return .compatibilityDecomposed
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
        case .composed:
            // Nothing below U+0300 changes when it is composed.
            text.utf8.allSatisfy { $0 < 0xCC }
                ? text : mapped(text) { $0.precomposedStringWithCanonicalMapping }
        case .decomposed: mapped(text) { $0.decomposedStringWithCanonicalMapping }
        case .compatibilityComposed:
            mapped(text) { $0.precomposedStringWithCompatibilityMapping }
        case .compatibilityDecomposed:
            mapped(text) { $0.decomposedStringWithCompatibilityMapping }
        case .lowercase: lowercased(text)
        case .prepend(let prefix): text.isEmpty ? text : prefix + text
        case .replace(let pattern, let content): try replaced(pattern, in: text, with: content)
        case .strip(let left, let right): stripped(text, left: left, right: right)
        }
    }

    /// A normal form by the tables of Unicode 9, which are those of `tokenizers`: scalars that came
    /// later stay as they are, and nothing is ordered or composed across them.
    private static func mapped(_ text: String, _ form: (String) -> String) -> String {
        if text.utf8.allSatisfy({ $0 < 0x80 }) { return text }
        var result = ""
        var rest = text.unicodeScalars[...]
        while let place = rest.firstIndex(where: isLater) {
            if rest.startIndex < place { result += form(String(rest[..<place])) }
            result.unicodeScalars.append(rest[place])
            rest = rest[rest.index(after: place)...]
        }
        if !rest.isEmpty { result += form(String(rest)) }
        return result
    }

    private static func isLater(_ scalar: Unicode.Scalar) -> Bool {
        // What is older than Unicode 9 in the planes of common text needs no look at the tables.
        if scalar.value < 0x300 || 0x3400...0x9FD5 ~= scalar.value { return false }
        return scalar.properties.age.map { $0.major > 9 } ?? true
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
