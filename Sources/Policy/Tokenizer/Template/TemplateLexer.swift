/// Cuts a Jinja template into tokens, with white space trimmed as transformers sets it: a tag's own
/// line leaves no trace (`trim_blocks`, `lstrip_blocks`).
struct TemplateLexer {
    private let source: [Unicode.Scalar]
    private var at = 0
    private var line = 1
    private var tokens: [TemplateToken] = []
    /// Whether what was read last ended in a line's end.
    private var isLineStart = true

    private static let longSigns = ["//", "**", "==", "!=", ">=", "<="]
    private static let signs = Set("+-*/%~[](){}<>=.:,|;".unicodeScalars)

    /// The tokens of a template, `.end` last.
    static func tokens(of source: String) throws(TemplateFault) -> [TemplateToken] {
        var lexer = TemplateLexer(source)
        try lexer.run()
        return lexer.tokens
    }

    private init(_ text: String) {
        var scalars: [Unicode.Scalar] = []
        for scalar in text.unicodeScalars {
            if scalar == "\n", scalars.last == "\r" { scalars.removeLast() }
            scalars.append(scalar)
        }
        source = (scalars.last == "\n" ? scalars.dropLast() : scalars[...]).map {
            $0 == "\r" ? "\n" : $0
        }
    }

    private func fault(_ reason: String) -> TemplateFault {
        TemplateFault(line: line, reason: reason)
    }

    private func peek(_ offset: Int = 0) -> Unicode.Scalar? {
        at + offset < source.count ? source[at + offset] : nil
    }

    private mutating func advance(_ count: Int = 1) {
        for scalar in source[at..<min(at + count, source.count)] where scalar == "\n" { line += 1 }
        at = min(at + count, source.count)
    }

    private mutating func append(_ kind: TemplateToken.Kind) {
        tokens.append(TemplateToken(kind: kind, line: line))
    }

    private mutating func run() throws(TemplateFault) {
        while at < source.count {
            let start = at
            var end = at
            while end < source.count, !isTag(end) { end += 1 }
            let sign = end + 2 < source.count ? source[end + 2] : nil
            addText(start..<end, sign: sign)
            advance(end - start)
            guard at < source.count else { break }
            let kind = source[at + 1]
            advance(sign == "-" || sign == "+" && kind != "{" ? 3 : 2)
            switch kind {
            case "#": try comment()
            case "{":
                append(.variableStart)
                try inside(isBlock: false)
            default:
                append(.blockStart)
                try inside(isBlock: true)
            }
        }
        append(.end)
    }

    private func isTag(_ index: Int) -> Bool {
        guard source[index] == "{", index + 1 < source.count else { return false }
        return source[index + 1] == "%" || source[index + 1] == "{" || source[index + 1] == "#"
    }

    /// Adds the text before a tag whose third character is `sign`.
    private mutating func addText(_ range: Range<Int>, sign: Unicode.Scalar?) {
        var text = source[range]
        let isTag = range.upperBound < source.count
        if isTag, sign == "-" {
            while let last = text.last, last.properties.isWhitespace { text.removeLast() }
        } else if isTag, sign != "+", source[range.upperBound + 1] != "{" {
            let lineEnd = text.lastIndex(of: "\n")
            let lineStart = lineEnd.map { $0 + 1 } ?? text.startIndex
            if lineEnd != nil || isLineStart,
                text[lineStart...].allSatisfy({ $0.properties.isWhitespace })
            {
                text = text[..<lineStart]
            }
        }
        isLineStart = false
        if !text.isEmpty { append(.text(String(String.UnicodeScalarView(text)))) }
    }

    private mutating func comment() throws(TemplateFault) {
        while at < source.count {
            if peek() == "#", peek(1) == "}" {
                advance(2)
                return trimLineEnd()
            }
            if peek() == "-" || peek() == "+", peek(1) == "#", peek(2) == "}" {
                let strips = peek() == "-"
                advance(3)
                if strips { skipSpace() } else { isLineStart = false }
                return
            }
            advance()
        }
        throw fault("a comment without its end")
    }

    private mutating func trimLineEnd() {
        isLineStart = peek() == "\n"
        if isLineStart { advance() }
    }

    private mutating func skipSpace() {
        isLineStart = false
        while let scalar = peek(), scalar.properties.isWhitespace {
            isLineStart = scalar == "\n"
            advance()
        }
    }

