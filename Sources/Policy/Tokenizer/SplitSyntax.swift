/// Rewrites a regular expression of Oniguruma's syntax, which `tokenizers` uses, for PCRE2.
///
/// What both read alike is left as it is; what only one of them knows is rewritten, and what cannot
/// be rewritten is refused by name, so that no text is split differently in silence.
struct SplitSyntax {
    private static let space =
        #"\t-\r \x{85}\x{A0}\x{1680}\x{2000}-\x{200A}\x{2028}\x{2029}\x{202F}\x{205F}\x{3000}"#
    private static let notSpace =
        #"\x{0}-\x{8}\x{E}-\x{1F}!-\x{84}\x{86}-\x{9F}\x{A1}-\x{167F}\x{1681}-\x{1FFF}"#
        + #"\x{200B}-\x{2027}\x{202A}-\x{202E}\x{2030}-\x{205E}\x{2060}-\x{2FFF}\x{3001}-\x{10FFFF}"#
    /// Letters, marks, digits, connectors, the circled letters that are alphabetic symbols, and the
    /// numbers of Latin-1.
    private static let word =
        ["L", "M", "Nd", "Nl", "Pc"].map { members(of: $0) }.joined()
        + #"\x{24B6}-\x{24E9}\x{1F130}-\x{1F149}\x{1F150}-\x{1F169}\x{1F170}-\x{1F189}"#
        + #"\x{B2}\x{B3}\x{B9}\x{BC}-\x{BE}"#
    private static let categories: Set<String> = [
        "L", "Ll", "Lm", "Lo", "Lt", "Lu", "M", "Mc", "Me", "Mn", "N", "Nd", "Nl", "No", "P", "Pc",
        "Pd", "Pe", "Pf", "Pi", "Po", "Ps", "S", "Sc", "Sk", "Sm", "So", "Z", "Zl", "Zp", "Zs", "C",
        "Cc", "Cf", "Cn", "Co",
    ]

    private let source: [Unicode.Scalar]
    private var at = 0
    private var out = ""
    private var isInClass = false
    private var classStart = 0

    private struct Refusal: Error { let reason: String }

    /// The pattern in PCRE2's syntax, for which `^` and `$` are to match at every line.
    static func translated(_ source: String, field: TokenizerField) throws(PolicyError) -> String {
        var syntax = SplitSyntax(source)
        do throws(Refusal) {
            return try syntax.translate()
        } catch {
            throw field.fault("the pattern \(source.debugDescription) \(error.reason)")
        }
    }

    private init(_ source: String) { self.source = Array(source.unicodeScalars) }

    private var next: Unicode.Scalar? { at < source.count ? source[at] : nil }

    private func isNext(_ text: String, offset: Int = 0) -> Bool {
        source.dropFirst(at + offset).starts(with: text.unicodeScalars)
    }

    private mutating func copy(_ count: Int = 1) {
        for scalar in source.dropFirst(at).prefix(count) { out.unicodeScalars.append(scalar) }
        at += count
    }

    private mutating func translate() throws(Refusal) -> String {
        while let scalar = next {
            switch scalar {
            case "\\": try escape()
            case "[" where isInClass:
                throw Refusal(reason: "nests character classes, which is not supported")
            case "[":
                isInClass = true
                copy()
                if next == "^" { copy() }
                classStart = at
            case "]" where isInClass && at > classStart:
                isInClass = false
                copy()
            case "]" where isInClass:
                throw Refusal(reason: "has an unescaped ] at the start of a character class")
            case "&" where isInClass && isNext("&&"):
                throw Refusal(reason: "intersects character classes, which is not supported")
            case "(" where !isInClass: try group()
            case "{" where !isInClass: try interval()
            default: copy()
            }
        }
        return out
    }

    /// `\` and what follows.
    private mutating func escape() throws(Refusal) {
        guard at + 1 < source.count else { throw Refusal(reason: "ends in a backslash") }
        let letter = source[at + 1]
        switch letter {
        case "s": replace(2, set: Self.space)
        case "S": replace(2, set: Self.notSpace)
        case "w": replace(2, set: Self.word)
        case "h": replace(2, set: "0-9A-Fa-f")
        case "d": replace(2, set: Self.members(of: "Nd"))
        case "D": replace(2, set: #"\P{Nd}"#)
        case "W" where !isInClass:
            at += 2
            out += "[^\(Self.word)]"
        case "b" where !isInClass:
            boundary("(?:(?<=[W])(?![W])|(?<![W])(?=[W]))")
        case "B" where !isInClass:
            boundary("(?:(?<=[W])(?=[W])|(?<![W])(?![W]))")
        case "p", "P": try property()
        case "u": try scalarEscape()
        case "x": try hexEscape()
        case "t", "n", "r", "f", "v", "a", "e", "0": copy(2)
        case "A", "z",
            "Z" where !isInClass:
            copy(2)
        case _ where letter.isASCII && (letter.properties.isAlphabetic || isDigit(letter)):
            throw Refusal(reason: "uses \\\(letter), which is not supported")
        default: copy(2)
        }
    }

    private func isDigit(_ scalar: Unicode.Scalar) -> Bool { "0"..."9" ~= scalar }

    private mutating func replace(_ count: Int, set: String) {
        at += count
        out += isInClass ? set : "[\(set)]"
    }

    private mutating func boundary(_ shape: String) {
        at += 2
        for character in shape { out += character == "W" ? Self.word : String(character) }
    }

    /// `\p{…}`: general categories stay, other names are scripts.
    private mutating func property() throws(Refusal) {
        guard isNext("{", offset: 2), let end = source[at...].firstIndex(of: "}") else {
            throw Refusal(reason: "has a \\p without braces")
        }
        var name = String(String.UnicodeScalarView(source[(at + 3)..<end]))
        var negated = source[at + 1] == "P"
        if name.hasPrefix("^") {
            negated.toggle()
            name.removeFirst()
        }
        guard !name.isEmpty,
            name.utf8.allSatisfy({ $0 | 0x20 >= 0x61 && $0 | 0x20 <= 0x7A || $0 == 0x5F })
        else { throw Refusal(reason: "has a \\p{\(name)}, which is not supported") }
        at = end + 1
        if !Self.categories.contains(name) {
            out += negated ? "\\P{sc:\(name)}" : "\\p{sc:\(name)}"
        } else if negated {
            out += isInClass ? "\\P{\(name)}" : "[^\(Self.members(of: name))]"
        } else {
            out += isInClass ? Self.members(of: name) : "[\(Self.members(of: name))]"
        }
    }

    /// What stands in a character class for a general category.
    static func members(of category: String) -> String {
        var text = "\\p{\(category)}"
        for (name, ranges) in RecentScalars.ranges.sorted(by: { $0.key < $1.key })
        where name.hasPrefix(category) {
            for range in ranges {
                text += "\\x{\(String(range.lowerBound, radix: 16))}"
                if range.count > 1 { text += "-\\x{\(String(range.upperBound, radix: 16))}" }
            }
        }
        return text
    }

    /// `\uHHHH`.
    private mutating func scalarEscape() throws(Refusal) {
        let digits = source.dropFirst(at + 2).prefix(4)
        guard digits.count == 4, digits.allSatisfy({ $0.isASCII && $0.properties.isASCIIHexDigit })
        else { throw Refusal(reason: "has a \\u without four digits") }
        out += "\\x{\(String(String.UnicodeScalarView(digits)))}"
        at += 6
    }

    /// `\x{…}`, or `\xHH` below 80: above it, Oniguruma means a byte.
    private mutating func hexEscape() throws(Refusal) {
        if isNext("{", offset: 2) {
            guard let end = source[at...].firstIndex(of: "}") else {
                throw Refusal(reason: "has a \\x without its closing brace")
            }
            return copy(end + 1 - at)
        }
        let digits = source.dropFirst(at + 2).prefix(2)
        guard digits.count == 2, digits.allSatisfy({ $0.properties.isASCIIHexDigit }),
            let first = digits.first, "0"..."7" ~= first
        else { throw Refusal(reason: "has a \\x that is not below 80") }
        copy(4)
    }

    /// `(` with what may follow a question mark.
    private mutating func group() throws(Refusal) {
        copy()
        guard next == "?" else {
            guard next != "*" else { throw Refusal(reason: "uses (*, which is not supported") }
            return
        }
        let plain = ["?:", "?=", "?!", "?>", "?<=", "?<!"]
        if let found = plain.first(where: { isNext($0) }) { return copy(found.utf8.count) }
        guard let end = source[at...].firstIndex(where: { $0 == ":" || $0 == ")" }),
            source[(at + 1)..<end].allSatisfy({ "imx-".unicodeScalars.contains($0) }),
            !source[(at + 1)..<end].contains("x")
        else { throw Refusal(reason: "has a kind of group that is not supported") }
        // What Oniguruma calls m, that a dot matches a line's end, is PCRE2's s.
        for scalar in source[at...end] { out.unicodeScalars.append(scalar == "m" ? "s" : scalar) }
        at = end + 1
    }

    /// `{`: Oniguruma reads `{,n}` as `{0,n}`, and repeats a repeat followed by `+`.
    private mutating func interval() throws(Refusal) {
        guard let end = source[at...].firstIndex(of: "}") else { return copy() }
        let inside = source[(at + 1)..<end]
        guard inside.contains(where: { isDigit($0) }),
            inside.allSatisfy({ isDigit($0) || $0 == "," })
        else { return copy() }
        out += "{"
        if inside.first == "," { out += "0" }
        for scalar in inside { out.unicodeScalars.append(scalar) }
        out += "}"
        at = end + 1
        if next == "+" || next == "*" || next == "{" || next == "?" && !inside.contains(",") {
            throw Refusal(reason: "repeats a repeat, which is not supported")
        }
    }
}