    /// Whether the tag ended here.
    private mutating func tagEnd(isBlock: Bool) -> Bool {
        let first: Unicode.Scalar = isBlock ? "%" : "}"
        let sign = peek()
        if sign == first, peek(1) == "}" {
            append(isBlock ? .blockEnd : .variableEnd)
            advance(2)
            if isBlock { trimLineEnd() } else { isLineStart = false }
            return true
        }
        guard sign == "-" || isBlock && sign == "+", peek(1) == first, peek(2) == "}" else {
            return false
        }
        append(isBlock ? .blockEnd : .variableEnd)
        advance(3)
        if sign == "-" { skipSpace() } else { isLineStart = false }
        return true
    }

    private mutating func inside(isBlock: Bool) throws(TemplateFault) {
        var depth = 0
        while let scalar = peek() {
            if depth == 0, tagEnd(isBlock: isBlock) { return }
            if scalar.properties.isWhitespace {
                advance()
            } else if scalar == "\"" || scalar == "'" {
                try string(quote: scalar)
            } else if "0"..."9" ~= scalar {
                try number()
            } else if scalar == "_" || scalar.properties.isXIDStart {
                name()
            } else if let sign = Self.longSigns.first(where: {
                source[at...].starts(with: $0.unicodeScalars)
            }) {
                append(.sign(sign))
                advance(2)
            } else if Self.signs.contains(scalar) {
                if "([{".unicodeScalars.contains(scalar) { depth += 1 }
                if ")]}".unicodeScalars.contains(scalar) {
                    guard depth > 0 else { throw fault("an unexpected '\(scalar)'") }
                    depth -= 1
                }
                append(.sign(String(scalar)))
                advance()
            } else {
                throw fault("an unexpected \(String(scalar).debugDescription)")
            }
        }
        throw fault("a tag without its end")
    }

    private mutating func name() {
        let start = at
        while let scalar = peek(), scalar == "_" || scalar.properties.isXIDContinue { at += 1 }
        append(.name(String(String.UnicodeScalarView(source[start..<at]))))
    }

    private mutating func number() throws(TemplateFault) {
        let start = at
        while let scalar = peek(), "0"..."9" ~= scalar { at += 1 }
        var isInteger = true
        if peek() == ".", let digit = peek(1), "0"..."9" ~= digit {
            isInteger = false
            at += 1
            while let scalar = peek(), "0"..."9" ~= scalar { at += 1 }
        }
        if peek() == "e" || peek() == "E" {
            let sign = peek(1) == "-" || peek(1) == "+" ? 1 : 0
            if let digit = peek(1 + sign), "0"..."9" ~= digit {
                isInteger = false
                at += 1 + sign
                while let scalar = peek(), "0"..."9" ~= scalar { at += 1 }
            }
        }
        if let scalar = peek(), scalar == "_" || scalar.properties.isXIDStart {
            throw fault("a number that is not supported")
        }
        let text = String(String.UnicodeScalarView(source[start..<at]))
        if isInteger, let value = Int(text) {
            append(.integer(value))
        } else if !isInteger, let value = Double(text) {
            append(.number(value))
        } else {
            throw fault("a number that is too large")
        }
    }

    private mutating func string(quote: Unicode.Scalar) throws(TemplateFault) {
        let start = line
        var text = ""
        advance()
        while let scalar = peek() {
            advance()
            if scalar == quote {
                tokens.append(TemplateToken(kind: .string(text), line: start))
                return
            }
            guard scalar == "\\" else {
                text.unicodeScalars.append(scalar)
                continue
            }
            guard let escaped = peek() else { break }
            advance()
            try escape(escaped, into: &text)
        }
        throw TemplateFault(line: start, reason: "a string without its end")
    }

    private mutating func escape(
        _ escaped: Unicode.Scalar, into text: inout String
    ) throws(TemplateFault) {
        let plain: [Unicode.Scalar: Unicode.Scalar] = [
            "n": "\n", "t": "\t", "r": "\r", "\\": "\\", "'": "'", "\"": "\"", "a": "\u{7}",
            "b": "\u{8}", "f": "\u{C}", "v": "\u{B}",
        ]
        let digits: [Unicode.Scalar: Int] = ["x": 2, "u": 4, "U": 8]
        if let scalar = plain[escaped] {
            text.unicodeScalars.append(scalar)
        } else if let count = digits[escaped] {
            let hex = String(String.UnicodeScalarView(source[at..<min(at + count, source.count)]))
            guard hex.unicodeScalars.count == count, let value = UInt32(hex, radix: 16),
                let scalar = Unicode.Scalar(value)
            else { throw fault("an escape that is no character") }
            advance(count)
            text.unicodeScalars.append(scalar)
        } else if escaped == "\n" {
            return
        } else if "0"..."7" ~= escaped || escaped == "N" {
            throw fault("an escape that is not supported")
        } else {
            text += "\\"
            text.unicodeScalars.append(escaped)
        }
    }
}
